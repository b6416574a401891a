"""T29: who administers one tenant administers no other."""

from __future__ import annotations

from stagecheck.causes import accident
from stagecheck.exchange import Answers
from stagecheck.isolation.legs import OK
from stagecheck.model import Identity, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    return (
        _step(check, setting, "own", check.tenant, check.tenant),
        _step(check, setting, "owner", check.victim, check.victim),
        _step(check, setting, "attack", check.tenant, check.victim),
    )


def _step(check: Check, setting: Setting, name: str, asker: str, whose: str) -> Step:
    """The route of the tenant `whose`, asked by the one who administers `asker`."""
    assert check.privileged is not None
    administrator = setting.tenant(asker).administrator
    assert administrator is not None
    identity = Identity(asker, variable=administrator)
    return setting.step(check, name, check.privileged.request, tenant=asker, identity=identity, fill=[("whose", whose)])


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"whoever administers {check.tenant} or {check.victim} is answered there for its own, and differently"
    for step in ("own", "owner"):
        found = control(check, setting, answers, step, OK, what)
        if found:
            return found
    if answers["own"].body != answers["owner"].body:
        return None
    cause = f"{check.service} answers everybody the same: nothing there belongs to a tenant"
    return inconclusive(Reason.CONTROL_FAILED, what, "control 'owner': the same body as 'own'", cause, "owner")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"whoever administers {check.tenant} is denied what belongs to {check.victim}"
    attack = answers["attack"]
    if attack.status in (403, 404) and attack.trouble is None:
        return None
    if attack.status is not None and 200 <= attack.status < 300 and attack.trouble is None:
        if attack.body == answers["own"].body:
            return None  # the address was not looked at: the answer is its own
        cause = f"{check.service} looks at the role alone, and not at whose administrator it is"
        return failed(Reason.LEAK, must_hold, f"it was answered {attack.status}", cause, "attack")
    why = f"nothing is proven, nobody denied: {accident(check, attack)}"
    return inconclusive(Reason.CONTROL_FAILED, must_hold, f"it was answered {attack.said}", why, "attack")


PROCEDURE = Procedure(steps, holds, controls)
