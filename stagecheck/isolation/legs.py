"""The three legs of a negative check: the owner can, the path is alive, an id that nobody has is denied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.denial import Access, access
from stagecheck.matchers import values
from stagecheck.model import Expect, Operation, Resource, Step
from stagecheck.outcome import Finding, Reason, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import control
from stagecheck.setting import Setting

OK = Expect(status=[200, 201, 204], no_error_body=False)


def resource_of(check: Check) -> Resource:
    """The resource that an isolation check is about."""
    assert check.resource is not None
    return check.resource


def find(check: Check, setting: Setting, tenant: str, role: str, shared: bool = True) -> Step:
    """Finds the sentinel of a tenant as that tenant; captures `ROLE_id` and what else the target captures.

    `shared` is off where somebody else asks the same next: what the first leaves in a cache must be there.
    """
    operation = resource_of(check).find
    taken = [(f"{role}_{name}", path) for name, path in operation.capture.items()]
    if operation.id:
        taken.append((f"{role}_id", operation.id))
    return setting.step(check, f"find-{role}", operation.request, tenant=tenant, capture=tuple(taken), shared=shared)


def search(check: Check, setting: Setting, name: str, needle: str, **more: Any) -> Step:
    """Looks for another tenant's sentinel with the same request that finds one's own."""
    return setting.step(check, name, resource_of(check).find.request, fill=[("sentinel", needle)], **more)


def on(
    check: Check, setting: Setting, name: str, operation: Operation, tenant: str, id: str, role: str, **more: Any
) -> Step:
    """An operation on the record `id` (a placeholder such as `{victim_id}`), with what was captured for `role`."""
    captured = [(key, f"{{{role}_{key}}}") for key in resource_of(check).find.capture]
    fill = [("id", id), *captured, *more.pop("fill", ())]
    return setting.step(check, name, operation.request, tenant=tenant, fill=fill, **more)


def create(check: Check, setting: Setting, name: str, tenant: str, role: str, made: str, marker: str) -> Step:
    """A creation as `tenant`, with what was captured for `role`; the new id is captured as `made`."""
    operation = resource_of(check).create
    assert operation is not None
    assert operation.id is not None
    fill = [("marker", setting.marker(check, marker))]
    return on(check, setting, name, operation, tenant, "", role, fill=fill, capture=((made, operation.id),))


def three_legs(check: Check, setting: Setting) -> tuple[Step, ...]:
    """The controls that every attack on a record by its id needs."""
    read = resource_of(check).read
    return (
        find(check, setting, check.victim, "victim"),
        find(check, setting, check.tenant, "own"),
        on(check, setting, "owner-can", read, check.victim, "{victim_id}", "victim"),
        on(check, setting, "path-alive", read, check.tenant, "{own_id}", "own", shared=True),
        on(check, setting, "random-id", read, check.tenant, "{unlike:victim_id}", "own", shared=True),
    )


def three_legs_hold(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    """The inconclusive finding of the first leg that does not hold."""
    what = f"{check.victim} can read its record, {check.tenant} can read its own, and an id that nobody has is denied"
    owners = {"owner-can": check.victim, "path-alive": check.tenant}
    for step in ("find-victim", "find-own"):
        found = control(check, setting, answers, step, OK, what)
        if found:
            return found
    for step, owner in owners.items():
        found = control(check, setting, answers, step, OK, what) or shows(check, setting, answers, step, owner, what)
        if found:
            return found
    return denied_baseline(check, answers, what)


def denied_baseline(check: Check, answers: Answers, what: str) -> Finding | None:
    """An inconclusive finding when an id that nobody has is not denied."""
    exchange = answers["random-id"]
    resource = resource_of(check)
    if access(resource, resource.read, exchange) is Access.DENIED:
        return None
    seen = f"control 'random-id': an id that nobody has was answered {exchange.said}"
    cause = f"{check.service} does not look records up by id: a denial of it means nothing"
    return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, "random-id")


def shows(check: Check, setting: Setting, answers: Answers, step: str, owner: str, what: str) -> Finding | None:
    """An inconclusive finding when an answer lacks the sentinel of its owner."""
    if setting.tenant(owner).sentinel in answers[step].text:
        return None
    seen = f"control '{step}': the sentinel of {owner} is not in the answer"
    cause = f"{check.service} answers something else than the record of {owner}: another check tells why"
    return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, step)


def finds(check: Check, setting: Setting, answers: Answers, step: str, what: str) -> Finding | None:
    """An inconclusive finding when a search for one's own sentinel finds nothing."""
    found = control(check, setting, answers, step, OK, what)
    if found or hits(check, answers, step):
        return found
    seen = f"control '{step}': nothing was found"
    cause = f"{check.service} shows no sentinel: plant it with `python -m stagecheck seed`, or see its routing checks"
    return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, step)


def hits(check: Check, answers: Answers, step: str) -> list[str]:
    """The ids of the records that a search found."""
    operation = resource_of(check).find
    assert operation.id
    return [str(id) for id in values(operation.id, answers[step].json)]


def mentions(exchange: Exchange, needle: str) -> bool:
    """Whether a record of the answer carries the needle; a link that only repeats the question does not count."""
    return any(needle in text and "://" not in text for text in _texts(exchange.json))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
