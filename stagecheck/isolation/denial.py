"""Whether an answer is a denial: only what a service says when it means no, never an accident."""

from __future__ import annotations

from enum import Enum

from stagecheck.exchange import Exchange
from stagecheck.matchers import no_error_body, satisfies, values
from stagecheck.model import Expect, Operation, Resource

# `no_error_body` alone is asked of it; an Expect must say one thing more.
_NO_ERROR = Expect(status=200)


class Access(Enum):
    """What an answer says of a request for somebody else's record."""

    DENIED = "denied"
    GRANTED = "granted"
    UNCLEAR = "unclear"


def access(resource: Resource, operation: Operation, exchange: Exchange) -> Access:
    """Read an answer by the resource's own way of saying no.

    401 for a valid user, 3xx to a login, 429, 5xx, a timeout, HTML where JSON is due or an error under 200 are
    accidents: UNCLEAR.
    """
    if exchange.status is None or exchange.trouble is not None or exchange.media_type == "text/html":
        return Access.UNCLEAR
    if exchange.status in resource.denied.status:
        return Access.DENIED
    if not 200 <= exchange.status < 300 or no_error_body(_NO_ERROR, exchange, {}):
        return Access.UNCLEAR
    if operation.done:
        done = all(satisfies(path, wanted, exchange.json) is None for path, wanted in operation.done.items())
        return Access.GRANTED if done else Access.DENIED
    if resource.denied.null_at is not None and operation is resource.read:
        given = [value for value in values(resource.denied.null_at, exchange.json) if value is not None]
        return Access.GRANTED if given else Access.DENIED
    return Access.GRANTED


def refused(exchange: Exchange) -> Access:
    """Read an answer to a request without a good credential: 401 and 403 are the only refusals."""
    if exchange.status in (401, 403):
        return Access.DENIED
    if exchange.status is not None and 200 <= exchange.status < 300 and exchange.trouble is None:
        return Access.GRANTED
    return Access.UNCLEAR
