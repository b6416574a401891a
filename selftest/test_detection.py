"""The detection matrix: each fault turns its own check red, with its reason, and nothing outside its reach.

`make detection` runs this file with a replica for each core and one more, and sets $DETECTION, a folder in which each
fault leaves what was found; `selftest.matrix` judges all of it and makes the report.
"""

from __future__ import annotations

import json
import os
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from replica.catalog import Fault, faults
from selftest import detection
from selftest.detection import Platform
from stagecheck.outcome import Outcome

# What no check sees yet, and which one will.
UNSEEN = {}
# Which release answers is asked by a run that waits for it, see test_watch.py; what fails only sometimes is told by the
# run and by no check, see test_sometimes.py.
RELEASES = tuple(one for one in faults().values() if re.search(r"/revision/|^run\[", one.expect.get("check", "")))
ALL = tuple(fault for fault in faults().values() if fault.name not in UNSEEN and fault not in RELEASES)
# Those of the named parts, for who has not the time for all.
PARTS = os.environ.get("PARTS", "").split()
FAULTS = tuple(fault for fault in ALL if not PARTS or fault.part in PARTS)
# Ask everything that a fault might touch, and not only a share of what it does not name.
WHOLE = bool(os.environ.get("WHOLE"))
# Leave out the two plain ways: they are figures to compare with, and no part of what must be caught.
SUITE = bool(os.environ.get("SUITE"))
# Only a fault at a root may stop all checks of a service.
MOST_REACH = 5


@pytest.fixture(scope="module")
def replica() -> Iterator[Platform]:
    with detection.running() as platform:
        yield platform


def test_without_a_fault_every_check_passes(replica: Platform) -> None:
    heard = replica.hear()

    assert {id: told.text for id, told in heard.items() if told.outcome is not Outcome.PASSED} == {}
    assert detection.red(replica.hear_without_proofs()) == {}
    assert replica.plain() == {}


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("gateway-down", "domain[client-portal/health/answers]"),
        ("edge-down", "routing[thrillring-gaming/data/answers]"),
        ("quanttrade-down", "routing[quanttrade-frontend/data/answers]"),
        ("django-crm-down", "routing[client-portal/data/answers]"),
        ("wagtail-down", "routing[thrillring-gaming/data/answers]"),
        ("saleor-down", "routing[coreldove-frontend/data/answers]"),
    ],
)
def test_the_page_that_shows_what_is_broken_is_asked_in_all_ways(replica: Platform, fault: str, shown: str) -> None:
    assert shown in detection.plainly_asked(replica.plan, faults()[fault], whole=False)


def test_with_whole_every_answer_is_asked_in_all_ways(replica: Platform) -> None:
    answers = [check.id for check in replica.plan.checks if check.proof == "answers"]

    assert detection.plainly_asked(replica.plan, faults()["vault-sealed"], whole=True) == answers
    assert len(detection.plainly_asked(replica.plan, faults()["vault-sealed"], whole=False)) < len(answers) / 2


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_turns_its_own_check_red(fault: Fault, replica: Platform) -> None:
    if left_out := dict(replica.plan.left_out).get(fault.expect["check"]):
        pytest.skip(left_out)
    found = detection.find(replica, fault, WHOLE, SUITE)
    if folder := os.environ.get("DETECTION"):
        Path(folder, f"{fault.name}.json").write_text(json.dumps(found.plainly()))

    assert found.right, found.expected.text
    assert detection.outside(fault, found.heard) == []
    # Only what is red itself blocks, and is not blocked in its turn; and only a fault that is said to be at a root.
    assert [root for root in found.blocked if not found.heard[root].red] == []
    assert bool(found.blocked) == bool(fault.expect.get("root")), found.blocked


def test_what_is_unseen_expects_nothing() -> None:
    assert {fault.name for fault in faults().values() if not fault.expect} == set(UNSEEN)


def test_reaches_are_short() -> None:
    assert statistics.median(len(fault.reach) for fault in ALL) <= MOST_REACH


def test_at_least_25_faults_cover_all_kinds() -> None:
    kinds = [fault.expect["check"].partition("[")[0] for fault in ALL]

    assert len(ALL) >= 25
    assert set(kinds) == {"health", "routing", "domain", "isolation", "workflow"}
