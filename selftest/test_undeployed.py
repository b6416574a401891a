"""What the specification calls undeployed: known while it is absent, and red as soon as anything else is the case."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest

from selftest.detection import TARGETS, Platform, running
from stagecheck import known
from stagecheck.outcome import Finding, Outcome, Reason, failed

PAGE = "domain[business-directory-frontend/page/answers]"
ABSENT = "business-directory-frontend-absent"
APP_DOWN = "business-directory-frontend-app-down"


@pytest.fixture(scope="module")
def replica() -> Iterator[Platform]:
    with running() as platform:
        yield platform


def expires() -> datetime.date:
    someday = datetime.date.max - known.LONGEST
    issue = known.load(TARGETS, someday, "staging").issue(PAGE)
    assert issue is not None
    return issue.expires


def judged(replica: Platform, fault: str, days_later: int = 0) -> Finding | None:
    """What staging's ledger makes of that page under the fault, on the day of its expiry or so many days later."""
    heard = replica.hear([fault] if fault else [], [PAGE])[PAGE]
    finding = failed(Reason(heard.reason), "the page stands", heard.text, "the edge") if heard.red else None
    today = expires() + datetime.timedelta(days_later)
    return known.load(TARGETS, today, "staging").judge(PAGE, finding)[0]


def told(finding: Finding | None) -> tuple[Outcome, Reason]:
    assert finding is not None
    return finding.outcome, finding.reason


def test_while_it_is_absent_it_is_known(replica: Platform) -> None:
    assert told(judged(replica, ABSENT)) == (Outcome.KNOWN, Reason.STATUS)


def test_when_it_appears_it_is_red(replica: Platform) -> None:
    assert told(judged(replica, "")) == (Outcome.FAILED, Reason.KNOWN_PASSES)


def test_when_it_fails_otherwise_it_is_red(replica: Platform) -> None:
    assert told(judged(replica, APP_DOWN)) == (Outcome.FAILED, Reason.UPSTREAM_DOWN)


def test_when_the_entry_expires_it_is_red(replica: Platform) -> None:
    assert told(judged(replica, ABSENT, days_later=1)) == (Outcome.FAILED, Reason.KNOWN_EXPIRED)


def test_here_it_is_no_known_issue(replica: Platform) -> None:
    assert known.load(TARGETS, expires(), "local").issue(PAGE) is None


def test_what_stands_on_it_and_is_asked_all_the_same_is_in_the_ledger_too(replica: Platform) -> None:
    ledger = known.load(TARGETS, expires(), "staging")

    standing = {check.id for check in replica.plan.checks if PAGE in check.roots}
    assert len(standing) >= 5
    assert {id for id in standing if ledger.issue(id) is None} == set()
