"""T1: without a credential nothing is answered."""

from __future__ import annotations

from stagecheck.causes import accident
from stagecheck.exchange import Answers
from stagecheck.isolation.denial import Access, refused
from stagecheck.isolation.legs import find, finds, search
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

# Nothing at all, a scheme without a token, and a token that is none.
CREDENTIALS = {"none": None, "empty": "Bearer", "word": "Bearer x"}


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    sentinel = setting.tenant(check.tenant).sentinel
    asked = (
        search(check, setting, name, sentinel, tenant="", raw_authorization=value, bare=True)
        for name, value in CREDENTIALS.items()
    )
    return (find(check, setting, check.tenant, "own", shared=False), *asked)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    return finds(check, setting, answers, "find-own", f"{check.tenant} itself is answered at the same address")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"without a credential nothing of {check.tenant} is answered"
    for name in CREDENTIALS:
        exchange = answers[name]
        access = refused(exchange)
        if access is Access.GRANTED:
            cause = "the route is open: authentication is off, or the gateway does not ask for it here"
            return failed(Reason.OPEN_DATA, must_hold, f"credential '{name}': {exchange.status}", cause, name)
        if access is Access.UNCLEAR:
            seen = f"credential '{name}': {exchange.said}, which is no refusal"
            cause = f"nothing is proven, only 401 and 403 refuse: {accident(check, exchange)}"
            return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, name)
    return None


PROCEDURE = Procedure(steps, holds, controls)
