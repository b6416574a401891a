"""reports/verdict.json: the one file that a promotion may rest on; its shape is docs/verdict.schema.json.

A shard writes verdict-K-of-N.json in its place, of the same shape, on which none may.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagecheck import hosts
from stagecheck import shard as shards
from stagecheck.gate import Judgement
from stagecheck.outcome import Verdict
from stagecheck.plan import Plan
from stagecheck.record import Record
from stagecheck.shard import Shard

if TYPE_CHECKING:
    from stagecheck.merge import Merged  # brings what reads verdicts, which a run without a history does not

SCHEMA_VERSION = 1
FIELDS = (
    *("id", "service", "kind", "title", "required", "owner"),
    *("outcome", "flaky", "reason", "message", "attempts", "seconds", "source", "root", "ledger"),
)


@dataclass(frozen=True)
class Occasion:
    """Which run this is: the environment's name, the run's id, its beginning (UTC), and what was planned for it.

    `revision` is the release that every service had to report; empty when the run was about none. `issues` are the
    entries of the ledger that speak of this environment. `vantage` is where the run stands, empty where nobody said;
    `flaky_at_most` is its profile's.
    """

    environment: str
    run_id: str
    started: datetime
    plan: Plan
    profile: str = "all"
    revision: str = ""
    issues: tuple[dict[str, str], ...] = ()
    shard: Shard | None = None
    vantage: str = ""
    flaky_at_most: int | None = None

    @property
    def name(self) -> str:
        """`staging`, or `staging, shard 2/3, from eu`."""
        where = f"from {self.vantage}" if self.vantage else ""
        return ", ".join(filter(None, (self.environment, str(self.shard or ""), where)))

    @property
    def sentence(self) -> str:
        """`profile promotion, revision 4f1c2ab, plan 5f8689fb3d4db303, run 6ab0...`."""
        revision = f"revision {self.revision}, " if self.revision else ""
        return f"profile {self.profile}, {revision}plan {self.plan.digest}, run {self.run_id}"

    @property
    def file(self) -> str:
        """The name of its verdict's file."""
        return self.shard.file if self.shard else "verdict.json"


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def begin(path: Path, occasion: Occasion, why: str) -> None:
    """Replace what an earlier run said: whatever becomes of this one, its file is not an old promote."""
    _write(path, _document(occasion, None, Verdict.INCONCLUSIVE, [why]))


def of(
    occasion: Occasion, judgement: Judgement, evidence: dict[str, str], records: dict[str, int] | None = None
) -> dict[str, Any]:
    """What this run says, as plain data; `evidence` maps a check's id to a file, relative to that of the verdict.

    `records` are the numbers of `reports.leftovers`.
    """
    data = _document(occasion, now(), judgement.verdict, judgement.reasons)
    if data["shard"] is not None:
        data["shard"]["asked"] = shards.asked(occasion.plan, judgement.checks)
    data["filtered"] = judgement.filtered
    data["counts"] = judgement.counts
    data["records"] = records or {}
    data["latency"] = [
        {"service": one.service, "answers": one.answers, "p95": round(one.p95, 4), "limit": one.limit}
        for one in judgement.latency
    ]
    data["steadiness"] = [
        {
            "service": one.service,
            "answers": one.answers,
            "failed": one.failed,
            "share": round(one.share, 4),
            "limit": one.limit,
        }
        for one in judgement.steadiness
    ]
    data["hosts"] = hosts.plain(judgement.checks)
    data["issues"] = list(occasion.issues)
    data["left_out"] = [{"what": what, "why": why} for what, why in occasion.plan.left_out]
    data["checks"] = [_row(one, evidence.get(one["id"], "")) for one in judgement.checks]
    return data


def merged(occasion: Occasion, merged: Merged) -> dict[str, Any]:
    """What a run says that was merged out of several."""
    evidence = {one["id"]: one["evidence"] for one in merged.judgement.checks}
    return of(occasion, merged.judgement, evidence, merged.records) | {
        "partial": merged.partial,
        "vantages": list(merged.vantages),
        "parts": list(merged.parts),
        "ended": merged.ended.isoformat(timespec="milliseconds") if merged.ended else None,
        "hosts": list(merged.hosts),
    }


def end(path: Path, data: dict[str, Any]) -> None:
    """Write what `of` says. To be written last: a run that is killed before has no verdict."""
    _write(path, data)


def _row(one: Record, evidence: str) -> dict[str, Any]:
    return {**{name: one[name] for name in FIELDS}, "vantages": one.get("vantages", {}), "evidence": evidence}


def _document(occasion: Occasion, ended: datetime | None, verdict: Verdict, reasons: Sequence[str]) -> dict[str, Any]:
    return {
        "schema": SCHEMA_VERSION,
        "environment": occasion.environment,
        "revision": occasion.revision,
        "profile": occasion.profile,
        "plan": occasion.plan.digest,
        "partial": occasion.shard is not None,
        "shard": _shard(occasion, occasion.shard) if occasion.shard is not None else None,
        "vantages": [occasion.vantage] if occasion.vantage else [],
        "parts": [],
        "run": occasion.run_id,
        "started": occasion.started.isoformat(timespec="milliseconds"),
        "ended": ended.isoformat(timespec="milliseconds") if ended else None,
        "verdict": str(verdict),
        "reasons": list(reasons),
        "filtered": False,
        "counts": {},
        "records": {},
        "latency": [],
        "steadiness": [],
        "hosts": [],
        "issues": [],
        "left_out": [],
        "checks": [],
    }


def _shard(occasion: Occasion, shard: Shard) -> dict[str, Any]:
    """What `merge` needs to judge all shards together as one run would have been."""
    whole = occasion.plan.whole
    return {
        "number": shard.number,
        "of": shard.of,
        "plan": whole.digest,
        "checks": len(whole.checks),
        "p95": dict(whole.p95),
        "flaky": whole.flaky,
        "flaky_at_most": occasion.flaky_at_most,
        "below": whole.below,
        "asked": [],
    }


def _write(path: Path, data: dict[str, Any]) -> None:
    """Readers see the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(draft, path)
