"""The record's rows: each is answered, enough are caught, and docs/faults.md says so truly."""

from __future__ import annotations

from pathlib import Path

import pytest

from replica import catalog, rows
from replica.catalog import CatalogError, Fault
from selftest import faults_page
from stagecheck.openspec.rules import ROWS

CAUGHT = Fault("a-b", ("F01",), "edge", "breaks", {"check": "domain[a/b/dns]", "reason": "dns"})


def test_enough_rows_are_caught_by_enough_switches_and_few_are_out_of_reach() -> None:
    number = faults_page.counts(rows.read(catalog.faults()))

    assert number["caught"] >= 70
    assert number["switches"] >= 55
    assert number["out"] <= 12
    assert number["caught"] + number["static"] + number["out"] == 99


def test_the_page_is_that_of_the_rows_and_switches() -> None:
    written = faults_page.PAGE.read_text()

    assert written == faults_page.text(rows.read(catalog.faults())), "docs/faults.md is old: make faults-page"


def test_every_static_row_names_rules_of_the_lint_that_answer_it() -> None:
    static = [row for row in rows.read(catalog.faults()) if row.static]

    assert [row.id for row in static if not set(row.static) <= set(ROWS.get(row.id, ()))] == []


def rewritten(path: Path, *lines: str) -> Path:
    whole = [f"- {{row: F{n:02}, text: t, out: o}}" for n in range(1, 100)]
    path.write_text("\n".join([*lines, *whole[len(lines) :]]))
    return path


@pytest.mark.parametrize(
    ("first", "sentence"),
    [
        ("- {row: F01, text: t}", r"^F01: it has switches, or 'static', or 'out', exactly one of them$"),
        ("- {row: F01, text: t, static: [s], out: o}", "^F01: it has switches"),
        ("- {row: F00, text: t, out: o}", "F01 to F99, each once and in order; look at F00"),
        ("- {row: F02, text: t, out: o}", "look at F01"),
    ],
)
def test_a_row_without_one_answer_is_refused(tmp_path: Path, first: str, sentence: str) -> None:
    with pytest.raises(CatalogError, match=sentence):
        rows.read({}, rewritten(tmp_path / "rows.yaml", first))


def test_a_caught_row_that_also_says_why_not_is_refused(tmp_path: Path) -> None:
    path = rewritten(tmp_path / "rows.yaml")

    with pytest.raises(CatalogError, match=r"^F01: it has switches"):
        rows.read({"a-b": CAUGHT}, path)


def test_a_switch_of_an_unknown_row_is_refused(tmp_path: Path) -> None:
    stray = Fault("a-c", ("F100",), "edge", "breaks", CAUGHT.expect)

    with pytest.raises(CatalogError, match="a switch stands for F100, which is no row"):
        rows.read({"a-c": stray}, rewritten(tmp_path / "rows.yaml"))
