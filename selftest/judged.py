"""A whole run in this process, from the first question to the verdict: what `pytest` does, without pytest."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable
from contextlib import suppress

from selftest.detection import Platform
from stagecheck import gate
from stagecheck.ahead import Ahead
from stagecheck.errors import StagecheckError
from stagecheck.gate import Judgement
from stagecheck.hearing import Hearing
from stagecheck.known import Ledger

LEDGER = Ledger((), datetime.date(2026, 1, 1))


def judged(platform: Platform, switches: Iterable[str], only: Iterable[str] = (), *, ahead: bool = True) -> Judgement:
    """The verdict on the platform under exactly these faults and traps, on all checks or those of the given ids.

    Without `ahead` one question follows another, as with `--maxfail`.
    """
    platform.switch(switches)
    platform.runs += 1
    variables = {**os.environ, **platform.started.variables}
    runner = Ahead(platform.environment, platform.plan, f"{platform.runs:08x}", variables, platform.schemas)
    wanted = set(only)
    checks = [check for check in platform.plan.checks if not wanted or check.id in wanted]
    records = []
    try:
        if ahead:
            runner.begin(checks)
        for check in checks:
            hearing = Hearing(check, runner, LEDGER)
            with suppress(StagecheckError):  # the record says it
                hearing.judge(hearing.answers())
            records.append(hearing.record())
            runner.forget(check)
    finally:
        runner.close()
    return gate.judge(platform.plan, records, wanted or None)
