"""T15, T16: a token that is not signed, or not for what it says, is refused."""

from __future__ import annotations

from functools import partial

from stagecheck.exchange import Answers
from stagecheck.isolation.denial import Access, refused
from stagecheck.isolation.legs import find, finds, search
from stagecheck.model import Identity, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

UNSIGNED = ("alg-none", "alg-None", "alg-nOnE")
EDITED = ("edited-tenant", "edited-role")


def steps(forges: tuple[str, ...], check: Check, setting: Setting) -> tuple[Step, ...]:
    theirs = setting.tenant(check.victim).sentinel
    asked = (
        search(check, setting, forge, theirs, identity=Identity(check.tenant, forge, check.victim)) for forge in forges
    )
    return (find(check, setting, check.tenant, "own"), *asked)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    return finds(
        check, setting, answers, "find-own", f"the untouched token of {check.tenant} is accepted on this route"
    )


def holds(forges: tuple[str, ...], check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = "a token whose signature does not cover it is refused"
    for forge in forges:
        exchange = answers[forge]
        access = refused(exchange)
        if access is Access.GRANTED:
            cause = "tokens are decoded without verifying the signature: anybody can be anybody"
            return failed(Reason.FORGED_TOKEN, must_hold, f"'{forge}' was accepted: {exchange.status}", cause, forge)
        if access is Access.UNCLEAR:
            seen = f"'{forge}' was answered {exchange.said}, which is no refusal"
            cause = f"nothing is proven: {check.service} did not refuse, something went wrong on the way"
            return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, forge)
    return None


NONE = Procedure(partial(steps, UNSIGNED), partial(holds, UNSIGNED), controls)
EDIT = Procedure(partial(steps, EDITED), partial(holds, EDITED), controls)
