"""Removes what runs that were killed left behind: records that carry a mark of ours, and nothing else.

A record is removed only when it was read one by one, as the tenant that owns it; when one of its values is, from end to
end, what the target's own creations write; and when every mark in it is of a run that is over. A record that holds a
sentinel, or only mentions a mark, stays.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stagecheck import marks
from stagecheck.exchange import Exchange
from stagecheck.isolation import pages
from stagecheck.isolation.denial import Access, access
from stagecheck.matchers import values
from stagecheck.model import Operation, Resource, Stored, Word
from stagecheck.placeholders import Unfilled, fill
from stagecheck.plan import Check, Plan
from stagecheck.probes import PROBES
from stagecheck.probes.wire import Wire
from stagecheck.setting import Setting

WITHIN = 60.0  # seconds for all of it; what is not done then, the next run does
MOST_PAGES = 10
_PLACEHOLDER = re.compile(r"\{[a-z_:]+\}")

IsOver = Callable[[str], bool]


@dataclass
class Swept:
    """What was removed and what was left, as `SERVICE/RESOURCE ID of TENANT`; `troubles` say what could not be seen."""

    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def is_stale(setting: Setting, now: float) -> IsOver:
    """Whether a run, by its id, is another than this one and began longer ago than the environment allows for."""
    oldest = setting.environment.stale_after
    return lambda run: run != setting.run_id and marks.age(run, now) >= oldest


def is_own(setting: Setting) -> IsOver:
    """Whether it is this run itself, which did not come to its end."""
    return lambda run: run == setting.run_id


def sweep(plan: Plan, setting: Setting, wire: Wire, is_over: IsOver, within: float = WITHIN) -> Swept:
    """Look through each resource that can be listed and deleted, as each tenant; what a server does never raises."""
    swept = Swept()
    if setting.environment.writes == "never" or setting.environment.production:
        return swept
    ends = time.monotonic() + within
    for check in _resources(plan):
        shapes = _shapes(plan, check)
        for tenant in setting.environment.tenants:
            _Corner(check, tenant.id, shapes, setting, wire, ends).sweep(is_over, swept)
    return swept


def _resources(plan: Plan) -> list[Check]:
    """One check for each resource of which records can be removed."""
    found: dict[str, Check] = {}
    for check in plan.checks:
        for service, resource in _removable(check):
            id = f"janitor[{service}/{resource.id}]"
            found.setdefault(id, replace(check, id=id, service=service, resource=resource, workflow=None, roots=()))
    return list(found.values())


def _removable(check: Check) -> Iterator[tuple[str, Resource]]:
    if check.resource is not None and check.resource.delete is not None and check.resource.create is not None:
        yield check.service, check.resource
    for leftover in check.workflow.leaves if check.workflow is not None else ():
        yield leftover.service or check.service, leftover


def _shapes(plan: Plan, check: Check) -> list[re.Pattern[str]]:
    """What the creations and changes of the service, and workflows, write where `{marker}` stands, from end to end."""
    words: list[Word | None] = [other.resource for other in plan.checks if other.service == check.service]
    words += [other.word for other in plan.checks if other.service == check.service and isinstance(other.word, Stored)]
    words += [other.workflow for other in plan.checks]
    texts = {text for word in words if word is not None for text in _texts(word.model_dump()) if "{marker}" in text}
    return [re.compile(_as_pattern(text), re.DOTALL) for text in sorted(texts)]


def _as_pattern(text: str) -> str:
    parts = (".*".join(map(re.escape, _PLACEHOLDER.split(part))) for part in text.split("{marker}"))
    return marks.SHAPE.join(parts)


@dataclass(frozen=True)
class _Corner:
    """One resource of one tenant."""

    check: Check
    tenant: str
    shapes: Sequence[re.Pattern[str]]
    setting: Setting
    wire: Wire
    ends: float

    @property
    def resource(self) -> Resource:
        assert self.check.resource is not None
        return self.check.resource

    @property
    def name(self) -> str:
        return f"{self.check.service}/{self.resource.id}"

    def sweep(self, is_over: IsOver, swept: Swept) -> None:
        try:
            for id in dict.fromkeys(self._candidates()):
                record = self._ask("read", self.resource.read, id)
                if access(self.resource, self.resource.read, record) is Access.GRANTED and self._is_ours(
                    record, is_over
                ):
                    (swept.removed if self._removed(id) else swept.left).append(f"{self.name} {id} of {self.tenant}")
        except Unfilled as lacking:
            swept.troubles.append(f"{self.name} of {self.tenant}: nothing fills {{{lacking.name}}}")
        except _Unseen as why:
            swept.troubles.append(f"{self.name} of {self.tenant}: {why}")

    def _candidates(self) -> Iterator[str]:
        """Ids of records that seem to carry a mark: by a search, and on the pages of the list."""
        yield from self._marked(self._seen("search", self.resource.find, sentinel=marks.PREFIX))
        page, listed = self.resource.page, None
        for number in range(1, MOST_PAGES + 1):
            place = pages.place_of(self.resource, number, listed)
            if number > 1 and place is None:
                return
            request = pages.request_of(self.resource, place)
            listed = self._seen("list", self.resource.list.model_copy(update={"request": request}))
            yield from self._marked(listed)
            if page is None or len(self._items(listed)) < page.largest:
                return

    def _marked(self, exchange: Exchange) -> Iterator[str]:
        """The ids in an answer whose records show a mark."""
        assert self.resource.find.id is not None
        ids = [str(id) for id in values(self.resource.find.id, exchange.json)]
        for item in self._items(exchange):
            texts = set(_texts(item))
            if any(marks.runs(text) for text in texts):
                yield from (id for id in ids if id in texts)

    def _items(self, exchange: Exchange) -> list[Any]:
        return values(self.resource.list.items, exchange.json) if self.resource.list.items else []

    def _is_ours(self, record: Exchange, is_over: IsOver) -> bool:
        texts = list(_texts(record.json))
        if any(tenant.sentinel in text for tenant in self.setting.environment.tenants for text in texts):
            return False
        runs = frozenset[str]().union(*(marks.runs(text) for text in texts))
        written = any(shape.fullmatch(text) for shape in self.shapes for text in texts)
        return written and bool(runs) and all(is_over(run) for run in runs)

    def _removed(self, id: str) -> bool:
        assert self.resource.delete is not None
        self._ask("remove", self.resource.delete, id)
        return access(self.resource, self.resource.read, self._ask("gone", self.resource.read, id)) is Access.DENIED

    def _seen(self, name: str, operation: Operation, **given: str) -> Exchange:
        exchange = self._ask(name, operation, "", **given)
        if exchange.status != 200 or exchange.trouble is not None:
            raise _Unseen(f"the {name} {'failed:' if exchange.trouble else 'was answered'} {exchange.said}")
        return exchange

    def _ask(self, name: str, operation: Operation, id: str, **given: str) -> Exchange:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise _Unseen("no time is left for it")
        timeout = min(left, self.setting.environment.budgets.timeout)
        values = {"id": id, **given} if id else given
        step = self.setting.step(
            self.check,
            name,
            operation.request,
            tenant=self.tenant,
            fill=values,
            timeout=timeout,
            cleanup=True,
        )
        return PROBES[step.probe](fill(step, {}), self.wire)


class _Unseen(Exception):
    """Why a resource could not be looked through."""


def _texts(value: Any) -> Iterator[str]:
    """All texts and numbers in plain data, as texts."""
    if isinstance(value, dict | list):
        inner: Iterable[Any] = value.values() if isinstance(value, dict) else value
        for item in inner:
            yield from _texts(item)
    elif isinstance(value, str | int):
        yield str(value)
