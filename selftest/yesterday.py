"""A run that is over, as its verdict.json tells it; `run(...)` changes keys of a promote."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from stagecheck import past
from stagecheck.outcome import Outcome

NOW = datetime(2030, 5, 10, 12, 0, tzinfo=UTC)
SHA = "4f1c2ab0" * 5


def row(id: str = "routing[shop/things/answers]", outcome: str = "passed", **more: Any) -> dict[str, Any]:
    reason = "" if outcome == "passed" else "status"
    return {
        "id": id,
        "service": "shop",
        "kind": "routing",
        "title": "it answers",
        "required": True,
        "owner": "shop-team",
        "outcome": outcome,
        "flaky": False,
        "reason": reason,
        "message": {"must_hold": "", "seen": "", "cause": ""},
        "attempts": 1,
        "seconds": 0.1,
        "evidence": "",
        "source": "targets/shop.yaml:7",
        "root": None,
        "ledger": None,
        "vantages": {},
        **more,
    }


def plain(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    checks = list(rows) or [row()]
    found = Counter(one["outcome"] for one in checks)
    counts = {**{str(outcome): found[outcome] for outcome in Outcome}, "flaky": sum(one["flaky"] for one in checks)}
    ended = NOW - timedelta(minutes=5)
    return {
        "schema": 1,
        "environment": "staging",
        "revision": SHA,
        "profile": "promotion",
        "plan": "0123456789abcdef",
        "partial": False,
        "shard": None,
        "vantages": [],
        "parts": [],
        "run": "r1",
        "started": (ended - timedelta(minutes=1)).isoformat(),
        "ended": ended.isoformat(),
        "verdict": "promote",
        "reasons": [],
        "filtered": False,
        "counts": counts,
        "records": {"created": 0, "removed": 0, "cancelled": 0, "left": 0, "swept": 0},
        "latency": [],
        "steadiness": [],
        "hosts": [],
        "issues": [],
        "left_out": [],
        "checks": checks,
        **changes,
    }


def shard(number: int, of: int, **changes: Any) -> dict[str, Any]:
    """Which shard a run was, of a plan of one check a shard; its questions were answered at once."""
    told = {"plan": "0123456789abcdef", "checks": of, "p95": {}, "flaky": 0.1, "flaky_at_most": None, "below": {}}
    return {"number": number, "of": of, **told, "asked": [], **changes}


def run(*rows: dict[str, Any], **changes: Any) -> past.PastRun:
    return past.parse(json.dumps(plain(*rows, **changes)).encode(), Path("verdict.json"))


def issue(**changes: str) -> dict[str, str]:
    told = {"id": "old", "check": "routing[shop/*]", "owner": "shop-team", "ticket": "SHOP-17", "reason": "status"}
    return {**told, "expires": "2030-05-20", "environment": "", **changes}
