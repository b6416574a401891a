"""T6: lists of a tenant hold no record of another, on any page, at the largest page size."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.isolation.legs import find, finds, resource_of
from stagecheck.matchers import values
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

MOST_PAGES = 50
MOVED = 5


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    return (find(check, setting, check.victim, "victim"), _page(check, setting, 1))


def follow(check: Check, setting: Setting, answers: Answers) -> tuple[Step, ...]:
    """The next page, as long as the last one was full."""
    resource = resource_of(check)
    pages = [name for name in answers.exchanges if name.startswith("page-")]
    if resource.page is None or not 0 < len(pages) < MOST_PAGES:
        return ()
    full = len(_items(check, answers, pages[-1])) >= resource.page.largest
    return (_page(check, setting, len(pages) + 1),) if full else ()


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"the list of {check.tenant} holds its own sentinel, and {check.victim} has one"
    found = finds(check, setting, answers, "find-victim", what)
    if found:
        return found
    for name, exchange in answers.exchanges.items():
        if name.startswith("page-") and (exchange.status != 200 or exchange.trouble is not None):
            seen = f"control '{name}': {exchange.said}"
            return inconclusive(Reason.CONTROL_FAILED, what, seen, f"{check.service} does not answer its list", name)
    own = setting.tenant(check.tenant).sentinel
    if any(own in exchange.text for name, exchange in answers.exchanges.items() if name.startswith("page-")):
        return None
    cause = f"{check.service} lists something else than the records of {check.tenant}: another check tells why"
    return inconclusive(Reason.CONTROL_FAILED, what, f"no page holds the sentinel of {check.tenant}", cause, "page-1")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"no page of {check.tenant}'s list holds anything of {check.victim}"
    cause = f"{check.service} lists without choosing the tenant: every tenant sees all records"
    foreign = setting.tenant(check.victim).sentinel
    for name, exchange in answers.exchanges.items():
        if not name.startswith("page-"):
            continue
        if foreign in exchange.text:
            return failed(Reason.LEAK, must_hold, f"the sentinel of {check.victim} is on {name}", cause, name)
        owned = [item for item in _items(check, answers, name) if _owner(check, item) == check.victim]
        if owned:
            seen = f"{len(owned)} records on {name} say that they belong to {check.victim}"
            return failed(Reason.LEAK, must_hold, seen, cause, name)
    return _miscounted(check, answers, must_hold)


def _miscounted(check: Check, answers: Answers, must_hold: str) -> Finding | None:
    """A finding when a list states more records than its pages hold: the others belong to somebody else."""
    path = resource_of(check).list.count
    if path is None:
        return None
    pages = [name for name in answers.exchanges if name.startswith("page-")]
    stated = values(path, answers[pages[0]].json)
    held = sum(len(_items(check, answers, name)) for name in pages)
    # Between two pages somebody may add or remove a record; a whole tenant's worth is no such thing.
    if not stated or not isinstance(stated[0], int) or abs(stated[0] - held) <= MOVED:
        return None
    cause = f"{check.service} counts before it chooses the tenant: the totals tell how many records others have"
    return failed(Reason.LEAK, must_hold, f"the list states {stated[0]} records and holds {held}", cause, pages[0])


def _page(check: Check, setting: Setting, number: int) -> Step:
    resource = resource_of(check)
    request = resource.list.request
    if resource.page is not None:
        query = {**request.query, resource.page.number: number, resource.page.size: resource.page.largest}
        request = request.model_copy(update={"query": query})
    return setting.step(check, f"page-{number}", request)


def _items(check: Check, answers: Answers, name: str) -> list[object]:
    path = resource_of(check).list.items
    return values(path, answers[name].json) if path else []


def _owner(check: Check, item: object) -> object:
    return item.get(resource_of(check).owner_field) if isinstance(item, dict) else None


PROCEDURE = Procedure(steps, holds, controls, follow)
