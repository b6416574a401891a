"""The detection matrix: each fault turns its own check red, with its reason, and nothing outside its reach."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator

import pytest

from replica.catalog import Fault, faults
from selftest import detection
from selftest.detection import Heard, Platform
from stagecheck.outcome import Outcome

# What no check sees yet, and which one will.
UNSEEN = {
    "crm-foreign-lead": "a relation to another tenant's record (T43)",
    "gateway-verbose-errors": "what an error tells (T32)",
    "saleor-channel-any": "products of another tenant's channel (T25)",
    "wagtail-site-param": "a query key that names another tenant's site (T39)",
    "bizoholic-noindex": "right on staging, wrong in production",
}
# Which release answers is asked by a run that waits for it, see test_watch.py; what fails only sometimes is told by the
# run and by no check, see test_sometimes.py.
RELEASES = tuple(one for one in faults().values() if re.search(r"/revision/|^run\[", one.expect.get("check", "")))
FAULTS = tuple(fault for fault in faults().values() if fault.name not in UNSEEN and fault not in RELEASES)
# A check that no fault turns red proves nothing yet; these few are about the way to a check, not about the platform.
MOST_UNPROVEN = 3
# Only a fault at a root may stop all checks of a service.
MOST_REACH = 5


@pytest.fixture(scope="module")
def replica() -> Iterator[Platform]:
    with detection.running() as platform:
        yield platform


@pytest.fixture(scope="module")
def matrix(replica: Platform) -> dict[str, dict[str, Heard]]:
    """What every fault made of the checks, filled by the tests below."""
    return {}


def test_without_a_fault_every_check_passes(replica: Platform) -> None:
    heard = replica.hear()

    assert {id: told.text for id, told in heard.items() if told.outcome is not Outcome.PASSED} == {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_turns_its_own_check_red(fault: Fault, replica: Platform, matrix: dict[str, dict[str, Heard]]) -> None:
    heard = replica.hear([fault.name, *fault.expect.get("beside", ())])
    matrix[fault.name] = heard

    expected = heard[fault.expect["check"]]
    assert (expected.red, expected.reason) == (True, fault.expect["reason"]), expected.text
    assert detection.outside(fault, heard) == []
    blocked = [id for id, told in heard.items() if told.outcome is Outcome.BLOCKED]
    assert bool(blocked) == bool(fault.expect.get("root")), blocked[:3]


def test_every_check_is_proven_by_a_fault(replica: Platform, matrix: dict[str, dict[str, Heard]]) -> None:
    if len(matrix) < len(FAULTS):
        pytest.fail("run the whole file: this test reads what all the faults made of the checks")

    proven = {id for heard in matrix.values() for id, told in heard.items() if told.red}
    unproven = [check.id for check in replica.plan.checks if check.id not in proven]
    assert len(unproven) <= MOST_UNPROVEN, unproven
    assert [id for id in unproven if id.startswith(("routing", "isolation"))] == []


def test_what_is_unseen_expects_nothing() -> None:
    assert {fault.name for fault in faults().values() if not fault.expect} == set(UNSEEN)


def test_reaches_are_short() -> None:
    assert statistics.median(len(fault.reach) for fault in FAULTS) <= MOST_REACH


def test_at_least_25_faults_cover_all_kinds() -> None:
    kinds = [fault.expect["check"].partition("[")[0] for fault in FAULTS]

    assert len(FAULTS) >= 25
    assert set(kinds) == {"health", "routing", "domain", "isolation"}
