"""The ledger of known issues, targets/known-issues.yaml: failures that are owned, dated, and hold nothing up."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Strict

from stagecheck import document, refusal
from stagecheck.document import Document
from stagecheck.model import Slug, Word
from stagecheck.outcome import Finding, Outcome, Reason, failed
from stagecheck.plan import Plan
from stagecheck.record import Record

FILE = "known-issues.yaml"
LONGEST = datetime.timedelta(days=30)
# Nobody may get used to these: a tenant's data is open, or it is not known whether it is; nor can a run be about a
# platform that is not there, or another release than it is there. Nor can the ledger speak of itself.
NEVER = frozenset(
    {
        *(Reason.LEAK, Reason.OPEN_DATA, Reason.FOREIGN_WRITE, Reason.FORGED_TOKEN, Reason.CONTROL_FAILED),
        *(Reason.NOT_READY, Reason.WRONG_REVISION, Reason.KNOWN_EXPIRED, Reason.KNOWN_PASSES),
    }
)


class Issue(Word):
    """One failure that is known. `check` is a check's id, or a pattern with `*`; `expires` is a date within 30 days.

    `environment` is the only one that it speaks of; empty for all of them.
    """

    id: Slug
    check: str
    owner: str
    ticket: str
    expires: Annotated[datetime.date, Strict(False)]
    reason: Reason
    environment: Slug | Literal[""] = ""

    @property
    def is_pattern(self) -> bool:
        """Whether it may speak of several checks, of which some may pass."""
        return "*" in self.check

    def is_about(self, check_id: str) -> bool:
        """Whether it speaks of that check. `[` and `]` of an id stand for themselves."""
        return fnmatchcase(check_id.translate(_BRACKETS), self.check.translate(_BRACKETS))


class Issues(Word):
    """The whole file."""

    issues: list[Issue]


@dataclass(frozen=True)
class Ledger:
    """The issues that are known in one environment, and the day on which that is asked."""

    issues: tuple[Issue, ...]
    today: datetime.date

    def issue(self, check_id: str) -> Issue | None:
        """The first issue that speaks of that check."""
        return next((one for one in self.issues if one.is_about(check_id)), None)

    def judge(self, check_id: str, finding: Finding | None) -> tuple[Finding | None, Issue | None]:
        """What a check's finding means beside the ledger, with the issue when that makes it known.

        The same failure becomes known; after its day it is red as `known_expired`; a check that passes again is red as
        `known_passes`, but for a pattern, which `mended` judges over the whole run; any other failure stays what it is.
        None is a check that passed.
        """
        about = [one for one in self.issues if one.is_about(check_id)]
        if finding is None:
            passes = next((one for one in about if not one.is_pattern), None)
            return (_passes(passes) if passes else None), None
        issue = next((one for one in about if one.reason is finding.reason), None)
        if issue is None or finding.outcome is not Outcome.FAILED or finding.reason in NEVER:
            return finding, None
        if issue.expires < self.today:
            return _expired(issue, finding), None
        return replace(finding, outcome=Outcome.KNOWN), issue

    def knows(self, check_id: str, finding: Finding) -> bool:
        """Whether that failure is known, so that what stands on the check is asked all the same."""
        return self.judge(check_id, finding)[1] is not None

    def mended(self, records: Iterable[Record]) -> list[str]:
        """A sentence for each pattern of which every check passed: the ledger is out of date.

        Nothing is said of a pattern of which a check was not asked to its end, or of which none holds a promotion.
        """
        told = list(records)
        found = []
        for issue in (one for one in self.issues if one.is_pattern):
            those = [one for one in told if issue.is_about(one["id"])]
            if {one["outcome"] for one in those} == {str(Outcome.PASSED)} and any(one["required"] for one in those):
                found.append(f"known issue {issue.id} ({issue.ticket}) passes: take it out of {FILE}")
        return found


# What a pattern must say before its first `*`.
_NARROW = re.compile(r"[a-z]+\[[a-z0-9-]+")
# fnmatch reads [...] as a set of characters; in an id it is plain text.
_BRACKETS = str.maketrans("[]", "<>")


def load(folder: Path, today: datetime.date, environment: str = "", plan: Plan | None = None) -> Ledger:
    """The ledger of a folder of targets for that environment, empty where there is no file; raises BadInput.

    With the whole `plan` of the environment, an entry that speaks of no check of it is refused, and one for another
    environment that speaks of none of any.
    """
    path = folder / FILE
    if not path.is_file():
        return Ledger((), today)
    file = document.read(path)
    issues = refusal.parse(file, Issues).issues
    places = {found.stem for found in (folder / "environments").glob("*.yaml")}
    for index, issue in enumerate(issues):
        if issue.reason in NEVER:
            raise file.refuse(("issues", index, "reason"), f"'{issue.reason}' can never be known: it must be mended")
        if issue.is_pattern and not _NARROW.match(issue.check):
            sentence = f"'{issue.check}' may mean any check: a pattern begins with a kind and a service"
            raise file.refuse(("issues", index, "check"), f"{sentence}, as routing[saleor/*")
        if issue.environment and places and issue.environment not in {*places, environment}:
            sentence = f"unknown environment '{issue.environment}'{refusal.suggestion(issue.environment, places)}"
            raise file.refuse(("issues", index, "environment"), sentence)
        if issue.environment in ("", environment) and issue.expires > today + LONGEST:
            raise file.refuse(("issues", index, "expires"), f"{issue.expires} is more than {LONGEST.days} days ahead")
        if [other.id for other in issues].index(issue.id) < index:
            raise file.refuse(("issues", index, "id"), f"duplicate id '{issue.id}'")
    here = tuple(one for one in issues if one.environment in ("", environment))
    if plan is not None:
        _speak_of_checks(file, issues, here, plan, environment)
    return Ledger(here, today)


def _speak_of_checks(
    file: Document, issues: list[Issue], here: tuple[Issue, ...], plan: Plan, environment: str
) -> None:
    # What is not covered here, another environment or another day may cover; then the entry has its say.
    names = [*(check.id for check in plan.checks), *(what for what, _ in plan.left_out)]
    for index, issue in enumerate(issues):
        if issue in here:
            where = f"the environment '{environment}'"
            is_there = any(issue.is_about(name) for name in names)
        else:
            where = "any environment"
            begin = re.split("[*@]", issue.check, maxsplit=1)[0]  # which tenants it has, is known there alone
            is_there = any(name.startswith(begin) for name in names)
        if not is_there:
            sentence = f"no check of {where} is '{issue.check}'{refusal.suggestion(issue.check, names)}"
            raise file.refuse(("issues", index, "check"), sentence)


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
