"""The last lines of a run: areas, roots, verdict. Plain text, no colours."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stagecheck import listing
from stagecheck.gate import SHOWN, UNHEARD, Judgement, Root
from stagecheck.outcome import Outcome
from stagecheck.record import Record

ALSO = 20  # ids of checks that failed as the one above them did
CHIEF = 5  # reasons why checks are not covered that a screen shows
ASKED_AGAIN = (Outcome.FAILED, Outcome.INCONCLUSIVE)  # whose screens show a request
COLUMNS = (*map(str, Outcome), "flaky", "unheard")


def lines(
    judgement: Judgement, reports: str, notes: Iterable[str] = (), again: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The table of areas, each root once, and the verdict with its reasons; `reports` is where the files are.

    `notes` are sentences on what the run left on the platform, `again` the command that asks a root, by its id.
    """
    yield from areas(judgement.checks)
    if judgement.roots:
        yield ""
        yield "root causes"
        for root in judgement.roots:
            yield f"  {root.id}: {root.reason}: {root.message} ({root.blocked} blocked)"
            yield from _without_screen(root, judgement.checks, again or {})
    if judgement.left_out:
        yield ""
        yield from not_covered(judgement.left_out)
    if judgement.latency:
        yield ""
        yield "p95 of each service"
        yield from (f"  {one}" for one in judgement.latency)
    if told := list(unsteady(judgement)):
        yield ""
        yield from told
    told = list(notes)
    yield from ("", *told) if told else ()
    yield ""
    yield f"verdict: {judgement.verdict.upper()}"
    yield from (f"  - {reason}" for reason in judgement.reasons)
    yield f"  reports in {reports}"


def _without_screen(root: Root, checks: Iterable[Record], again: Mapping[str, str]) -> Iterator[str]:
    """Whose a root is and how to ask it, where the run did not select it, so that no failure on the screen tells."""
    own = next((one for one in checks if one["id"] == root.id and one["reason"] in UNHEARD), None)
    if own is not None:
        runbook = f"  runbook {own['runbook']}" if own["runbook"] else ""
        yield f"    target     {own['source']}  owner {own['owner']}{runbook}"
    if own is not None and root.id in again:
        yield f"    again      {again[root.id]}"


def screens(told: Iterable[tuple[str, Record | None]], each: bool = False) -> Iterator[str]:
    """The text of each failure; of those of one service with one reason and cause the first, unless `each` is wanted.

    What several checks say in one and the same line is said once, with their number. Such a line is that of a check
    that was not asked, since the run stopped or nothing is known of what it stands on.
    """
    alike: dict[str, list[str]] = defaultdict(list)
    akin: dict[object, list[tuple[str, Record | None]]] = defaultdict(list)
    for at, (text, one) in enumerate(told):
        if one is not None and "\n" not in text and text.startswith(one["id"]):
            alike[text.removeprefix(one["id"])].append(one["id"])
        else:
            akin[at if each or one is None else _cause(one, at)].append((text, one))
    for (text, _), *others in akin.values():
        ids = [one["id"] for _, one in others if one]
        also = f"\n  also       {len(ids)} with this reason and cause, which -v shows: {listing.some(ids, ALSO)}"
        yield f"{text}{also if ids else ''}"
    for line, those in alike.items():
        more = f"{len(those)} checks, " if len(those) > 1 else ""
        yield f"{more}{listing.some(those, SHOWN)}{line}"


def _cause(one: Record, at: int) -> object:
    """What failures have in common that are told once; what broke otherwise stays alone, as its text is a traceback."""
    return (one["service"], one["reason"], one["message"]["cause"]) if one["outcome"] == Outcome.FAILED else at


def gone(by_hand: str, checks: Iterable[Record]) -> Iterator[str]:
    """That the platform of a run's own has ended with it, where a request is on the screen that could be sent again."""
    if by_hand and any(one["outcome"] in ASKED_AGAIN and one["reason"] not in UNHEARD for one in checks):
        yield f"the platform that this run started has ended; {by_hand} starts one that stays, for the requests above"


def unsteady(judgement: Judgement) -> Iterator[str]:
    """How many checks passed only when asked again, and the services that failed at first; nothing where none did."""
    flaky = [one["id"] for one in judgement.checks if one["flaky"]]
    if flaky:
        share = f"{len(flaky)} of {len(judgement.checks)} checks ({len(flaky) / len(judgement.checks):.1%})"
        yield f"flaky: {share} passed only when asked again: {listing.some(flaky, SHOWN)}"
    yield from (f"  {one}" for one in judgement.steadiness)


def areas(checks: Sequence[Record]) -> Iterator[str]:
    """One line for each kind, and their sum; zeros are dots, so that what matters stands out."""
    kinds = sorted({one["kind"] for one in checks})
    rows = [(kind, counts([one for one in checks if one["kind"] == kind])) for kind in kinds]
    rows.append(("all", counts(checks)))
    width = max(len("area"), *(len(kind) for kind, _ in rows))
    yield "area".ljust(width) + "".join(f"  {column}" for column in COLUMNS)
    for kind, row in rows:
        yield kind.ljust(width) + "".join(f"  {row[column] or '.':>{len(column)}}" for column in COLUMNS)


def not_covered(left_out: Sequence[tuple[str, str]]) -> Iterator[str]:
    """How many checks are not covered here, and the chief reasons; summary.md has all of them."""
    yield f"not covered here: {len(left_out)} checks"
    found = reasons(left_out)
    yield from (f"  {number} because {why}" for why, number in found[:CHIEF])
    if rest := found[CHIEF:]:
        yield f"  {sum(number for _, number in rest)} for other reasons: see summary.md"


def reasons(left_out: Sequence[tuple[str, str]]) -> list[tuple[str, int]]:
    """Why checks are not covered, and how many each reason leaves out; the most first."""
    return Counter(why for _, why in left_out).most_common()


def counts(checks: Sequence[Record]) -> Counter[str]:
    """How many of each outcome, how many passes are flaky, and apart from these how many were not heard at all."""
    found = Counter("unheard" if one["reason"] in UNHEARD else str(one["outcome"]) for one in checks)
    found["flaky"] = sum(one["flaky"] for one in checks)
    return found
