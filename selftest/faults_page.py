"""docs/faults.md, made of the record's rows and of the switches: `python -m selftest.faults_page` writes it anew."""

from __future__ import annotations

from pathlib import Path

from replica import catalog, rows
from replica.catalog import Fault
from replica.rows import Row

PAGE = Path(__file__).parents[1] / "docs" / "faults.md"
HEAD = """\
# The recorded faults

What this platform is known to have suffered, or to have in its code or its compose files: 99 rows. Made by
`make faults-page` from `replica/rows.yaml` and `replica/faults/`; a selftest holds this page to them.

- **caught**: a switch of the replica behaves like this, and the suite goes red at the named check for the named reason.
  `make detection` shows it for each switch, [detection.md](detection.md) has the figures.
- **static**: a fault of specification, compose file or build, found in text before a deploy, by a rule of
  `python -m stagecheck spec lint`.
- **out of reach**: this suite cannot see it, and why.

"""


def counts(found: tuple[Row, ...]) -> dict[str, int]:
    """How many rows are caught, static and out of reach, and by how many distinct switches."""
    states = [row.state for row in found]
    switches = {fault.name for row in found for fault in row.switches}
    return {**{state: states.count(state) for state in ("caught", "static", "out")}, "switches": len(switches)}


def text(found: tuple[Row, ...]) -> str:
    """The whole page."""
    number = counts(found)
    told = (
        f"Of {len(found)} rows {number['caught']} are caught, by {number['switches']} distinct switches; "
        f"{number['static']} are static and {number['out']} out of reach.\n\n"
    )
    table = ["| row | what happens | answer |", "|---|---|---|"]
    return HEAD + told + "\n".join([*table, *map(_line, found)]) + "\n"


def _line(row: Row) -> str:
    if row.state == "caught":
        answer = "caught: " + "; ".join(map(_switch, row.switches))
    elif row.state == "static":
        answer = f"static: {', '.join(f'`{rule}`' for rule in row.static)}"
    else:
        answer = f"out of reach: {row.out}"
    return f"| {row.id} | {row.text} | {answer} |"


def _switch(fault: Fault) -> str:
    return f"`{fault.name}` at `{fault.expect['check']}`, {fault.expect['reason']}"


if __name__ == "__main__":
    PAGE.write_text(text(rows.read(catalog.faults())))
