"""Entries for the ledger that a run's failures would need, and their lines in known-issues.yaml."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Sequence
from pathlib import Path

from stagecheck.known import FILE, NEVER, Issue, Ledger
from stagecheck.outcome import Outcome, Reason
from stagecheck.past import PastRun, Row

HEAD = f"""\
# {FILE}: failures that are owned and dated, and hold nothing up until then. A leak is never one of them.
issues:
"""


def of(
    run: PastRun, ledger: Ledger, owner: str, ticket: str, expires: datetime.date
) -> tuple[list[Issue], list[tuple[Row, str]]]:
    """An entry for each failure of that run, and the failures that cannot be known, with the reason why.

    What is blocked needs none: it is asked once its root is known.
    """
    entries: list[Issue] = []
    refused: list[tuple[Row, str]] = []
    taken = {issue.id for issue in ledger.issues}
    for row in run.checks:
        if row.outcome == Outcome.INCONCLUSIVE and row.is_heard:
            refused.append((row, f"{row.reason}: nothing was proven, so nothing is known"))
        if row.outcome != Outcome.FAILED or not row.reason:
            continue
        if row.reason in NEVER:
            refused.append((row, f"{row.reason} can never be known: {_why(row.reason)}"))
            continue
        id = _free(re.sub(r"[^a-z0-9]+", "-", f"{row.id} {row.reason}".lower()).strip("-"), taken)
        taken.add(id)
        entry = {"id": id, "check": row.id, "owner": owner, "ticket": ticket, "expires": str(expires)}
        entries.append(
            Issue.model_validate_json(json.dumps({**entry, "reason": row.reason, "environment": run.environment}))
        )
    return entries, refused


def append(path: Path, entries: Sequence[Issue]) -> None:
    """Write the entries behind those that are there; a person's comments stay. Text is quoted as in JSON."""
    before = path.read_text(encoding="utf-8") if path.is_file() else HEAD
    lines = []
    for entry in entries:
        words = [
            f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in entry.model_dump(mode="json").items()
        ]
        lines.append("  - " + "\n    ".join(words))
    path.write_text(before.rstrip("\n") + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


def _why(reason: str) -> str:
    if reason == Reason.KNOWN_PASSES:
        return "take the entry out"
    return "mend it" if reason != Reason.KNOWN_EXPIRED else "mend it, or give the entry a new day"


def _free(id: str, taken: set[str]) -> str:
    number, free = 2, id
    while free in taken:
        free, number = f"{id}-{number}", number + 1
    return free
