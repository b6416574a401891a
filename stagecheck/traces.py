"""What a check created on the platform, and whether that is gone again, as its own answers tell."""

from __future__ import annotations

from dataclasses import dataclass

from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.denial import Access, access
from stagecheck.matchers import values
from stagecheck.model import Stored
from stagecheck.plan import Check
from stagecheck.probes.http import content_of
from stagecheck.proofs.stored import is_gone


@dataclass(frozen=True)
class Traces:
    """How many records were created, and of how many it was seen that they are gone."""

    created: int = 0
    removed: int = 0


def of(check: Check, answers: Answers) -> Traces:
    """The traces of one check; a record counts by the id under which it was created."""
    ids = {id for exchange in answers.exchanges.values() for id in _created(exchange)}
    return Traces(len(ids), sum(_gone(check, answers, id) for id in ids))


def _created(exchange: Exchange) -> list[str]:
    step = exchange.step
    if not step.request.writes or step.cleanup or exchange.status is None or exchange.status >= 300:
        return []
    found = [values(path, exchange.json) for _, path in step.capture]
    return [str(one[0]) for one in found if one and one[0] is not None]


def _gone(check: Check, answers: Answers, id: str) -> bool:
    looks = [one for one in answers.exchanges.values() if one.step.cleanup and not one.step.request.writes]
    looks = [one for one in looks if id in one.url or id.encode() in (content_of(one.step) or b"")]
    return bool(looks) and _denied(check, looks[-1])


def _denied(check: Check, exchange: Exchange) -> bool:
    if isinstance(check.word, Stored):
        return is_gone(check, exchange)
    resource = check.resource
    return resource is not None and access(resource, resource.read, exchange) is Access.DENIED
