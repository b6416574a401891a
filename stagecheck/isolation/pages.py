"""A tenant's list, gone through page by page: by number, by offset, or by cursor."""

from __future__ import annotations

from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.legs import resource_of
from stagecheck.matchers import values
from stagecheck.model import Request, Resource, Step
from stagecheck.outcome import Finding, Reason, inconclusive
from stagecheck.plan import Check
from stagecheck.setting import Setting

MOST_PAGES = 50
FIRST = "page-1"

Place = int | str | None


def first(check: Check, setting: Setting, prefix: str = "page-") -> Step:
    """The first page of the list, as large as the service grants."""
    return _page(check, setting, f"{prefix}1", place_of(resource_of(check), 1, None))


def following(check: Check, setting: Setting, answers: Answers, prefix: str = "page-") -> tuple[Step, ...]:
    """The next page, as long as the last one was full."""
    resource = resource_of(check)
    asked = pages(answers, prefix)
    if resource.page is None or not 0 < len(asked) < MOST_PAGES:
        return ()
    if len(items(check, asked[-1])) < resource.page.largest:
        return ()
    place = place_of(resource, len(asked) + 1, asked[-1])
    return () if place is None else (_page(check, setting, f"{prefix}{len(asked) + 1}", place),)


def pages(answers: Answers, prefix: str = "page-") -> list[Exchange]:
    """The pages that were heard, in their order."""
    return [exchange for name, exchange in answers.exchanges.items() if name.startswith(prefix)]


def items(check: Check, page: Exchange) -> list[object]:
    """The records on a page."""
    path = resource_of(check).list.items
    return values(path, page.json) if path else []


def ids(check: Check, page: Exchange) -> set[str]:
    """The ids of the records on a page."""
    resource = resource_of(check)
    path = resource.list.id or resource.find.id
    assert path is not None
    return {str(id) for id in values(path, page.json)}


def whole(check: Check, answers: Answers, what: str) -> Finding | None:
    """An inconclusive finding when a page did not come whole."""
    for page in pages(answers):
        if page.status != 200 or page.trouble is not None:
            seen = f"control '{page.step.name}': {page.said}"
            cause = f"{check.service} does not answer its list"
            return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, page.step.name)
    return None


def request_of(resource: Resource, place: Place = None, size: int | None = None) -> Request:
    """The list's request for the page at a place, with `size` records in place of the most."""
    request, page = resource.list.request, resource.page
    if page is None:
        return request
    keys: dict[str, int | str] = {} if place is None else {page.key: place}
    keys[page.size] = page.largest if size is None else size
    if request.graphql is None:
        return request.model_copy(update={"query": {**request.query, **keys}})
    asked = request.graphql.model_copy(update={"variables": {**request.graphql.variables, **keys}})
    return request.model_copy(update={"graphql": asked})


def place_of(resource: Resource, number: int, before: Exchange | None) -> Place:
    """What the service is told to get the page of that number; None for the first by cursor, and behind the last."""
    page = resource.page
    if page is None:
        return None
    if page.next is None:
        return number if page.number else (number - 1) * page.largest
    found = values(page.next, before.json) if before is not None else []
    return next((str(cursor) for cursor in found if cursor), None)


def _page(check: Check, setting: Setting, name: str, place: Place) -> Step:
    return setting.step(check, name, request_of(resource_of(check), place))
