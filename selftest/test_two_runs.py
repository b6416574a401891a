"""Two runs at the same time on one platform: neither sees the other's records as a fault, and both leave nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from selftest import detection
from selftest.detection import Platform
from selftest.judged import LEDGER
from stagecheck import targets
from stagecheck.errors import StagecheckError
from stagecheck.hearing import Hearing
from stagecheck.outcome import Outcome
from stagecheck.plan import PROBES, Check
from stagecheck.record import Record
from stagecheck.reports.leftovers import Leftovers
from stagecheck.runner import Runner

RUNS = ("t3a9000000001", "t3a9000000002")
# What creates records, and what would see those of another run: lists, searches and totals.
LOOKS = ("list", "search", "count", "page-tampering")


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with detection.running() as started:
        yield started


def concerned(check: Check) -> bool:
    writes = check.proof in PROBES and PROBES[check.proof].writes
    return check.service in ("django-crm", "saleor") and (writes or check.proof in LOOKS or check.proof == "stored")


def run(platform: Platform, run_id: str) -> list[Record]:
    """The records of one run of all that writes, or sees what is written."""
    variables = {**os.environ, **platform.started.variables}
    runner = Runner(platform.environment, platform.plan, run_id, variables, targets.schemas(platform.loaded))
    records = []
    try:
        for check in filter(concerned, platform.plan.checks):
            hearing = Hearing(check, runner, LEDGER)
            with suppress(StagecheckError):  # the record says it
                hearing.judge(hearing.answers())
            records.append(hearing.record())
    finally:
        runner.close()
    return records


def test_two_runs_at_the_same_time_do_not_disturb_each_other(platform: Platform) -> None:
    with ThreadPoolExecutor(len(RUNS)) as pool:
        both = list(pool.map(lambda run_id: run(platform, run_id), RUNS))

    assert {one["id"]: one["text"] for records in both for one in records if one["outcome"] != Outcome.PASSED} == {}
    for records in both:
        counts = Leftovers(records).counts
        assert (counts["left"], counts["created"]) == (0, counts["removed"] + counts["cancelled"])
        assert counts["created"] >= 10
