"""Judges what `make detection` left of each fault, and makes reports/detection.json and docs/detection.md of it."""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from replica.catalog import Fault
from selftest.detection import MOST_OTHERS, SHARE, TARGETS
from selftest.measured import PAGE, ROOT, commit
from selftest.test_detection import FAULTS, PARTS, RELEASES, SUITE, UNSEEN, WHOLE
from stagecheck import environment as environments
from stagecheck import plan as plans
from stagecheck import targets

REPORT = ROOT / "reports" / "detection.json"
# What a check that no fault turns red proves is not shown; these few are about the way to a check.
MOST_UNPROVEN = 3

Row = dict[str, Any]


def main(folder: str) -> int:
    """Write the report and the page; 1 with a line for each thing that is wrong, else 0."""
    found = read(Path(folder))
    # A part of the faults says nothing of what no fault turns red, and is no page.
    unproven = [] if PARTS else _unproven(found)
    figures = {"commit": commit(), "cores": os.cpu_count(), "whole": WHOLE}
    report = {**figures, "faults": found, "unproven": unproven, **totals(found)}
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1) + "\n")
    wrong = troubles(found, unproven)
    if len(found) == len(FAULTS) and not PARTS and not SUITE:
        PAGE.write(HEADING, page(report))
    print("\n".join(wrong or [f"detection: {sentence(report)}"]), file=sys.stderr if wrong else sys.stdout)
    return 1 if wrong else 0


def read(folder: Path) -> list[Row]:
    """What each fault left, in the order of the catalogue."""
    rows = {row["fault"]: row for row in (json.loads(path.read_text()) for path in folder.glob("*.json"))}
    return [rows[fault.name] for fault in FAULTS if fault.name in rows]


def troubles(found: Sequence[Row], unproven: Sequence[str]) -> list[str]:
    """One line for each thing that is not as it must be."""
    heard = {row["fault"] for row in found}
    return [
        *(f"detection: {fault.name} was not run" for fault in FAULTS if fault.name not in heard),
        *(f"detection: {row['fault']}: {row['expected']} but got {row['got']}" for row in found if not row["right"]),
        *(f"detection: {row['fault']}: no cause for {row['without_cause']}" for row in found if row["without_cause"]),
        *([f"detection: no fault turns these red: {', '.join(unproven)}"] if _too_many(unproven) else []),
    ]


def totals(found: Sequence[Row]) -> dict[str, Any]:
    """How many faults each of the three ways sees, and how many it gives the right reason for."""
    return {
        "plain": {"seen": sum(bool(row["plain"]) for row in found)},
        "without_proofs": {
            "seen": sum(bool(row["without_proofs"]) for row in found),
            "right": sum(_is_right(row) for row in found),
        },
        "suite": {
            "seen": sum(bool(row["red"]) for row in found),
            "right": sum(row["right"] for row in found),
            "without_cause": sum(len(row["without_cause"]) for row in found),
        },
        "seconds": round(sum(row["seconds"] for row in found), 1),
    }


def _is_right(row: Row) -> bool:
    return row["without_proofs"].get(row["expected"]["check"]) == row["expected"]["reason"]


def _too_many(unproven: Sequence[str]) -> bool:
    return len(unproven) > MOST_UNPROVEN or any(id.startswith(("routing", "isolation")) for id in unproven)


def _unproven(found: Sequence[Row]) -> list[str]:
    """The checks that no fault turned red."""
    loaded = targets.load(TARGETS)
    plan = plans.make(loaded, environments.read("local", TARGETS, os.environ, loaded))
    red = {id for row in found for id in row["red"]}
    return [check.id for check in plan.checks if check.id not in red]


# ---- the page -------------------------------------------------------------------------------------------------------

HEADING = "# Detection"
HEAD = f"""\
Each fault of the replica, switched on while it runs, seen in three ways one after the other:

- **plain**: every address that a target asks by GET, asked once with a good token, its status compared with 200;
- **without proofs**: the same targets with what they expect of each answer (status, type, content), and no proof;
- **suite**: this suite. The fault counts as caught when its own check is red for its own reason kind.

The first two are asked every address that the broken part may touch. The suite is asked each check that a fault names,
its own and those within its reach, and of the others one in {SHARE}, {MOST_OTHERS} at most: others under each fault,
the same in each run. With `make detection WHOLE=1` it is asked all that the part may touch, and the first two all
addresses. Made by `make detection`. "Not seen" is a broken platform that would have been promoted.
"""


def sentence(report: Row) -> str:
    """The figures in one line."""
    count, plain, bare, suite = len(report["faults"]), report["plain"], report["without_proofs"], report["suite"]
    others = (
        f"the plain check sees {plain['seen']}, the targets without proofs {bare['seen']} "
        f"({bare['right']} with the right reason), "
    )
    return (
        f"of {count} faults {'' if SUITE else others}the suite sees {suite['seen']} ({suite['right']} with the right "
        f"reason, {suite['without_cause']} checks red without cause)"
    )


def page(report: Row) -> str:
    """docs/detection.md, as far as the faults go."""
    found: list[Row] = report["faults"]
    seconds, with_all = [row["seconds"] for row in found], " with `WHOLE=1`" if report["whole"] else ""
    figures = (
        f"Measured at {report['commit']} on {report['cores']} cores{with_all}: {sentence(report)}. A fault takes "
        f"{statistics.median(seconds):.1f} s in the median and {max(seconds):.0f} s at most, for "
        f"{statistics.median(row['asked'] for row in found):.0f} checks in the median. "
        f"{len(report['unproven'])} of the suite's checks are red under none of them.\n"
    )
    blocked = [
        f"| `{row['fault']}` | {'; '.join(f'{len(ids)} by `{root}`' for root, ids in row['blocked'].items())} |"
        for row in found
        if row["blocked"]
    ]
    table = [
        "| fault | plain | without proofs | suite: the check that names it | reason | other checks red |",
        "|---|---|---|---|---|---|",
        *map(_line, found),
    ]
    elsewhere = [f"- `{name}`: {why}" for name, why in UNSEEN.items()]
    elsewhere += [f"- `{fault.name}`: {_where(fault)}" for fault in RELEASES]
    return "\n".join(
        [
            HEAD,
            figures,
            *table,
            "\n## What a root blocks\n",
            "Only a fault at a root blocks anything. How many checks, and by which root:\n",
            "| fault | blocked |",
            "|---|---|",
            *blocked,
            "\n## Not in the table\n",
            *elsewhere,
            "",
        ]
    )


def _where(fault: Fault) -> str:
    """Where a fault is seen that no single check can see."""
    of_the_run = fault.expect["check"].startswith("run[")
    return f"told by {fault.expect['check']}, a rate over the run" if of_the_run else "seen by a run under `--revision`"


def _line(row: Row) -> str:
    bare = row["without_proofs"]
    without = "not seen" if not bare else "right reason" if _is_right(row) else f"{len(bare)} red, another reason"
    plain = ", ".join(sorted(set(row["plain"].values()))) or "not seen"
    others = len(row["red"]) - (row["expected"]["check"] in row["red"])
    return (
        f"| `{row['fault']}` | {plain} | {without} | `{row['expected']['check']}` | {row['expected']['reason']} "
        f"| {others or ''} |"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
