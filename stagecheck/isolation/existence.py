"""T33: a denial does not tell whether another tenant has such a record."""

from __future__ import annotations

import re

from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.by_id import read_steps
from stagecheck.isolation.denial import Access, access
from stagecheck.isolation.legs import resource_of, three_legs_hold
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.placeholders import unlike
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    resource = resource_of(check)
    must_hold = f"a record of {check.victim} is denied to {check.tenant} as one is that nobody has"
    attack, nobodys = answers["attack"], answers["random-id"]
    if access(resource, resource.read, attack) is not Access.DENIED:
        seen = f"the record of {check.victim} was answered {attack.said}, which is no denial"
        cause = f"nothing is proven: {check.service} did not deny, see read-by-id"
        return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, "attack")
    id = answers.captured.get("victim_id", "")
    for what, mine, theirs in (
        ("status", attack.status, nobodys.status),
        ("headers", _headers(attack), _headers(nobodys)),
        ("body", _body(attack, id), _body(nobodys, unlike(id))),
    ):
        if mine != theirs:
            seen = f"the {what} differs: {attack.said} for a record of {check.victim}, {nobodys.said} for none"
            cause = f"{check.service} looks for the record before it looks for the tenant: ids can be tried out"
            return failed(Reason.LEAK, must_hold, seen, cause, "attack")
    return None


def _headers(exchange: Exchange) -> set[str]:
    """The names alone: what a date or a trace says differs from answer to answer."""
    return {name.lower() for name, _ in exchange.headers}


def _body(exchange: Exchange, id: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(id)}(?!\w)", "ID", exchange.text) if id else exchange.text


PROCEDURE = Procedure(read_steps, holds, three_legs_hold)
