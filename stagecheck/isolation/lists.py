"""T6, T9: lists of a tenant hold no record of another: on any page, in any order, in no export."""

from __future__ import annotations

from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.legs import resource_of
from stagecheck.isolation.pages import FIRST, first, following, items, pages, whole
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

# -- T6


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    return (first(check, setting),)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"the list of {check.tenant} holds its own sentinel"
    own = setting.tenant(check.tenant).sentinel
    found = whole(check, answers, what)
    if found or any(own in page.text for page in pages(answers)):
        return found
    cause = f"{check.service} lists something else than the records of {check.tenant}: another check tells why"
    return inconclusive(Reason.CONTROL_FAILED, what, f"no page holds the sentinel of {check.tenant}", cause, FIRST)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"no page of {check.tenant}'s list holds anything of another tenant"
    cause = f"{check.service} lists without choosing the tenant: every tenant sees all records"
    for page in pages(answers):
        found = _foreign(check, setting, page, must_hold, cause)
        if found:
            return found
    return None


def _foreign(check: Check, setting: Setting, page: Exchange, must_hold: str, cause: str) -> Finding | None:
    """A finding when a page holds the sentinel of another tenant, or a record that says that it is another's."""
    name = page.step.name
    for other in setting.others(check.tenant):
        if other.sentinel in page.text:
            return failed(Reason.LEAK, must_hold, f"the sentinel of {other.id} is on {name}", cause, name)
        owned = [item for item in items(check, page) if _owner(check, item) == other.id]
        if owned:
            seen = f"{len(owned)} records on {name} say that they belong to {other.id}"
            return failed(Reason.LEAK, must_hold, seen, cause, name)
    return None


def _owner(check: Check, item: object) -> object:
    return item.get(resource_of(check).owner_field) if isinstance(item, dict) else None


# -- T9


def more_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    named = resource_of(check).more_lists
    return tuple(setting.step(check, name, operation.request) for name, operation in named.items())


def more_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    own = setting.tenant(check.tenant).sentinel
    for name, exchange in answers.exchanges.items():
        if exchange.status == 200 and exchange.trouble is None and own in exchange.text:
            continue
        what = f"'{name}' is answered to {check.tenant} with its own sentinel"
        seen = f"control '{name}': {exchange.said} without it"
        cause = f"{check.service} does not list in this way what {check.tenant} has: others' absence is no proof"
        return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, name)
    return None


def more_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    for name, exchange in answers.exchanges.items():
        for other in setting.others(check.tenant):
            if other.sentinel in exchange.text:
                must_hold = f"'{name}' gives {check.tenant} nothing of another tenant"
                cause = f"{check.service} chooses the tenant in its plain list, and not where it makes '{name}'"
                return failed(Reason.LEAK, must_hold, f"the sentinel of {other.id} is in it", cause, name)
    return None


PROCEDURE = Procedure(steps, holds, controls, following)
MORE = Procedure(more_steps, more_holds, more_controls)
