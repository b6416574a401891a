"""T30, T31: no cache gives one tenant's answer to another or to nobody, nor confirms what another has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from stagecheck.causes import accident
from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.denial import Access, access
from stagecheck.isolation.legs import on, resource_of, three_legs, three_legs_hold
from stagecheck.isolation.pages import request_of
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

ENCODINGS = ("gzip", "identity")
_KEPT_PRIVATE = re.compile(r"\b(private|no-store)\b", re.IGNORECASE)
_BY_WHO = re.compile(r"(^|[\s,])(authorization|cookie|\*)($|[\s,])", re.IGNORECASE)

# -- T30


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    """The same URL as the victim, as the tenant, as nobody and as the victim again: what is kept would be given."""
    asked: list[Step] = []
    for encoding in ENCODINGS:
        for name, tenant in (("victim", check.victim), ("own", check.tenant), ("nobody", ""), ("again", check.victim)):
            headers = (("Accept-Encoding", encoding),)
            request = request_of(resource_of(check))
            asked.append(setting.step(check, f"{name} {encoding}", request, tenant=tenant, extra_headers=headers))
    return tuple(asked)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"{check.victim} gets its own sentinel at this URL, and so would whoever got its answer"
    theirs = setting.tenant(check.victim).sentinel
    for encoding in ENCODINGS:
        step = f"victim {encoding}"
        exchange = answers[step]
        if exchange.status != 200 or exchange.trouble is not None or theirs not in exchange.text:
            seen = f"control '{step}': {exchange.said}, without the sentinel"
            cause = f"{check.service} does not list the records of {check.victim}: another check tells why"
            return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, step)
    return None


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = "each gets its own answer, whoever asked the same before, and none may be kept for others"
    for encoding in ENCODINGS:
        for name, asker in (("own", check.tenant), ("nobody", ""), ("again", check.victim)):
            found = _mixed_up(check, setting, answers, f"{name} {encoding}", asker, must_hold)
            if found:
                return found
        found = _keepable(check, answers[f"victim {encoding}"], must_hold)
        if found:
            return found
    return None


def _mixed_up(
    check: Check, setting: Setting, answers: Answers, step: str, asker: str, must_hold: str
) -> Finding | None:
    exchange = answers[step]
    for owner in (check.victim, check.tenant):
        if owner != asker and setting.tenant(owner).sentinel in exchange.text:
            cause = f"a cache before {check.service} keeps answers by their URL, and not by who asks"
            seen = f"{asker or 'nobody'} got the answer of {owner}"
            return failed(Reason.LEAK, must_hold, seen, cause, step)
    if asker and (exchange.status != 200 or setting.tenant(asker).sentinel not in exchange.text):
        seen = f"'{step}' was answered {exchange.said}, without the sentinel of {asker}"
        cause = f"nothing is proven: {accident(check, exchange)}"
        return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, step)
    return None


def _keepable(check: Check, exchange: Exchange, must_hold: str) -> Finding | None:
    """A finding when an answer allows a shared cache to give it to others (RFC 9111, 3.5 and 4.1)."""
    kept = exchange.line("cache-control")
    if _KEPT_PRIVATE.search(kept) or _BY_WHO.search(exchange.line("vary")):
        return None
    seen = f"Cache-Control is {kept or 'not there'}, and Vary names nothing that tells tenants apart"
    cause = f"{check.service} or brain-gateway lets caches keep what a tenant alone may see"
    return failed(Reason.WRONG_CONTENT, must_hold, seen, cause, exchange.step.name)


def cached(exchanges: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any of these answers, as evidence, says that a cache gave it (`Age`, `X-Cache`, RFC 9211)."""
    headers = [(name.lower(), value.lower()) for one in exchanges for name, value in one["headers"]]
    return any(("cache" in name and "hit" in value) or (name == "age" and value.strip("0")) for name, value in headers)


# -- T31


def conditional_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    return three_legs(check, setting)


def conditional_follow(check: Check, setting: Setting, answers: Answers) -> tuple[Step, ...]:
    """With the tag of the victim's record: once as its owner, once as the tenant."""
    tag = answers["owner-can"].header("etag")
    if tag is None or "attack" in answers:
        return ()
    read, headers = resource_of(check).read, (("If-None-Match", tag),)
    return (
        on(check, setting, "owner-again", read, check.victim, "{victim_id}", "victim", extra_headers=headers),
        on(check, setting, "attack", read, check.tenant, "{victim_id}", "own", extra_headers=headers),
    )


def conditional_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    found = three_legs_hold(check, setting, answers)
    if found or answers["owner-again"].status == 304:
        return found
    what = f"{check.victim} is told that its record is as it was"
    if "owner-again" not in answers:
        cause = f"{check.service} sends no ETag: where that is so by design, say `etags: false` in the target"
        return inconclusive(Reason.CONTROL_FAILED, what, "control 'owner-can': it has no ETag", cause, "owner-can")
    seen = f"control 'owner-again': {answers['owner-again'].said} in place of 304"
    cause = f"{check.service} changes its ETag with each answer, or does not heed If-None-Match"
    return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, "owner-again")


def conditional_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"{check.tenant} is denied the record of {check.victim}, also when it only asks whether it changed"
    resource, exchange = resource_of(check), answers["attack"]
    told = access(resource, resource.read, exchange)
    if exchange.status == 304 or told is Access.GRANTED:
        cause = f"a cache or {check.service} compares ETags before it looks who asks: it confirms what another has"
        return failed(
            Reason.LEAK, must_hold, f"the ETag of {check.victim} was answered {exchange.status}", cause, "attack"
        )
    if told is Access.DENIED:
        return None
    seen = f"'attack' was answered {exchange.said}, which is no denial"
    return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, accident(check, exchange), "attack")


PROCEDURE = Procedure(steps, holds, controls)
CONDITIONAL = Procedure(conditional_steps, conditional_holds, conditional_controls, conditional_follow)
