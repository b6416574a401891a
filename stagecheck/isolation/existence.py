"""T33: a denial does not tell whether another tenant has such a record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.by_id import read_steps
from stagecheck.isolation.denial import Access, access
from stagecheck.isolation.legs import on, resource_of, three_legs_hold
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.placeholders import unlike
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

# What says when, by which way and how an answer came, and not what was asked for: RFC 9110, RFC 9111, and networks
# before the service. A body's length differs where the body does.
OF_THE_WAY = re.compile(
    r"age|via|date|expires|etag|last-modified|warning|vary|connection|keep-alive|transfer-encoding|content-length"
    r"|content-encoding|set-cookie|server-timing|alt-svc|nel|report-to|retry-after|traceparent|tracestate|x-runtime"
    r"|x-response-time|x-process-time|x-served-by|x-timer|x-varnish|(x-)?(request|correlation|trace)-id"
    r"|(x-cache|cf|cdn|x-amz|x-akamai|x-fastly|fastly|x-vercel|fly|x-b3|x-ratelimit|ratelimit)(-.*)?"
)

# A text in the pieces that are left where an id is cut out of it; one where none is.
Pieces = tuple[str, ...]


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    read = resource_of(check).read
    # Not the id of `random-id`: in what these two answers differ, a denial differs anyway.
    another = on(check, setting, "random-id-too", read, check.tenant, "{unlike:unlike:victim_id}", "own")
    return (*read_steps(check, setting), another)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    resource = resource_of(check)
    must_hold = f"a record of {check.victim} is denied to {check.tenant} as one is that nobody has"
    for step, whose in (("attack", f"the record of {check.victim}"), ("random-id-too", "an id that nobody has")):
        if access(resource, resource.read, answers[step]) is not Access.DENIED:
            seen = f"{whose} was answered {answers[step].said}, which is no denial"
            cause = f"nothing is proven: {check.service} did not deny, see read-by-id"
            return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, step)
    id = answers.captured["victim_id"]
    none, other = _said(answers["random-id"], unlike(id)), _said(answers["random-id-too"], unlike(unlike(id)))
    told = _differences(_said(answers["attack"], id), none) - _differences(none, other)
    if not told:
        return None
    mine, theirs = answers["attack"].said, answers["random-id"].said
    seen = f"{', '.join(sorted(told))} differs: {mine} for a record of {check.victim}, {theirs} for none"
    cause = f"{check.service} looks for the record before it looks for the tenant: ids can be tried out"
    return failed(Reason.LEAK, must_hold, seen, cause, "attack")


def _differences(one: Mapping[str, set[Pieces]], other: Mapping[str, set[Pieces]]) -> set[str]:
    """The places that only one of two denials has, or where they say different things."""
    nothing: set[Pieces] = set()
    return {place for place in one.keys() | other.keys() if not one.get(place, nothing) & other.get(place, nothing)}


def _said(exchange: Exchange, id: str) -> dict[str, set[Pieces]]:
    """What a denial says, by its place: as it stands there, and with the id cut out.

    Both, since an id such as 2 may stand anywhere by chance.
    """
    names = {name.lower() for name, _ in exchange.headers}
    headers: dict[str, set[Pieces]] = {f"the header {name}": {()} for name in names if not OF_THE_WAY.fullmatch(name)}
    body = _leaves(exchange.json) if exchange.is_json else enumerate(exchange.text.split())
    named = re.compile(rf"(?<!\w){re.escape(id)}(?!\w)")
    texts = {f"{place} of the body": {(str(said),), tuple(named.split(str(said)))} for place, said in body}
    return {"the status": {(str(exchange.status),)}, **headers, **texts}


def _leaves(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    """The values of a JSON body that are no lists or objects, with their paths."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, f"{path}.{key}")
    else:
        yield path, value


PROCEDURE = Procedure(steps, holds, three_legs_hold)
