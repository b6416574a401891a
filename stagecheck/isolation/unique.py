"""T34: that a value is taken does not tell that another tenant has it."""

from __future__ import annotations

from stagecheck.causes import accident
from stagecheck.exchange import Answers
from stagecheck.isolation.denial import Access, access
from stagecheck.isolation.legs import OK, find, on, resource_of
from stagecheck.isolation.tidy import left_behind, tidy
from stagecheck.model import Operation, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting

# A value that is taken is refused as a wrong one, or as a conflict.
TAKEN = (400, 409, 422)


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    unique = _operation(check)
    assert unique.id is not None
    id = unique.id
    tenants = {"victim": check.victim, "own": check.tenant}

    def made(name: str, role: str, value: str, into: str) -> Step:
        fill = [("marker", setting.marker(check, value))]
        return on(check, setting, name, unique, tenants[role], "", role, fill=fill, capture=((into, id),))

    return (
        find(check, setting, check.victim, "victim"),
        find(check, setting, check.tenant, "own"),
        made("create-victim", "victim", "theirs", "theirs_id"),
        made("create-own", "own", "ours", "made_id"),
        made("again", "own", "ours", "again_id"),
        made("attack", "own", "theirs", "into_id"),
        *tidy(check, setting, check.victim, "theirs_id", "victim"),
        *tidy(check, setting, check.tenant, "made_id", "own"),
        *tidy(check, setting, check.tenant, "again_id", "own"),
        *tidy(check, setting, check.tenant, "into_id", "own"),
    )


def _operation(check: Check) -> Operation:
    unique = resource_of(check).unique
    assert unique is not None
    return unique


def _is_refused(check: Check, answers: Answers, step: str) -> bool:
    exchange = answers[step]
    denied = access(resource_of(check), _operation(check), exchange) is Access.DENIED
    return exchange.trouble is None and (denied or exchange.status in TAKEN)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"either tenant can take a value, and {check.tenant} cannot take its own twice"
    for step in ("create-victim", "create-own"):
        found = control(check, setting, answers, step, OK, what)
        if found:
            return found
    if _is_refused(check, answers, "again"):
        return None
    seen = f"control 'again': one's own value was answered {answers['again'].said} the second time"
    cause = f"{check.service} keeps no value unique here, so there is nothing to be told by it"
    return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, "again")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"{check.tenant} can take a value that {check.victim} has, as if nobody had it"
    attack = answers["attack"]
    if _is_refused(check, answers, "attack"):
        cause = f"{check.service} keeps values unique over all tenants: who tries one learns whether another has it"
        return failed(Reason.LEAK, must_hold, f"it was refused: {attack.said}", cause, "attack")
    if access(resource_of(check), _operation(check), attack) is not Access.GRANTED:
        why = f"nothing is proven, it was neither taken nor refused: {accident(check, attack)}"
        return inconclusive(Reason.CONTROL_FAILED, must_hold, f"it was answered {attack.said}", why, "attack")
    return left_behind(check, answers, ("theirs_id", "made_id", "again_id", "into_id"))


PROCEDURE = Procedure(steps, holds, controls)
