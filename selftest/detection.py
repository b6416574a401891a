"""All checks against one running replica, in this process, under the faults that are switched on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from replica.catalog import Fault
from replica.supervisor import switch_faults
from stagecheck import environment as environments
from stagecheck import plan as plans
from stagecheck import platform, targets
from stagecheck.errors import Blocked, CheckFailed, Inconclusive
from stagecheck.model import Environment
from stagecheck.outcome import Outcome
from stagecheck.plan import Check, Plan
from stagecheck.runner import Runner

TARGETS = Path(__file__).parents[1] / "targets"
# Under a fault that makes servers slow or silent the suite need not wait as long as it would for a person.
TIMEOUT = 5.0


@dataclass(frozen=True)
class Heard:
    """One check under one set of faults."""

    check: Check
    outcome: Outcome
    reason: str
    text: str

    @property
    def red(self) -> bool:
        return self.outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE)


@dataclass
class Platform:
    """A started replica and the plan for it."""

    started: platform.Started
    environment: Environment
    loaded: tuple[targets.Loaded, ...]
    plan: Plan
    runs: int = 0

    def switch(self, faults: Iterable[str]) -> None:
        """Turn on exactly these faults, and wait until every part has them."""
        switch_faults(self.started.told["state"], faults)

    def hear(self, faults: Iterable[str] = (), only: Iterable[str] = ()) -> dict[str, Heard]:
        """Ask all checks, or those of the given ids, under the given faults."""
        self.switch(faults)
        self.runs += 1
        variables = {**os.environ, **self.started.variables}
        runner = Runner(self.environment, self.plan, f"{self.runs:08x}", variables, targets.schemas(self.loaded))
        wanted = set(only)
        try:
            return {check.id: _heard(runner, check) for check in self.plan.checks if not wanted or check.id in wanted}
        finally:
            runner.close()


@contextmanager
def running() -> Iterator[Platform]:
    """A replica for a whole module of tests."""
    loaded = targets.load(TARGETS)
    environment = environments.read("local", TARGETS, os.environ, loaded)
    budgets = environment.budgets.model_copy(update={"timeout": TIMEOUT, "attempts": 2})
    environment = environment.model_copy(update={"budgets": budgets})
    with platform.start(environment) as started:
        placed = platform.placed(environment, started.told)
        yield Platform(started, placed, loaded, plans.make(loaded, placed))


def _heard(runner: Runner, check: Check) -> Heard:
    try:
        runner.must_hold(check, runner.answers(check))
    except CheckFailed as told:
        return Heard(check, Outcome.FAILED, told.finding.reason, str(told))
    except Inconclusive as told:
        return Heard(check, Outcome.INCONCLUSIVE, told.finding.reason, str(told))
    except Blocked as told:
        return Heard(check, Outcome.BLOCKED, told.finding.reason, str(told))
    return Heard(check, Outcome.PASSED, "", "")


def red(heard: dict[str, Heard]) -> dict[str, str]:
    """The ids of the red checks, with their reasons."""
    return {id: told.reason for id, told in heard.items() if told.red}


def outside(fault: Fault, heard: dict[str, Heard]) -> list[str]:
    """The red checks that the fault's hand-written reach does not list; a `*` in it stands for any text."""
    expected = {fault.expect["check"]}
    return [
        id
        for id, told in heard.items()
        if told.red and id not in expected and not any(fnmatchcase(told.check.name, name) for name in fault.reach)
    ]
