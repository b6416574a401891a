"""The ledger of known issues, targets/known-issues.yaml: failures that are owned, dated, and hold nothing up."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import Strict

from stagecheck import document, refusal
from stagecheck.model import Slug, Word
from stagecheck.outcome import Finding, Outcome, Reason, failed

FILE = "known-issues.yaml"
LONGEST = datetime.timedelta(days=30)
# Nobody may get used to these: a tenant's data is open, or it is not known whether it is; nor can a run be about a
# platform that is not there, or another release than it is there.
NEVER = frozenset(
    {
        *(Reason.LEAK, Reason.OPEN_DATA, Reason.FOREIGN_WRITE, Reason.FORGED_TOKEN, Reason.CONTROL_FAILED),
        *(Reason.NOT_READY, Reason.WRONG_REVISION),
    }
)


class Issue(Word):
    """One failure that is known. `check` is a check's id, or a pattern with `*`; `expires` is a date within 30 days."""

    id: Slug
    check: str
    owner: str
    ticket: str
    expires: Annotated[datetime.date, Strict(False)]
    reason: Reason


class Issues(Word):
    """The whole file."""

    issues: list[Issue]


@dataclass(frozen=True)
class Ledger:
    """The issues that are known, and the day on which that is asked."""

    issues: tuple[Issue, ...]
    today: datetime.date

    def issue(self, check_id: str) -> Issue | None:
        """The first issue that speaks of that check. `[` and `]` of an id stand for themselves."""
        plain = check_id.translate(_BRACKETS)
        return next((one for one in self.issues if fnmatchcase(plain, one.check.translate(_BRACKETS))), None)

    def judge(self, check_id: str, finding: Finding | None) -> tuple[Finding | None, Issue | None]:
        """What a check's finding means beside the ledger, with the issue when that makes it known.

        The same failure becomes known; after its day it is red as `known_expired`; a check that passes again is red as
        `known_passes`; any other failure stays what it is. None is a check that passed.
        """
        issue = self.issue(check_id)
        if issue is None:
            return finding, None
        if finding is None:
            return _passes(issue), None
        if finding.outcome is not Outcome.FAILED or finding.reason is not issue.reason or finding.reason in NEVER:
            return finding, None
        if issue.expires < self.today:
            return _expired(issue, finding), None
        return replace(finding, outcome=Outcome.KNOWN), issue


# fnmatch reads [...] as a set of characters; in an id it is plain text.
_BRACKETS = str.maketrans("[]", "<>")


def load(folder: Path, today: datetime.date) -> Ledger:
    """The ledger of a folder of targets, empty where there is none; raises BadInput with one line."""
    path = folder / FILE
    if not path.is_file():
        return Ledger((), today)
    file = document.read(path)
    issues = refusal.parse(file, Issues).issues
    for index, issue in enumerate(issues):
        if issue.reason in NEVER:
            raise file.refuse(("issues", index, "reason"), f"'{issue.reason}' can never be known: it must be mended")
        if issue.expires > today + LONGEST:
            raise file.refuse(("issues", index, "expires"), f"{issue.expires} is more than {LONGEST.days} days ahead")
    return Ledger(tuple(issues), today)


def _passes(issue: Issue) -> Finding:
    return failed(
        Reason.KNOWN_PASSES,
        f"what the ledger knows as {issue.id} still fails",
        "the check passed",
        f"the ledger is out of date: take {issue.id} ({issue.ticket}) out of {FILE}",
    )


def _expired(issue: Issue, finding: Finding) -> Finding:
    cause = f"{issue.id} ({issue.ticket}, owner {issue.owner}) expired on {issue.expires}: {finding.cause}"
    return replace(finding, reason=Reason.KNOWN_EXPIRED, cause=cause)
