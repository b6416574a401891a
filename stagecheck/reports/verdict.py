"""reports/verdict.json: the one file that a promotion may rest on; its shape is docs/verdict.schema.json."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stagecheck import hosts
from stagecheck.gate import Judgement
from stagecheck.outcome import Verdict
from stagecheck.plan import Plan
from stagecheck.record import Record

SCHEMA_VERSION = 1
FIELDS = (
    *("id", "service", "kind", "title", "required", "owner"),
    *("outcome", "flaky", "reason", "message", "attempts", "seconds", "source", "root", "ledger"),
)


@dataclass(frozen=True)
class Occasion:
    """Which run this is: the environment's name, the run's id, its beginning (UTC), and what was planned for it.

    `revision` is the release that every service had to report; empty when the run was about none. `issues` are the
    entries of the ledger that speak of this environment.
    """

    environment: str
    run_id: str
    started: datetime
    plan: Plan
    profile: str = "all"
    revision: str = ""
    issues: tuple[dict[str, str], ...] = ()

    @property
    def sentence(self) -> str:
        """`profile promotion, revision 4f1c2ab, plan 5f8689fb3d4db303, run 6ab0...`."""
        revision = f"revision {self.revision}, " if self.revision else ""
        return f"profile {self.profile}, {revision}plan {self.plan.digest}, run {self.run_id}"


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def begin(path: Path, environment: str, run_id: str, why: str, revision: str = "", profile: str = "all") -> None:
    """Replace what an earlier run said: whatever becomes of this one, its file is not an old promote."""
    _write(path, _document(environment, run_id, profile, "", now(), None, Verdict.INCONCLUSIVE, [why], revision))


def of(
    occasion: Occasion, judgement: Judgement, evidence: dict[str, str], records: dict[str, int] | None = None
) -> dict[str, Any]:
    """What this run says, as plain data; `evidence` maps a check's id to a file, relative to that of the verdict.

    `records` are the numbers of `reports.leftovers`.
    """
    data = _document(
        occasion.environment,
        occasion.run_id,
        occasion.profile,
        occasion.plan.digest,
        occasion.started,
        now(),
        judgement.verdict,
        judgement.reasons,
        occasion.revision,
    )
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


def end(path: Path, data: dict[str, Any]) -> None:
    """Write what `of` says. To be written last: a run that is killed before has no verdict."""
    _write(path, data)


def _row(one: Record, evidence: str) -> dict[str, Any]:
    return {**{name: one[name] for name in FIELDS}, "evidence": evidence}


def _document(
    environment: str,
    run_id: str,
    profile: str,
    digest: str,
    started: datetime,
    ended: datetime | None,
    verdict: Verdict,
    reasons: Sequence[str],
    revision: str,
) -> dict[str, Any]:
    return {
        "schema": SCHEMA_VERSION,
        "environment": environment,
        "revision": revision,
        "profile": profile,
        "plan": digest,
        "run": run_id,
        "started": started.isoformat(timespec="milliseconds"),
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


def _write(path: Path, data: dict[str, Any]) -> None:
    """Readers see the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(draft, path)
