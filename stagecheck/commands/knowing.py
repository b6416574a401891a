"""`python -m stagecheck known add`: entries for the ledger out of a run's failures, for a person to review."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

from stagecheck import known, past, proposal
from stagecheck.errors import BadInput

HELP = "writes the failures of a run into known-issues.yaml, for a person to review"
DAYS = 14


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["add"], help="add entries")
    parser.add_argument("--from", dest="verdict", type=Path, required=True, metavar="VERDICT", help="verdict.json")
    parser.add_argument("--owner", required=True, metavar="X", help="who mends it")
    parser.add_argument("--ticket", required=True, metavar="Y", help="where that is tracked")
    parser.add_argument("--days", type=int, default=DAYS, metavar="N", help=f"how long it is known (default {DAYS})")
    parser.add_argument("--targets", default="targets", type=Path, metavar="DIR", help="the folder of the targets")


def run(options: argparse.Namespace) -> int:
    if not 1 <= options.days <= known.LONGEST.days:
        raise BadInput(f"known: --days: expected 1 to {known.LONGEST.days}, got {options.days}")
    for name in ("owner", "ticket"):
        if not getattr(options, name).strip():
            raise BadInput(f"known: --{name}: expected a name")
    told = past.read(options.verdict)
    today = datetime.date.today()
    ledger = known.load(options.targets, today, told.environment)
    entries, refused = proposal.of(
        told, ledger, options.owner, options.ticket, today + datetime.timedelta(options.days)
    )
    if entries:
        path = options.targets / known.FILE
        proposal.append(path, entries)
        known.load(options.targets, today, told.environment)  # what was written can be read
        print(f"{path}: {len(entries)} added, until {entries[0].expires}: review each, and commit the file")
        print("".join(f"  {entry.id}: {entry.check}: {entry.reason}\n" for entry in entries), end="")
    else:
        print("nothing to add")
    for row, why in refused:
        print(f"not added: {row.id}: {why}")
    return 0
