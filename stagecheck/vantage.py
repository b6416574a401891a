"""Where a run stands (`--vantage NAME`), and one judgement on a plan that was heard from several places. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stagecheck import gate
from stagecheck.errors import BadInput
from stagecheck.gate import Judgement
from stagecheck.latency import Latency
from stagecheck.outcome import Outcome, Verdict
from stagecheck.record import Record
from stagecheck.steadiness import Steadiness

SHOWN = 10  # checks whose vantages disagree, one sentence each; the rest is a number
# From what is best to what is worst; of one check heard from several places the worst counts.
OUTCOMES = (Outcome.PASSED, Outcome.KNOWN, Outcome.BLOCKED, Outcome.INCONCLUSIVE, Outcome.FAILED)
VERDICTS = (Verdict.PROMOTE, Verdict.INCONCLUSIVE, Verdict.HOLD)


def read(given: str | None) -> str:
    """What `--vantage` says; empty where it says nothing. Raises BadInput."""
    if given is not None and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", given, re.ASCII):
        raise BadInput(f"--vantage: expected a name of small letters, digits and '-', such as eu-west, got {given!r}")
    return given or ""


def judged(heard: Mapping[str, Judgement]) -> Judgement:
    """One judgement on a plan, out of that of each vantage: the worst verdict, and the worst record of each check.

    A record says in `vantages` what each of them heard. Reasons name their vantage; before them stands a sentence for
    each required check on which they disagree, and which not all of them let pass.
    """
    checks = tuple(_together(heard))
    verdict = max((one.verdict for one in heard.values()), key=VERDICTS.index)
    differing = [difference(one) for one in checks if one["required"] and _differs(one) and not _goes_on(one)]
    more = [f"and {len(differing) - SHOWN} more checks differ"] if len(differing) > SHOWN else []
    own = [f"from {name}: {reason}" for name, one in heard.items() for reason in one.reasons]
    return Judgement(
        verdict=verdict,
        reasons=(*differing[:SHOWN], *more, *own),
        filtered=any(one.filtered for one in heard.values()),
        counts=gate.counts(checks),
        checks=checks,
        roots=gate.roots(checks),
        planned=len(checks),
        latency=tuple(_slowest(heard.values())),
        steadiness=tuple(_shakiest(heard.values())),
        left_out=tuple(dict.fromkeys(one for judgement in heard.values() for one in judgement.left_out)),
    )


def worst(records: Sequence[Record]) -> Record:
    """The record that counts of several of one check."""
    return max(records, key=lambda one: (OUTCOMES.index(one["outcome"]), one["flaky"]))


def difference(one: Record) -> str:
    """`domain[front/home/dns]: passes from eu and asia, dns fails from us`."""
    places: dict[str, list[str]] = defaultdict(list)
    for name, said in one["vantages"].items():
        places[_word(said)].append(name)
    told = ", ".join(f"{word} from {' and '.join(names)}" for word, names in places.items())
    return f"{one['id']}: {told}"


def _word(said: Mapping[str, str]) -> str:
    return {
        Outcome.PASSED: "passes",
        Outcome.FAILED: f"{said['reason']} fails",
        Outcome.BLOCKED: "is blocked",
        Outcome.KNOWN: f"{said['reason']} is known",
        Outcome.INCONCLUSIVE: f"{said['reason']} proves nothing",
    }[Outcome(said["outcome"])]


def _together(heard: Mapping[str, Judgement]) -> Iterator[Record]:
    by_id: dict[str, dict[str, Record]] = defaultdict(dict)
    for name, judgement in heard.items():
        for one in judgement.checks:
            by_id[one["id"]][name] = one
    for _, those in sorted(by_id.items()):
        row = worst(list(those.values()))
        said = {name: {"outcome": one["outcome"], "reason": one["reason"]} for name, one in those.items()}
        told = {**row, "vantages": said}
        if _differs(told):
            where = next(name for name, one in those.items() if one is row)
            told["message"] = {**row["message"], "seen": f"from {where}: {row['message']['seen']}"}
        yield told


def _differs(one: Record) -> bool:
    return len({(said["outcome"], said["reason"]) for said in one["vantages"].values()}) > 1


def _goes_on(one: Record) -> bool:
    return one["outcome"] in (Outcome.PASSED, Outcome.KNOWN)


def _slowest(heard: Iterable[Judgement]) -> Iterator[Latency]:
    found: dict[str, list[Latency]] = defaultdict(list)
    for one in (latency for judgement in heard for latency in judgement.latency):
        found[one.service].append(one)
    yield from (max(those, key=lambda one: (one.slow, one.p95)) for _, those in sorted(found.items()))


def _shakiest(heard: Iterable[Judgement]) -> Iterator[Steadiness]:
    found: dict[str, list[Steadiness]] = defaultdict(list)
    for one in (steadiness for judgement in heard for steadiness in judgement.steadiness):
        found[one.service].append(one)
    yield from (max(those, key=lambda one: (one.shaky, one.share)) for _, those in sorted(found.items()))
