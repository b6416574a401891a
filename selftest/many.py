"""What isolation costs with many tenants: `python -m selftest.many 2 10 50` asks it of a replica with as many of them.

With the name of a resource before the numbers (`django-crm/leads`) it asks of that one alone.

For each number it prints a row of docs/performance.md: checks, requests and seconds, and beside them the requests that
it would take if each tenant attacked each other with every probe and every check asked all by itself.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from unittest import mock

from replica import settings
from selftest.detection import TARGETS
from selftest.judged import LEDGER
from stagecheck import environment as environments
from stagecheck import marks, platform, targets
from stagecheck import plan as plans
from stagecheck.errors import StagecheckError
from stagecheck.hearing import Hearing
from stagecheck.model import Environment, Login, Tenant
from stagecheck.outcome import Outcome
from stagecheck.plan import PROBES, Asks, Check
from stagecheck.probes.transport import Client
from stagecheck.runner import Runner

LOGIN = "/api/brain/auth/login"


@dataclass(frozen=True)
class Heard:
    """What is kept of a check: its record with all evidence would fill the memory."""

    check: Check
    outcome: str
    asked: int


@dataclass(frozen=True)
class Cost:
    """What the isolation checks of so many tenants took; `red` are the ids of those that did not pass."""

    tenants: int
    checks: int
    requests: int
    seconds: float
    naive: int
    red: tuple[str, ...]

    @property
    def row(self) -> str:
        """The row of the table in docs/performance.md."""
        return f"| {self.tenants} | {self.checks} | {self.requests} | {self.seconds:.0f} s | {self.naive} |"


def cost(count: int, only: str = "") -> Cost:
    """Start a replica of so many tenants, and ask all that isolation asks of it, or of one resource, in one process."""
    loaded = targets.load(TARGETS)
    environment = crowded(environments.read("local", TARGETS, os.environ, loaded), count)
    with platform.start(environment) as started:
        placed = platform.placed(environment, started.told)
        plan = plans.make(loaded, placed)
        variables = {**os.environ, **started.variables}
        runner = Runner(placed, plan, marks.run_id(time.time()), variables, targets.schemas(loaded))
        began = time.monotonic()
        with counting() as asked:
            heard = [_heard(runner, check) for check in plan.checks if only in _resources(check)]
        seconds = time.monotonic() - began
        runner.close()
    red = tuple(one.check.id for one in heard if one.outcome != Outcome.PASSED)
    return Cost(count, len(heard), len(asked), seconds, naive(heard, count), red)


def crowded(environment: Environment, count: int) -> Environment:
    """The environment with so many tenants, and a replica that has them."""
    known = len(environment.tenants)
    more = [
        Tenant(
            id=one.id,
            host=one.host,
            sentinel=one.sentinel,
            login=Login(path=LOGIN, user=f"{one.id.upper()}_USER", password=f"{one.id.upper()}_PASSWORD"),
        )
        for one in settings.tenants(count)[known:]
    ]
    tenants = [*environment.tenants[:count], *more]
    start = [*environment.start, "--tenants", str(count)]
    return environment.model_copy(update={"tenants": tenants, "start": start})


def naive(heard: Iterable[Heard], count: int) -> int:
    """How many requests it would be for each ordered pair, with nothing shared."""
    taken: dict[tuple[str, str, str], list[int]] = {}
    for one in heard:
        assert one.check.resource is not None
        taken.setdefault((one.check.service, one.check.resource.id, one.check.proof), []).append(one.asked)
    alone = {name for name, probe in PROBES.items() if probe.asks is Asks.EACH}
    each, pairs = count, count * (count - 1)
    return round(
        sum(sum(found) / len(found) * (each if probe in alone else pairs) for (_, _, probe), found in taken.items())
    )


@contextmanager
def counting() -> Iterator[list[str]]:
    """The method of each request that goes on the wire."""
    asked: list[str] = []
    send = Client.send

    def counted(self: Client, method: str, *more: Any) -> Any:
        asked.append(method)
        return send(self, method, *more)

    with mock.patch.object(Client, "send", counted):
        yield asked


def _resources(check: Check) -> tuple[str, ...]:
    """What a check may be chosen by: nothing for one of no resource."""
    return ("", f"{check.service}/{check.resource.id}") if check.resource else ()


def _heard(runner: Runner, check: Check) -> Heard:
    hearing = Hearing(check, runner, LEDGER)
    with suppress(StagecheckError):  # the record says it
        hearing.judge(hearing.answers())
    one = hearing.record()
    runner.forget(check)
    asked = sum(exchange.get("facts", {}).get("asked", 1) for exchange in one["exchanges"])
    return Heard(check, one["outcome"], asked)


if __name__ == "__main__":
    print("| tenants | checks | requests | duration | each pair, nothing shared |\n|---|---|---|---|---|")
    named = [word for word in sys.argv[1:] if not word.isdecimal()]
    for number in [word for word in sys.argv[1:] if word.isdecimal()] or ("2", "10", "50"):
        found = cost(int(number), *named)
        print(found.row, flush=True)
        if found.red:
            print(f"{len(found.red)} did not pass, the first is {found.red[0]}", file=sys.stderr)
