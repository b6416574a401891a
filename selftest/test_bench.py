"""What `make bench` asks is what it says: each check one request, a status and two fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.bench.__main__ import commands, measured, write
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
