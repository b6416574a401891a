"""Several runs of one plan as one: the shards that several machines asked, and the places it was heard from. Pure.

A merge is never better than what it is made of. What a shard could not judge by itself (latency, steadiness, flakes,
patterns of the ledger) is judged here over all of them, as one run would have judged it.
"""

from __future__ import annotations

import json
import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from stagecheck import gate, known, latency, listing, ready, steadiness, vantage
from stagecheck.errors import BadInput
from stagecheck.gate import Judgement, Together
from stagecheck.known import Ledger
from stagecheck.latency import Latency
from stagecheck.outcome import Verdict
from stagecheck.past import Host, PastRun, Shard
from stagecheck.record import Record
from stagecheck.steadiness import Steadiness

SHOWN = 3  # ids named in one sentence; the rest is a number


@dataclass(frozen=True)
class Part:
    """A run that is to be merged, and its file; `folder` is where that lies, seen from the merged verdict."""

    file: str
    run: PastRun
    folder: str = ""

    @property
    def vantage(self) -> str:
        """Where it stood; empty where nobody said."""
        return self.run.vantages[0] if self.run.vantages else ""

    @property
    def plan(self) -> str:
        """The digest of the plan of which it is a part."""
        return self.run.shard.plan if self.run.shard is not None else self.run.plan

    @property
    def name(self) -> str:
        """`shard 2/3, from eu`; empty for a whole run from nowhere."""
        shard = f"shard {self.run.shard.number}/{self.run.shard.of}" if self.run.shard is not None else ""
        return ", ".join(filter(None, (shard, f"from {self.vantage}" if self.vantage else "")))

    @property
    def records(self) -> tuple[Record, ...]:
        """Its checks as records; of the exchanges, only where they are kept."""
        rows = (row.model_dump(mode="json") for row in self.run.checks)
        return tuple(
            {**row, "exchanges": [], "evidence": row["evidence"] and posixpath.join(self.folder, row["evidence"])}
            for row in rows
        )


@dataclass(frozen=True)
class Merged:
    """One run out of several. `partial` says that a shard is missing; the other fields are those of verdict.json."""

    judgement: Judgement
    partial: bool
    plan: str
    run_id: str
    started: datetime
    ended: datetime | None
    vantages: tuple[str, ...]
    parts: tuple[dict[str, str], ...]
    hosts: tuple[dict[str, Any], ...]
    issues: tuple[dict[str, str], ...]
    records: dict[str, int]


def of(parts: Sequence[Part], wanted: Sequence[str] = ()) -> Merged:
    """The parts as one run; `wanted` are vantages that must be among them.

    Raises BadInput with one line for parts that are not of one plan, environment, release and profile, for one that is
    there twice, and for one that contradicts itself.
    """
    _agree(parts)
    places: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        places[part.vantage].append(part)
    if "" in places and len(places) > 1:
        raise BadInput(f"{places[''][0].file}: nobody said where this run stood (--vantage), as of the others")
    heard = {name: _whole(those) for name, those in sorted(places.items())}
    judgement = vantage.judged(heard) if len(heard) > 1 else next(iter(heard.values()))
    absent = [f"nothing was heard from {name}" for name in wanted if name not in heard]
    if absent:
        verdict = max(judgement.verdict, Verdict.INCONCLUSIVE, key=vantage.VERDICTS.index)
        judgement = replace(judgement, verdict=verdict, reasons=(*judgement.reasons, *absent))
    ended = [part.run.ended for part in parts if part.run.ended is not None]
    return Merged(
        judgement=judgement,
        partial=any(_missing(those) for those in places.values())
        or any(part.run.partial and part.run.shard is None for part in parts),
        plan=parts[0].plan,
        run_id=sha256(" ".join(sorted(part.run.run for part in parts)).encode()).hexdigest()[:12],
        started=min(part.run.started for part in parts),
        ended=max(ended) if ended else None,
        vantages=tuple(name for name in heard if name),
        parts=tuple(told for part in parts for told in _told(part)),
        hosts=tuple(_hosts(host for part in parts for host in part.run.hosts)),
        issues=tuple(_issues(parts).values()),
        records=_sums(part.run.records for part in parts),
    )


def _agree(parts: Sequence[Part]) -> None:
    first = parts[0]
    for part in parts:
        if not part.plan:
            raise BadInput(f"{part.file}: nothing was planned: {'; '.join(part.run.reasons[:SHOWN])}")
        if len(part.run.vantages) > 1:
            raise BadInput(f"{part.file}: is merged already, from {' and '.join(part.run.vantages)}")
        for what, one, other in (
            ("environment", part.run.environment, first.run.environment),
            ("revision", part.run.revision, first.run.revision),
            ("profile", part.run.profile, first.run.profile),
            ("plan", part.plan, first.plan),
        ):
            if one != other:
                raise BadInput(f"{part.file}: other {what}: {one or 'none'}, but {other or 'none'} in {first.file}")


def _whole(parts: Sequence[Part]) -> Judgement:
    """The judgement on the whole plan as one vantage heard it."""
    for part in parts:
        _believe(part)
    shards = [(part, part.run.shard) for part in parts if part.run.shard is not None]
    if len(parts) > 1 and len(shards) < len(parts):
        whole = next(part for part in parts if part.run.shard is None)
        other = next(part for part in parts if part is not whole)
        raise BadInput(f"{whole.file}: is about the whole plan, and so is there twice beside {other.file}")
    return _joined(shards) if shards else _alone(parts[0])


def _believe(part: Part) -> None:
    """Raises BadInput for a verdict that its own checks contradict."""
    if part.run.verdict not in list(Verdict):
        raise BadInput(f"{part.file}: not a verdict: {part.run.verdict!r}")
    if part.run.verdict == Verdict.PROMOTE and gate.weigh(part.records, Together()).verdict != Verdict.PROMOTE:
        raise BadInput(f"{part.file}: says promote, and its checks do not")


def _alone(part: Part) -> Judgement:
    """What a whole run said of itself."""
    run, records = part.run, part.records
    return Judgement(
        verdict=Verdict(run.verdict),
        reasons=tuple(run.reasons),
        filtered=run.filtered,
        counts=gate.counts(records),
        checks=records,
        roots=gate.roots(records),
        planned=len(records),
        latency=tuple(Latency(one.service, one.answers, one.p95, one.limit) for one in run.latency),
        steadiness=tuple(Steadiness(one.service, one.answers, one.failed, one.limit) for one in run.steadiness),
        left_out=tuple((one.what, one.why) for one in run.left_out),
    )


def _joined(shards: Sequence[tuple[Part, Shard]]) -> Judgement:
    """What all shards show together; each that is missing is a reason."""
    (first, told), parts = shards[0], [part for part, _ in shards]
    for index, (part, shard) in enumerate(shards):
        if shard.of != told.of:
            raise BadInput(f"{part.file}: one of {shard.of} shards, but {first.file} is one of {told.of}")
        if shard.number in [other.number for _, other in shards[:index]]:
            raise BadInput(f"{part.file}: {part.name} is there twice")
    checks, missing = _checks(parts), _missing(parts)
    if not missing and len(checks) != told.checks:
        raise BadInput(f"{first.file}: all shards together have {len(checks)} checks of a plan of {told.checks}")
    exchanges = [{**one.model_dump(mode="json"), "measured": True} for _, shard in shards for one in shard.asked]
    at_once = [one for one in exchanges if not one["eventually"]]
    mended = () if missing else tuple(_ledger(parts).mended(checks))
    together = Together(
        latency=latency.of([{"exchanges": exchanges}], told.p95),
        steadiness=steadiness.of([{"exchanges": at_once}], told.flaky),
        below=told.below,
        asked=steadiness.answers([{"exchanges": exchanges}]),
        mended=mended,
        flaky_at_most=told.flaky_at_most,
    )
    beyond = [f"{part.name}: {reason}" for part in parts for reason in _beyond(part) if reason not in mended]
    left_out = dict.fromkeys((one.what, one.why) for part in parts for one in part.run.left_out)
    judgement = gate.weigh(checks, together, [*missing, *beyond], left_out=tuple(left_out))
    return replace(_no_better(judgement, parts), filtered=judgement.filtered or bool(missing))


def _no_better(judgement: Judgement, parts: Sequence[Part]) -> Judgement:
    """The judgement, or what a shard saw where that is worse: a root that was down for it, and up for another one."""
    worst = max(parts, key=lambda part: vantage.VERDICTS.index(Verdict(part.run.verdict)))
    verdict = Verdict(worst.run.verdict)
    if vantage.VERDICTS.index(verdict) <= vantage.VERDICTS.index(judgement.verdict):
        return judgement
    own = tuple(f"{worst.name}: {reason}" for reason in worst.run.reasons)
    return replace(judgement, verdict=verdict, reasons=(*own, *judgement.reasons))


def _checks(parts: Sequence[Part]) -> tuple[Record, ...]:
    """One record for each check, sorted by id; what a run waits for is in every shard, and the worst of it counts."""
    found: dict[str, list[tuple[Part, Record]]] = defaultdict(list)
    for part in parts:
        for one in part.records:
            found[one["id"]].append((part, one))
    for id, those in found.items():
        if len(those) > 1 and not ready.is_proof_of(id):
            raise BadInput(f"{those[1][0].file}: {id} is in {those[0][0].file}, too: these are no shards of one plan")
    return tuple(vantage.worst([one for _, one in those]) for _, those in sorted(found.items()))


def _missing(parts: Sequence[Part]) -> list[str]:
    """A sentence for each shard that is not there, or not to its end."""
    there = {part.run.shard.number: part for part in parts if part.run.shard is not None}
    if not there:
        return []
    of = next(part.run.shard.of for part in parts if part.run.shard is not None)
    absent = [f"shard {number}/{of}" for number in range(1, of + 1) if number not in there]
    sentences = [f"{len(absent)} of {of} shards missing: {listing.some(absent, SHOWN)}"] if absent else []
    return sentences + [f"{part.name}: {part.run.reasons[0]}" for part in there.values() if part.run.ended is None]


def _beyond(part: Part) -> list[str]:
    """What a shard says against a promotion that does not follow from its checks: of the run itself."""
    if part.run.ended is None:
        return []
    followed = gate.weigh(part.records, Together()).reasons
    return [reason for reason in part.run.reasons if reason not in followed]


def _ledger(parts: Sequence[Part]) -> Ledger:
    issues = (known.Issue.model_validate_json(json.dumps(one)) for one in _issues(parts).values())
    return Ledger(tuple(issues), parts[0].run.started.date())


def _issues(parts: Sequence[Part]) -> dict[str, dict[str, str]]:
    return {one.id: one.model_dump(mode="json") for part in parts for one in part.run.issues}


def _told(part: Part) -> list[dict[str, str]]:
    """The part, or those of which it is merged itself; one without an end is told among the reasons."""
    run = part.run
    if run.parts:
        return [one.model_dump(mode="json") for one in run.parts]
    if run.ended is None:
        return []
    moments = {"started": run.started.isoformat(), "ended": run.ended.isoformat()}
    return [{"name": part.name or "whole", "run": run.run, **moments, "verdict": run.verdict}]


def _hosts(hosts: Iterable[Host]) -> list[dict[str, Any]]:
    """Of each name all addresses that were seen, and the certificate that ends first."""
    found: dict[str, list[Host]] = defaultdict(list)
    for host in hosts:
        found[host.host].append(host)
    told = []
    for name, those in sorted(found.items()):
        addresses = sorted({address for host in those for address in host.addresses})
        certificates = [host.certificate for host in those if host.certificate is not None]
        first = min(certificates, key=lambda one: one.days_left, default=None)
        told.append({"host": name, "addresses": addresses, "certificate": first.model_dump() if first else None})
    return told


def _sums(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for one in counts:
        found.update(one)
    return dict(found)
