"""T22 to T25, T37, T42: whatever way leads to a record, it leads a tenant to none of another's."""

from __future__ import annotations

from stagecheck.causes import accident
from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.legs import OK, find, resource_of, shows
from stagecheck.model import Step, Way
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import PROBES, Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting

# What refuses a question for good, whoever asks: 400 is GraphQL's and Django's word for "no such thing for you".
REFUSALS = (400, 403, 404)


def ways_of(check: Check) -> list[Way]:
    """The ways that the target names for this probe."""
    found: list[Way] = getattr(resource_of(check).ways, PROBES[check.proof].way)
    return found


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    asked: list[Step] = []
    for way in ways_of(check):
        asked.append(_step(check, setting, f"owner {way.id}", way, check.victim, "victim"))
        asked.append(_step(check, setting, f"own {way.id}", way, check.tenant, "own"))
        asked.append(_step(check, setting, way.id, way, check.tenant, "victim"))
    return (find(check, setting, check.victim, "victim"), find(check, setting, check.tenant, "own"), *asked)


def _step(check: Check, setting: Setting, name: str, way: Way, asker: str, whose: str) -> Step:
    """The way asked as `asker` for the record of `whose`: of the victim, or the asker's own."""
    owner = check.victim if whose == "victim" else check.tenant
    captured = [(key, f"{{{whose}_{key}}}") for key in resource_of(check).find.capture]
    fill = [("id", f"{{{whose}_id}}"), ("whose", owner), ("wanted", setting.tenant(owner).sentinel), *captured]
    return setting.step(check, name, way.request, tenant=asker, fill=fill)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    for way in ways_of(check):
        what = f"the way '{way.id}' leads either tenant to its own record"
        for step, owner in ((f"owner {way.id}", check.victim), (f"own {way.id}", check.tenant)):
            found = control(check, setting, answers, step, OK, what)
            found = found or shows(check, setting, answers, step, owner, what)
            if found:
                return found
    return None


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    theirs = setting.tenant(check.victim).sentinel
    for way in ways_of(check):
        must_hold = f"the way '{way.id}' leads {check.tenant} to no record of {check.victim}"
        exchange = answers[way.id]
        if theirs in exchange.text:
            seen = f"{exchange.status} with the sentinel of {check.victim}"
            cause = f"{check.service} chooses the tenant when it reads by id, and not on this way"
            return failed(Reason.LEAK, must_hold, seen, cause, way.id)
        if not _is_an_answer(exchange):
            seen = f"'{way.id}' was answered {exchange.said}, which is no denial"
            cause = f"nothing is proven, {check.service} did not deny: {accident(check, exchange)}"
            return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, way.id)
    return None


def _is_an_answer(exchange: Exchange) -> bool:
    if exchange.trouble is not None or exchange.media_type == "text/html":
        return False
    return exchange.status in REFUSALS or (exchange.status == 200 and exchange.is_json)


PROCEDURE = Procedure(steps, holds, controls)
