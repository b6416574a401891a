"""What a check created on the platform, and whether that is gone again, as its own answers tell."""

from __future__ import annotations

from dataclasses import dataclass

from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.denial import Access, access
from stagecheck.matchers import first_mismatch, values
from stagecheck.model import Step, Stored
from stagecheck.plan import Check
from stagecheck.probes.http import content_of
from stagecheck.proofs.stored import is_gone


@dataclass(frozen=True)
class Traces:
    """How many records were created, and of how many it was seen that they are gone.

    What no service deletes, a workflow brings to an end in which it may stay: it counts as cancelled once it was seen.
    """

    created: int = 0
    removed: int = 0
    cancelled: int = 0


def of(check: Check, answers: Answers) -> Traces:
    """The traces of one check; a record counts by the id under which it was created."""
    owners = {
        id: exchange.step.identity.tenant or check.tenant
        for exchange in answers.exchanges.values()
        for id in _created(check, exchange)
    }
    looks = [(id, _last_look(check, answers, id, owner)) for id, owner in owners.items()]
    ends = [(id, look) for id, look in looks if look is not None and _denied(check, look)]
    cancelled = sum(_shows(look, id) for id, look in ends)
    return Traces(len(owners), len(ends) - cancelled, cancelled)


def _created(check: Check, exchange: Exchange) -> list[str]:
    step = exchange.step
    if step.cleanup or exchange.status is None or exchange.status >= 300:
        return []
    found = [values(path, exchange.json) for path in _paths(check, step)]
    return [str(one[0]) for one in found if one and one[0] is not None]


def _paths(check: Check, step: Step) -> list[str]:
    """Where the ids of what a step creates stand: all that a write captures, unless its workflow tells them apart."""
    if check.workflow is None:
        return [path for _, path in step.capture] if step.request.writes else []
    return [path for one in check.workflow.steps if one.id == step.name for path in one.creates.values()]


def _last_look(check: Check, answers: Answers, id: str, owner: str) -> Exchange | None:
    """The last time that its owner, the tenant who created it, asked for a record; None when that never happened."""
    looks = [one for one in answers.exchanges.values() if not one.step.request.writes]
    # That another tenant does not see it says nothing of whether it is there.
    looks = [one for one in looks if not owner or one.step.identity.tenant in ("", owner)]
    looks = [one for one in looks if one.step.cleanup or check.workflow is not None]
    looks = [one for one in looks if id in one.url or id.encode() in (content_of(one.step) or b"")]
    return looks[-1] if looks else None


def _shows(look: Exchange, id: str) -> bool:
    """Whether the record is still there, in the end that was expected of it."""
    return look.status is not None and look.status < 300 and (id in look.url or id in look.text)


def _denied(check: Check, exchange: Exchange) -> bool:
    if exchange.step.expect is not None:
        return first_mismatch(exchange.step.expect.model_copy(update={"json_schema": None}), exchange, {}) is None
    if isinstance(check.word, Stored):
        return is_gone(check, exchange)
    resource = check.resource
    return resource is not None and access(resource, resource.read, exchange) is Access.DENIED
