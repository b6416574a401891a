"""What the specification calls undeployed: known while it is absent, and red as soon as anything else is the case."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from selftest.detection import TARGETS, Platform, running
from stagecheck import environment, known, plan, targets
from stagecheck.outcome import Finding, Outcome, Reason, failed


@dataclass(frozen=True)
class Undeployed:
    """The check that the ledger speaks of, the fault that is the known failure, and one that is another failure."""

    check: str
    absent: str
    reason: Reason
    other: str
    other_reason: Reason


PAGE = Undeployed(
    "domain[business-directory-frontend/page/answers]",
    "business-directory-frontend-absent",
    Reason.STATUS,
    "apps-down",
    Reason.UPSTREAM_DOWN,
)
TEMPORAL = Undeployed(
    "health[temporal-server/serving/answers]",
    "temporal-server-down",
    Reason.CONNECT,
    "temporal-server-not-serving",
    Reason.WRONG_CONTENT,
)
each = pytest.mark.parametrize("service", [PAGE, TEMPORAL], ids=["directory", "temporal"])


@pytest.fixture(scope="module")
def replica() -> Iterator[Platform]:
    with running() as platform:
        yield platform


def expires(service: Undeployed) -> datetime.date:
    someday = datetime.date.max - known.LONGEST
    issue = known.load(TARGETS, someday, "staging").issue(service.check)
    assert issue is not None
    return issue.expires


def judged(replica: Platform, service: Undeployed, fault: str, days_later: int = 0) -> Finding | None:
    """What staging's ledger makes of that check under the fault, on the day of its expiry or so many days later."""
    heard = replica.hear([fault] if fault else [], [service.check])[service.check]
    finding = failed(Reason(heard.reason), "it is there", heard.text, "the platform") if heard.red else None
    today = expires(service) + datetime.timedelta(days_later)
    return known.load(TARGETS, today, "staging").judge(service.check, finding)[0]


def told(finding: Finding | None) -> tuple[Outcome, Reason]:
    assert finding is not None
    return finding.outcome, finding.reason


@each
def test_while_it_is_absent_it_is_known(replica: Platform, service: Undeployed) -> None:
    assert told(judged(replica, service, service.absent)) == (Outcome.KNOWN, service.reason)


@each
def test_when_it_appears_it_is_red(replica: Platform, service: Undeployed) -> None:
    assert told(judged(replica, service, "")) == (Outcome.FAILED, Reason.KNOWN_PASSES)


@each
def test_when_it_fails_otherwise_it_is_red(replica: Platform, service: Undeployed) -> None:
    assert told(judged(replica, service, service.other)) == (Outcome.FAILED, service.other_reason)


@each
def test_when_the_entry_expires_it_is_red(replica: Platform, service: Undeployed) -> None:
    assert told(judged(replica, service, service.absent, days_later=1)) == (Outcome.FAILED, Reason.KNOWN_EXPIRED)


@each
def test_here_it_is_no_known_issue(service: Undeployed) -> None:
    assert known.load(TARGETS, expires(service), "local").issue(service.check) is None


@each
def test_what_stands_on_it_and_is_asked_all_the_same_is_in_the_ledger_too(
    replica: Platform, service: Undeployed
) -> None:
    ledger = known.load(TARGETS, expires(service), "staging")
    here = service.check.partition("[")[2].partition("/")[0]

    standing = {check.id for check in replica.plan.checks if service.check in check.roots and check.service == here}
    assert len(standing) >= 5
    assert {id for id in standing if ledger.issue(id) is None} == set()


def test_the_temporal_server_is_asked_where_its_address_is_given() -> None:
    loaded = targets.load(TARGETS)
    gateway = {"STAGING_GATEWAY": "http://stage.example:8001"}
    given = {**gateway, "STAGING_TEMPORAL_SERVER": "http://stage.example:7233"}

    plans = [plan.make(loaded, environment.read("staging", TARGETS, named, loaded)) for named in (gateway, given)]
    assert [any(check.id == TEMPORAL.check for check in made.checks) for made in plans] == [False, True]
    for made in plans:
        known.load(TARGETS, expires(TEMPORAL), "staging", made)
