"""T7: the total that a list states is that of the tenant's own records."""

from __future__ import annotations

from collections.abc import Iterator

from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.legs import resource_of
from stagecheck.isolation.pages import FIRST, first, following, items, pages, whole
from stagecheck.matchers import values
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

# Between two pages somebody may add or remove a record: what differs is counted again. Others' records never go away.
ROUNDS = 3
TOTAL_HEADERS = ("x-total-count", "x-total")


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    return (first(check, setting),)


def follow(check: Check, setting: Setting, answers: Answers) -> tuple[Step, ...]:
    """The next page; and when all were heard and the total differs, all of them once more."""
    round = _last_round(answers)
    asked = pages(answers, _prefix(round))
    if not asked or asked[-1].status != 200:
        return ()
    more = following(check, setting, answers, _prefix(round))
    if more or round == ROUNDS or _miscounted(check, asked) is None:
        return more
    return (first(check, setting, _prefix(round + 1)),)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"the list of {check.tenant} states how many records it has, and holds some"
    found = whole(check, answers, what)
    if found:
        return found
    page = answers[FIRST]
    if any(True for _ in _stated(check, page)) and items(check, page):
        return None
    cause = f"{check.service} answers its list in another way than its target says: {resource_of(check).list.count}"
    return inconclusive(Reason.CONTROL_FAILED, what, "no total, or no record", cause, FIRST)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    last = pages(answers, _prefix(_last_round(answers)))
    seen = _miscounted(check, last)
    if seen is None:
        return None
    must_hold = f"the total of {check.tenant}'s list is the number of records that it holds"
    cause = f"{check.service} counts before it chooses the tenant: the totals tell how many records others have"
    return failed(Reason.LEAK, must_hold, f"{seen}, counted {ROUNDS} times", cause, last[0].step.name)


def _prefix(round: int) -> str:
    return "page-" if round == 1 else f"page-again-{round - 1}-"


def _last_round(answers: Answers) -> int:
    """How many times the list was gone through so far."""
    return next((round for round in range(ROUNDS, 1, -1) if pages(answers, _prefix(round))), 1)


def _miscounted(check: Check, asked: list[Exchange]) -> str | None:
    held = sum(len(items(check, page)) for page in asked)
    return next((f"the list states {n} records and holds {held}" for n in _stated(check, asked[0]) if n != held), None)


def _stated(check: Check, page: Exchange) -> Iterator[int]:
    path = resource_of(check).list.count
    yield from (found for found in (values(path, page.json) if path else ()) if isinstance(found, int))
    yield from (int(value) for name, value in page.headers if name.lower() in TOTAL_HEADERS and value.isdigit())


PROCEDURE = Procedure(steps, holds, controls, follow)
