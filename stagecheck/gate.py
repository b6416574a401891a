"""The gate: the plan and what was heard of it become one verdict. Pure; promotes only what was heard and held."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stagecheck import latency, listing, record, steadiness
from stagecheck.known import Ledger
from stagecheck.latency import Latency
from stagecheck.outcome import STOPPED, Outcome, Reason, Verdict
from stagecheck.plan import Plan
from stagecheck.record import Record
from stagecheck.steadiness import Steadiness

# The exit code of a run that came to its end; pytest keeps 2 (interrupted), 3 (internal error) and 4 (bad input).
EXIT = {Verdict.PROMOTE: 0, Verdict.HOLD: 1, Verdict.INCONCLUSIVE: 6}
NOTHING_PLANNED = 5

UNHEARD = (Reason.FILTERED, Reason.NOT_HEARD, *STOPPED)
SHOWN = 3  # ids named in one sentence; the rest is a number


@dataclass(frozen=True)
class Root:
    """What is down, and how many checks stand on it."""

    id: str
    reason: str
    message: str
    blocked: int


@dataclass(frozen=True)
class Judgement:
    """What a run says of the deploy.

    `reasons` are sentences, empty only for promote. `filtered` says that fewer checks were heard than planned. `checks`
    has one record for each planned check, in the plan's order; one that was not heard is inconclusive there. `counts`
    are by outcome, and `flaky` for those passes that took more than one attempt. `latency` is that of each service,
    `steadiness` that of those that failed what they answered at another time.
    `left_out` is what the plan does not cover in this environment, and why.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    filtered: bool
    counts: dict[str, int]
    checks: tuple[Record, ...]
    roots: tuple[Root, ...]
    planned: int
    latency: tuple[Latency, ...] = ()
    steadiness: tuple[Steadiness, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def exit_code(self) -> int:
        """What the process says: 0 promote, 1 hold, 5 nothing planned, 6 inconclusive."""
        return EXIT[self.verdict] if self.planned else NOTHING_PLANNED


@dataclass(frozen=True)
class Together:
    """What no check shows by itself, but all of them do.

    `below` is the service at the bottom of each, `asked` how many tries each was given; `mended` are sentences on
    issues of the ledger that are none any more, `flaky_at_most` is how many checks may pass only on a later attempt.
    """

    latency: tuple[Latency, ...] = ()
    steadiness: tuple[Steadiness, ...] = ()
    below: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, int] = field(default_factory=dict)
    mended: tuple[str, ...] = ()
    flaky_at_most: int | None = None


def judge(
    plan: Plan,
    records: Iterable[Record],
    selected: Iterable[str] | None = None,
    troubles: Sequence[str] = (),
    ended: str = "",
    ledger: Ledger | None = None,
    flaky_at_most: int | None = None,
) -> Judgement:
    """The verdict on the records of one run.

    `selected` are the ids that the run chose to ask (None: all); a planned check outside it is `filtered`, one inside
    it that was not heard is `not_heard`. `troubles` are sentences about the run itself; any of them forbids promote.
    `ended` says why the platform that the run itself started is gone: then nothing that was heard is about a deploy.
    """
    heard: dict[str, list[Record]] = defaultdict(list)
    for one in records:
        heard[one["id"]].append(one)
    planned = {check.id for check in plan.checks}
    asked = planned if selected is None else planned & set(selected)
    checks = tuple(
        heard[check.id][-1]
        if check.id in heard
        else record.not_heard(check, Reason.NOT_HEARD if check.id in asked else Reason.FILTERED)
        for check in plan.checks
    )
    together = Together(
        latency=latency.of(checks, plan.p95),
        steadiness=steadiness.of(_at_once(plan, checks), plan.flaky),
        below=plan.below,
        asked=steadiness.answers(checks),
        mended=tuple(ledger.mended(_with_elsewhere(plan, checks))) if ledger is not None else (),
        flaky_at_most=flaky_at_most,
    )
    return weigh(checks, together, [*_odd(heard, planned), *troubles], ended, plan.left_out)


def weigh(
    checks: tuple[Record, ...],
    together: Together,
    troubles: Sequence[str] = (),
    ended: str = "",
    left_out: tuple[tuple[str, str], ...] = (),
) -> Judgement:
    """The verdict on one record for each planned check, in the plan's order, and on what all of them show together."""
    # First, as what is red besides may only follow from it.
    held = steadiness.culprits(together.steadiness, together.below, together.asked)
    held += [*_held(checks), *(f"p95 is over its limit: {one}" for one in together.latency if one.slow)]
    held += together.mended
    unproven = [*_unproven(checks), *troubles]
    unproven += _flaky(checks, together.flaky_at_most)
    if not checks:
        unproven.append("nothing was planned")
    if not unproven:
        few = (one for one in together.latency if one.limit and not one.measured)
        unproven += [f"p95 of too few answers to judge: {one}" for one in few]
    if ended:
        held, unproven = [], [ended]
    verdict = Verdict.HOLD if held else Verdict.INCONCLUSIVE if unproven else Verdict.PROMOTE
    return Judgement(
        verdict=verdict,
        reasons=(not ended and _overload(checks)) or (*held, *unproven),
        filtered=any(one["reason"] in UNHEARD for one in checks),
        counts=counts(checks),
        checks=checks,
        roots=roots(checks),
        planned=len(checks),
        latency=together.latency,
        steadiness=together.steadiness,
        left_out=left_out,
    )


def _with_elsewhere(plan: Plan, checks: Sequence[Record]) -> Iterator[Record]:
    """The records of a shard, and one of each check that others ask: a pattern of the ledger may speak of both."""
    own = {one["id"] for one in checks}
    yield from checks
    yield from (record.not_heard(one, Reason.FILTERED) for one in plan.whole.checks if one.id not in own)


def _at_once(plan: Plan, checks: Sequence[Record]) -> list[Record]:
    """The records of the checks that must hold at once: of others it is known that they first may not."""
    pairs = zip(plan.checks, checks, strict=True)
    return [one for check, one in pairs if check.entry is None or check.entry.eventually is None]


def root_of(one: Record, by_id: dict[str, Record]) -> dict[str, str] | None:
    """What blocks a check in the end: where its root is blocked itself, what blocks that."""
    root: dict[str, str] | None = one["root"]
    own = by_id.get(root["id"]) if root else None
    return root_of(own, by_id) if own and own["root"] else root


def red_root(one: Record, by_id: dict[str, Record]) -> bool:
    """Whether what blocks a check is red: by its own record where heard, else by what was learnt of it."""
    root = root_of(one, by_id)
    if not root:
        return False
    own = by_id.get(root["id"])
    told = root if own is None or own["reason"] in UNHEARD else own
    return told["outcome"] == Outcome.FAILED


def _overload(checks: Sequence[Record]) -> tuple[str, ...]:
    """The one reason of a run that stopped because the platform was failing: what else is red follows from it."""
    return tuple(_stopped(checks, Reason.OVERLOAD))


def _stopped(checks: Sequence[Record], reason: Reason) -> list[str]:
    """What stopped the run before these: one reason, and not one for each of them."""
    left = [one for one in checks if one["reason"] == reason]
    if not left:
        return []
    return [f"{left[0]['message']['seen']}: {_number(len(left), 'planned check')} not asked, or not to the end"]


def _held(checks: Sequence[Record]) -> list[str]:
    by_id = {one["id"]: one for one in checks}
    required = [one for one in checks if one["required"]]
    failed = [one["id"] for one in required if one["outcome"] == Outcome.FAILED]
    sentences = _sentence(_roots_first(failed, checks), "required check failed", "required checks failed")
    for root in _roots([one for one in required if one["outcome"] == Outcome.BLOCKED and red_root(one, by_id)], by_id):
        number = _number(root.blocked, "required check")
        sentences.append(f"{number} blocked by {root.id}: {root.reason}: {root.message}")
    return sentences


def _odd(heard: Mapping[str, Sequence[Record]], planned: set[str]) -> list[str]:
    twice = [id for id, records in heard.items() if len(records) > 1]
    unplanned = [id for id in heard if id not in planned]
    return [
        *_sentence(twice, "check was heard more than once", "checks were heard more than once"),
        *_sentence(unplanned, "check was heard that is not planned", "checks were heard that are not planned"),
    ]


def _unproven(checks: Sequence[Record]) -> list[str]:
    by_id = {one["id"]: one for one in checks}
    required = [one for one in checks if one["required"]]

    def those(among: Sequence[Record], wanted: Callable[[Record], bool]) -> list[str]:
        return [one["id"] for one in among if wanted(one)]

    inconclusive = those(required, lambda one: one["outcome"] == Outcome.INCONCLUSIVE and one["reason"] not in UNHEARD)
    inconclusive = _roots_first(inconclusive, checks)
    baseless = those(required, lambda one: one["outcome"] == Outcome.BLOCKED and not red_root(one, by_id))
    filtered = those(checks, lambda one: one["reason"] == Reason.FILTERED)
    silent = those(checks, lambda one: one["reason"] == Reason.NOT_HEARD)
    return [
        *_sentence(inconclusive, "required check was inconclusive", "required checks were inconclusive"),
        *_sentence(baseless, "blocked check has no root that failed", "blocked checks have no root that failed"),
        *_sentence(filtered, "planned check was filtered out", "planned checks were filtered out"),
        *(sentence for reason in STOPPED for sentence in _stopped(checks, reason)),
        *_sentence(silent, "planned check was not heard", "planned checks were not heard"),
    ]


def _flaky(checks: Sequence[Record], at_most: int | None) -> list[str]:
    ids = [one["id"] for one in checks if one["flaky"]]
    if at_most is None or len(ids) <= at_most:
        return []
    told = _sentence(ids, "check passed only on a later attempt", "checks passed only on a later attempt")
    return [f"{sentence}; at most {at_most} may" for sentence in told]


def _roots_first(ids: Sequence[str], checks: Sequence[Record]) -> list[str]:
    """The ids, those first that most others stand on: a sentence names only a few."""
    blocked = {root.id: root.blocked for root in roots(checks)}
    return sorted(ids, key=lambda id: -blocked.get(id, 0))


def _sentence(ids: Sequence[str], one: str, many: str) -> list[str]:
    if not ids:
        return []
    return [f"{len(ids)} {one if len(ids) == 1 else many}: {listing.some(ids, SHOWN)}"]


def _number(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def counts(checks: Sequence[Record]) -> dict[str, int]:
    """How many checks of each outcome, and how many passes are flaky."""
    found = Counter(one["outcome"] for one in checks)
    return {**{str(outcome): found[outcome] for outcome in Outcome}, "flaky": sum(one["flaky"] for one in checks)}


def roots(checks: Sequence[Record]) -> tuple[Root, ...]:
    """What blocks at least one check."""
    return _roots(checks, {one["id"]: one for one in checks})


def _roots(checks: Sequence[Record], by_id: dict[str, Record]) -> tuple[Root, ...]:
    blocked: dict[str, list[dict[str, str]]] = defaultdict(list)
    for one in checks:
        if root := root_of(one, by_id):
            blocked[root["id"]].append(root)
    return tuple(Root(id, those[0]["reason"], those[0]["message"], len(those)) for id, those in blocked.items())
