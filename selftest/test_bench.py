"""What `make bench` asks is what it says: each check one request, a status and two fields."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from selftest.bench import __main__ as bench
from selftest.bench.__main__ import commands, each, growth, measured, spread, table, write
from stagecheck import environment as environments
from stagecheck import plan as plans
from stagecheck import targets
from stagecheck.runner import procedure_of
from stagecheck.setting import Setting


@pytest.mark.parametrize(("name", "connections"), [("shipped", 8), ("wide", 50)])
def test_its_targets_are_good_and_each_check_asks_once(tmp_path: Path, name: str, connections: int) -> None:
    write(tmp_path, 9, 3)
    here = environments.load(str(tmp_path / f"{name}.yaml"), tmp_path / "targets", {}).environment
    plan = plans.make(targets.load(tmp_path / "targets"), here)
    steps = [procedure_of(check).steps(check, Setting(here, "r1")) for check in plan.checks]

    assert [[step.request.path for step in asked] for asked in steps] == [[f"/things/{n}"] for n in range(3)]
    assert {check.entry and len(check.entry.expect.json_) for check in plan.checks} == {2}
    assert here.budgets.connections == connections


def test_a_row_is_measured_from_its_start_to_its_end(tmp_path: Path) -> None:
    took = measured(commands(tmp_path, 2)["httpx, one after the other"], 0.1, tmp_path, 2)

    assert took.seconds > 0.2
    assert 0 < took.first < took.seconds
    assert took.cpu > 0
    assert took.mib > 1


def test_a_row_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="failed"):
        measured(["false"], 0.0, tmp_path, 1)


@pytest.mark.parametrize("services", [1, 3, 100])
def test_a_thousand_checks_are_spread_evenly_among_so_many_services(tmp_path: Path, services: int) -> None:
    write(tmp_path, 9, 1000, services)
    here = environments.load(str(tmp_path / "wide.yaml"), tmp_path / "targets", {}).environment
    checks = plans.make(targets.load(tmp_path / "targets"), here).checks
    sizes = Counter(check.service for check in checks).values()

    assert (len(checks), len(sizes)) == (1000, services)
    assert max(sizes) - min(sizes) <= 1


def test_each_table_has_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fixed(command: list[str], delay: float, folder: Path, number: int, services: int = 0) -> bench.Took:
        asked.append((number, services))
        return bench.Took(2.0, 1.0, 0.5, 64.0)

    monkeypatch.setattr(bench, "measured", fixed)
    rows = [line.split(" | ")[:2] for line in list(table(tmp_path, 300, [0.0, 0.2], 1, ""))[2:]]
    grown, shared = list(growth(tmp_path, [100, 1000], 1)), list(spread(tmp_path, [1, 10], 1))

    assert [who for latency, who in rows if latency == "| 0 ms"] == list(commands(tmp_path, 300))
    assert {"curl, 50 connections", "stagecheck as shipped"} <= {who for _, who in rows}
    assert grown[2:] == ["| 100 | 2.00 | 20.00 | 10.00 | 64 |", "| 1000 | 2.00 | 2.00 | 1.00 | 64 |"]
    assert shared[2:] == ["| 1 | 2.00 | 2.00 | 1.00 | 64 |", "| 10 | 2.00 | 2.00 | 1.00 | 64 |"]
    assert asked[-4:] == [(100, 0), (1000, 0), (1000, 1), (1000, 10)]


def test_one_more_check_is_the_difference_of_two_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fixed(command: list[str], delay: float, folder: Path, number: int, services: int = 0) -> bench.Took:
        ours = "--targets" in " ".join(command)
        return bench.Took(9.0, 5.0 + number * (0.004 if ours else 0.001), 0.5, 64.0)

    monkeypatch.setattr(bench, "measured", fixed)

    assert list(each(tmp_path, [200, 1200], 1))[2:] == [
        "| httpx, one after the other | 1.00 | 1.0 |",
        "| pytest and httpx | 1.00 | 1.0 |",
        "| stagecheck, 50 connections | 4.00 | 4.0 |",
        "| stagecheck, each asks for itself | 4.00 | 4.0 |",
    ]
