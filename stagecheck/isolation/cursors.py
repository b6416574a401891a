"""T8: another tenant's place in its list, a place behind the end and an absurd size give nothing of that tenant."""

from __future__ import annotations

from stagecheck.causes import accident
from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.legs import OK, resource_of
from stagecheck.isolation.pages import ids, request_of
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting

ABSURD = 10**9
OWN = ("own-start", "victim-start", "victim-next")
ATTACKS = ("their-place", "no-place", "absurd-size", "negative-size")


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    resource = resource_of(check)
    assert resource.page is not None
    by_cursor, theirs = resource.page.next is not None, check.victim
    start = None if by_cursor else 1 if resource.page.number else 0
    place = "{victim_cursor}" if by_cursor else ABSURD
    taken = (("victim_cursor", resource.page.next),) if resource.page.next else ()
    asked = [
        setting.step(check, "own-start", request_of(resource, start)),
        setting.step(check, "victim-start", request_of(resource, start, 1), tenant=theirs, capture=taken),
    ]
    if by_cursor:
        asked.append(setting.step(check, "victim-next", request_of(resource, place, 1), tenant=theirs))
    attacks = {
        "their-place": request_of(resource, place),
        "no-place": request_of(resource, "none" if by_cursor else -1),
        "absurd-size": request_of(resource, start, ABSURD),
        "negative-size": request_of(resource, start, -1),
    }
    return (*asked, *(setting.step(check, name, request) for name, request in attacks.items()))


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"{check.victim} gets its own records from its own places in the list"
    asked = [step for step in OWN if step in answers or step in answers.unsent]
    for step in asked:
        found = control(check, setting, answers, step, OK, what)
        if found:
            return found
        if not ids(check, answers[step]):
            seen = f"control '{step}': no record"
            cause = f"{check.service} holds too few records of {check.victim} to turn a page: add a second one"
            return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, step)
    return None


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"whatever place or size {check.tenant} asks for, its list holds nothing of {check.victim}"
    theirs = ids(check, answers["victim-start"]) | ids(check, answers["victim-next"])
    foreign = theirs - ids(check, answers["own-start"])
    for step in ATTACKS:
        exchange = answers[step]
        if foreign & ids(check, exchange) or setting.tenant(check.victim).sentinel in exchange.text:
            cause = f"{check.service} takes the tenant from where the page begins, or forgets it where the page is odd"
            return failed(Reason.LEAK, must_hold, f"'{step}' was answered with records of {check.victim}", cause, step)
        if not _answered(exchange):
            seen = f"'{step}' was answered {exchange.said}, which neither lists nor refuses"
            cause = f"nothing is proven: {accident(check, exchange)}"
            return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, step)
    return None


def _answered(exchange: Exchange) -> bool:
    """A list, or a refusal: a bad place may be one, under 200 too where GraphQL says so in the body."""
    if exchange.status is None or exchange.trouble is not None or not exchange.is_json:
        return False
    return exchange.status == 200 or (400 <= exchange.status < 500 and exchange.status not in (401, 429))


PROCEDURE = Procedure(steps, holds, controls)
