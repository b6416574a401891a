"""T9: a search of a tenant for another's sentinel finds no record of it."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.isolation.legs import find, finds, hits, mentions, resource_of, search
from stagecheck.matchers import values
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    theirs = setting.tenant(check.victim).sentinel
    return (
        find(check, setting, check.victim, "victim", shared=False),
        find(check, setting, check.tenant, "own"),
        search(check, setting, "attack", theirs),
    )


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = "both tenants find their own sentinel"
    return finds(check, setting, answers, "find-victim", what) or finds(check, setting, answers, "find-own", what)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"{check.tenant} finds nothing of {check.victim}"
    exchange = answers["attack"]
    if mentions(exchange, setting.tenant(check.victim).sentinel):
        cause = f"{check.service} searches without choosing the tenant"
        return failed(Reason.LEAK, must_hold, f"the sentinel of {check.victim} was found", cause, "attack")
    resource = resource_of(check)
    path = resource.find.count or resource.list.count
    if path and not hits(check, answers, "attack") and any(values(path, exchange.json)):
        seen = f"no record was found, and a total of {values(path, exchange.json)[0]} is stated"
        cause = f"{check.service} counts before it chooses the tenant: the totals tell what others have"
        return failed(Reason.LEAK, must_hold, seen, cause, "attack")
    if exchange.status == 200 and exchange.trouble is None and exchange.is_json:
        return None
    seen = f"the search was answered {exchange.said}"
    cause = f"nothing is proven: {check.service} did not answer the search"
    return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, "attack")


PROCEDURE = Procedure(steps, holds, controls)
