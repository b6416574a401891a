"""All checks against one running replica, in this process, under the faults that are switched on."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from replica.catalog import Fault
from replica.supervisor import switch_faults
from selftest import plain
from stagecheck import environment as environments
from stagecheck import plan as plans
from stagecheck import platform, targets
from stagecheck.ahead import Ahead
from stagecheck.errors import Blocked, CheckFailed, Inconclusive
from stagecheck.model import Budgets, Environment
from stagecheck.outcome import Outcome
from stagecheck.plan import Check, Plan
from stagecheck.runner import Runner

TARGETS = Path(__file__).parents[1] / "targets"
# Under a fault that makes servers slow or silent the suite need not wait as long as it would for a person.
HASTY = {"timeout": 5.0, "attempts": 2}
# The same for the targets without proofs, which have no rungs that would tell them that nobody is there.
SHORT = {"timeout": 4.0, "attempts": 1}
# What lies on the way of which checks: the storefronts and their names on that of the domains, some parts on that of
# their own services alone, as the databases, the others on that of all that goes through the gateway. Of what a fault's
# part cannot touch, the suite is asked a share of the plain answers alone, and the two other ways nothing.
DOMAINS = ("edge", "dns", "paths")
ALONE = {
    "inner": ("vault", "temporal-server", "temporal-ui", "superset", "ai-agents", "dokploy"),
    "databases": ("postgresql", "redis"),
    "backends": (
        *("quanttrade-backend", "coreldove-backend", "amazon-sourcing", "business-directory-backend"),
        "brain-gateway",
    ),
    "crm": ("django-crm", "brain-gateway"),
    "wagtail": ("wagtail-cms", "brain-gateway"),
    "saleor": ("saleor", "coreldove-backend", "amazon-sourcing", "brain-gateway"),
}
# And the pages that show what such a part has.
SHOWN = {
    "backends": ("business-directory-frontend", "quanttrade-frontend"),
    "crm": ("client-portal",),
    "wagtail": ("thrillring-gaming",),
    "saleor": ("coreldove-frontend",),
}

# Of the checks that a fault does not name, one in so many is asked: others under each fault, the same in each run.
SHARE = 8
# And no more than so many: most of the suite stands behind the gateway.
MOST_OTHERS = 16
# And so many of those that stand on a check which the fault names: are they blocked?
ABOVE = 3


@dataclass(frozen=True)
class Heard:
    """One check under one set of faults; `root` is the id of the check that blocks it, or leaves it without a base."""

    check: Check
    outcome: Outcome
    reason: str
    text: str
    root: str = ""

    @property
    def red(self) -> bool:
        return self.outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE) and not self.root


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

    def hear(self, faults: Iterable[str] = (), only: Iterable[str] = (), at_once: bool = False) -> dict[str, Heard]:
        """Ask all checks, or those of the given ids, under the given faults: in their order, or many at once."""
        self.switch(faults)
        return self._hear(self.environment, self.plan, only, Ahead if at_once else Runner)

    def hear_on_production(self, only: Iterable[str]) -> dict[str, Heard]:
        """Ask the checks of the given ids as if the replica were production, under the faults that are on."""
        environment = self.environment.model_copy(update={"production": True, "writes": "never"})
        return self._hear(environment, plans.make(self.loaded, environment), only)

    def hear_as_shipped(self, only: Iterable[str]) -> dict[str, Heard]:
        """Ask the checks of the given ids as often as the suite does by itself, under the faults."""
        budgets = self.environment.budgets.model_copy(update={"interleaved": Budgets().interleaved})
        return self._hear(self.environment.model_copy(update={"budgets": budgets}), self.plan, only)

    def hear_without_proofs(self, only: Iterable[str] = ()) -> dict[str, Heard]:
        """The same targets with nothing but what they expect of each answer, under the faults that are on.

        All answers, or those of the given ids.
        """
        budgets = self.environment.budgets.model_copy(update=SHORT)
        return self._hear(self.environment.model_copy(update={"budgets": budgets}), self._without_proofs, only, Ahead)

    def plain(self, only: Collection[str] = ()) -> dict[str, str]:
        """What a plain check for status 200 calls red, of all or of the given ids, under the faults that are on."""
        return plain.red(self.plan, self.environment, self._variables, only)

    def _hear(
        self, environment: Environment, plan: Plan, only: Iterable[str], runs: type[Runner] = Runner
    ) -> dict[str, Heard]:
        self.runs += 1
        runner = runs(environment, plan, f"{self.runs:08x}", self._variables, self.schemas)
        wanted = set(only)
        checks = [check for check in plan.checks if not wanted or check.id in wanted]
        try:
            if isinstance(runner, Ahead):
                runner.begin(checks)
            return {check.id: _heard(runner, check) for check in checks}
        finally:
            runner.close()

    @cached_property
    def _variables(self) -> dict[str, str]:
        return {**os.environ, **self.started.variables}

    @cached_property
    def schemas(self) -> Mapping[str, object]:
        return targets.schemas(self.loaded)

    @cached_property
    def _without_proofs(self) -> Plan:
        found = [check for check in self.plan.checks if check.proof == "answers"]
        ids = {check.id for check in found}
        checks = tuple(replace(check, roots=tuple(root for root in check.roots if root in ids)) for check in found)
        return Plan(checks, (), plans.digest_of(checks, {}))


@contextmanager
def running(budgets: Mapping[str, float] = HASTY) -> Iterator[Platform]:
    """A replica for a whole module of tests, with budgets that are other than the suite's own."""
    loaded = targets.load(TARGETS)
    environment = environments.read("local", TARGETS, os.environ, loaded)
    environment = environment.model_copy(update={"budgets": environment.budgets.model_copy(update=dict(budgets))})
    with platform.start(environment) as started:
        placed = platform.placed(environment, started.told)
        yield Platform(started, placed, loaded, plans.make(loaded, placed))


def _heard(runner: Runner, check: Check) -> Heard:
    try:
        runner.must_hold(check, runner.answers(check))
    except CheckFailed as told:
        return Heard(check, Outcome.FAILED, told.finding.reason, str(told))
    except Inconclusive as told:
        return Heard(check, Outcome.INCONCLUSIVE, told.finding.reason, str(told), _root(runner, check))
    except Blocked as told:
        return Heard(check, Outcome.BLOCKED, told.finding.reason, str(told), _root(runner, check))
    finally:
        runner.forget(check)
    return Heard(check, Outcome.PASSED, "", "")


def _root(runner: Runner, check: Check) -> str:
    by = runner.blocked_by(check)
    return by[0] if by else ""


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


@dataclass(frozen=True)
class Found:
    """What one fault made of the plain check, of the targets without proofs, and of the suite."""

    fault: Fault
    heard: dict[str, Heard]
    plain: dict[str, str]
    without_proofs: dict[str, str]
    seconds: float
    expected: Heard = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "expected", self.heard[self.fault.expect["check"]])

    @property
    def right(self) -> bool:
        """Whether the expected check is red for the expected reason."""
        return self.expected.red and self.expected.reason == self.fault.expect["reason"]

    @property
    def blocked(self) -> dict[str, list[str]]:
        """The id of each root that blocks, with the ids of the checks that stand on it."""
        roots: dict[str, list[str]] = {}
        for id, told in self.heard.items():
            if told.root:
                roots.setdefault(told.root, []).append(id)
        return roots

    def plainly(self) -> dict[str, Any]:
        """The same in builtins, as it stands in reports/detection.json."""
        return {
            "fault": self.fault.name,
            "rows": list(self.fault.rows),
            "part": self.fault.part,
            "text": self.fault.text,
            "expected": {"check": self.fault.expect["check"], "reason": self.fault.expect["reason"]},
            "got": {"outcome": str(self.expected.outcome), "reason": str(self.expected.reason)},
            "right": self.right,
            "told": self.expected.text,
            "red": {id: str(reason) for id, reason in red(self.heard).items()},
            "without_cause": outside(self.fault, self.heard),
            "blocked": self.blocked,
            "plain": self.plain,
            "without_proofs": self.without_proofs,
            "asked": len(self.heard),
            "seconds": round(self.seconds, 2),
        }


def concerned(part: str, check: Check) -> bool:
    """Whether a fault of that part is on the way of that check, or the check is a plain answer."""
    # A workflow passes several parts.
    if check.proof == "answers" or check.kind == "workflow":
        return True
    if part in ALONE:
        return check.service in ALONE[part]
    if check.service in ALONE["databases"]:
        return False
    return (check.kind == "domain") == (part in DOMAINS)


def plainly_asked(plan: Plan, fault: Fault, whole: bool) -> list[str]:
    """The ids of the answers that the two ways without proofs are asked under that fault; all where `whole`.

    Those that its part may touch: what lies behind the gateway is shown by pages, too.
    """
    pages = {check.service for check in plan.checks if check.kind == "domain"}

    def may_touch(check: Check) -> bool:
        if fault.part in ALONE:
            return check.service in (*ALONE[fault.part], *SHOWN.get(fault.part, ()))
        return check.service in pages if fault.part in DOMAINS else check.service not in ALONE["databases"]

    return [check.id for check in plan.checks if check.proof == "answers" and (whole or may_touch(check))]


def is_named(fault: Fault, check: Check) -> bool:
    """Whether the fault says of itself that this check may go red: what takes long is asked under no other."""
    return check.id == fault.expect["check"] or any(fnmatchcase(check.name, name) for name in fault.reach)


def takes_long(check: Check) -> bool:
    """Whether asking that check under every fault would cost more than it shows: it takes long, or a browser."""
    return check.slow or (check.word is not None and check.word.probe == "browser")


def asked(plan: Plan, fault: Fault, whole: bool) -> list[str]:
    """The ids of the checks that are asked under that fault, in the plan's order.

    Those that it names, some that stand on one of them, and of the others a share; all others where `whole`.
    """
    chance = random.Random(fault.name)
    named = {check.id for check in plan.checks if is_named(fault, check)}
    quick = [check for check in plan.checks if not takes_long(check)]
    above = [check.id for check in quick if named.intersection(check.roots) and check.id not in named]
    others = [check.id for check in quick if concerned(fault.part, check)]
    if not whole:
        above = chance.sample(above, min(ABOVE, len(above)))
        others = chance.sample(others, min(MOST_OTHERS, len(others) // SHARE))
    wanted = named.union(above, others)
    return [check.id for check in plan.checks if check.id in wanted]


def find(platform: Platform, fault: Fault, whole: bool = False, suite_alone: bool = False) -> Found:
    """Put the running replica under that fault and ask it in all three ways, or as this suite does and in no other."""
    began = time.monotonic()
    only = asked(platform.plan, fault, whole)
    # Where names and pages are broken, servers are silent, and what is asked there changes nothing.
    at_once = fault.part in DOMAINS
    heard = platform.hear([fault.name, *fault.expect.get("beside", ())], only, at_once)
    if fault.expect.get("where") == "production":
        # What is wrong on production alone must not be red here.
        assert red(heard) == {}
        heard |= platform.hear_on_production([fault.expect["check"]])
    elif fault.expect.get("where") == "shipped":
        # What is rare is found by asking more often than `local` does.
        heard |= platform.hear_as_shipped([fault.expect["check"]])
    if suite_alone:
        return Found(fault, heard, {}, {}, time.monotonic() - began)
    answers = plainly_asked(platform.plan, fault, whole)
    without = {id: str(reason) for id, reason in red(platform.hear_without_proofs(answers)).items()}
    return Found(fault, heard, platform.plain(answers), without, time.monotonic() - began)
