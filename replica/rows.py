"""The record of the platform's faults, row by row: replica/rows.yaml beside the switches that stand for each row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from replica.catalog import CatalogError, Fault

FILE = Path(__file__).parent / "rows.yaml"
LAST = 99


@dataclass(frozen=True)
class Row:
    """One recorded fault: caught by `switches`, found in text by the rules of `static`, or `out` of reach and why."""

    id: str
    text: str
    static: tuple[str, ...] = ()
    out: str = ""
    switches: tuple[Fault, ...] = ()

    @property
    def state(self) -> str:
        """`caught`, `static` or `out`."""
        return "caught" if self.switches else "static" if self.static else "out"


def read(faults: Mapping[str, Fault], path: Path = FILE) -> tuple[Row, ...]:
    """F01 to F99 in order; raises CatalogError for a row that is missing, is there twice, or has not one state."""
    rows = tuple(_row(entry, faults) for entry in yaml.safe_load(path.read_text()))
    expected = [f"F{number:02}" for number in range(1, LAST + 1)]
    if [row.id for row in rows] != expected:
        wrong = sorted({row.id for row in rows} ^ set(expected)) or ["their order"]
        raise CatalogError(f"{path.name}: the rows are F01 to F{LAST}, each once and in order; look at {wrong[0]}")
    named = {row for fault in faults.values() for row in fault.rows}
    if unknown := sorted(named - set(expected)):
        raise CatalogError(f"{path.name}: a switch stands for {unknown[0]}, which is no row")
    return rows


def _row(entry: Mapping[str, Any], faults: Mapping[str, Fault]) -> Row:
    row = Row(entry["row"], entry["text"], tuple(entry.get("static", ())), entry.get("out", ""))
    # A switch without an expectation is one that no check sees.
    switches = tuple(fault for fault in faults.values() if row.id in fault.rows and fault.expect)
    if sum(map(bool, (switches, row.static, row.out))) != 1:
        raise CatalogError(f"{row.id}: it has switches, or 'static', or 'out', exactly one of them")
    if not re.fullmatch(r"F\d\d", row.id):
        raise CatalogError(f"{row.id}: a row is called F and two digits")
    return Row(row.id, row.text, row.static, row.out, switches)
