"""`python -m stagecheck merge`: one verdict of the shards of a plan, and of the vantages that it was heard from."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from stagecheck import hosts, merge, past, vantage
from stagecheck.chronicle import Chronicle
from stagecheck.errors import BadInput
from stagecheck.merge import Merged, Part
from stagecheck.past import PastRun
from stagecheck.plan import Plan
from stagecheck.reports import allure, github, leftovers, summary, terminal, verdict

HELP = "makes one verdict.json of shards and vantages; its exit code is that of a run"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a verdict.json, or verdict-K-of-N.json")
    parser.add_argument(
        "--reports", type=Path, default=Path("reports"), metavar="DIR", help="where to (default: reports)"
    )
    parser.add_argument(
        "--vantage", action="append", default=[], metavar="NAME", help="must be among those heard (repeatable)"
    )
    parser.add_argument(
        "--history", type=Path, metavar="DIR", help="keep the merged run there, and tell what changed since"
    )


def run(options: argparse.Namespace) -> int:
    reports: Path = options.reports
    out = reports / past.FILE
    if out.resolve() in [path.resolve() for path in options.files]:
        raise BadInput(f"merge: {out} would replace what is merged: name another --reports")
    # What it said before is not about these; a merge that is refused leaves none.
    reports.mkdir(parents=True, exist_ok=True)
    out.unlink(missing_ok=True)
    parts = [Part(str(path), past.read(path), os.path.relpath(path.parent, reports)) for path in options.files]
    merged = merge.of(parts, [vantage.read(name) for name in options.vantage])
    return _tell(merged, parts[0].run, reports, Chronicle(options.history, reports))


def _tell(merged: Merged, first: PastRun, reports: Path, chronicle: Chronicle) -> int:
    """Write the reports and print what a run prints; returns the exit code."""
    judgement = merged.judgement
    plan = Plan((), judgement.left_out, merged.plan)
    occasion = verdict.Occasion(
        *(first.environment, merged.run_id, merged.started, plan, first.profile, first.revision),
        issues=merged.issues,
        vantage=" and ".join(merged.vantages),
    )
    data = verdict.merged(occasion, merged)
    chronicle.compare(data)
    left = list(leftovers.sentence(merged.records))
    notes = [*left, *hosts.days_left(merged.hosts), *chronicle.trends()]
    page = reports / "summary.md"
    summary.write(page, occasion.name, judgement, notes, chronicle.lines(), occasion.sentence)
    # What Allure shows beside the results, which are copied there as they are.
    about = {"plan": merged.plan, "run": merged.run_id, "verdict": str(judgement.verdict)}
    allure.begin(reports / "allure-results", environment=occasion.name, **about)
    verdict.end(reports / past.FILE, data)
    chronicle.keep()
    github.tell(os.environ, page)
    told = [
        *github.commands(os.environ, judgement),
        *terminal.lines(judgement, str(reports), [*left, *chronicle.lines()]),
    ]
    print("\n".join(told))
    return judgement.exit_code
