"""T0: the tenants' tokens are alive, name their own tenant, and carry no more than a plain role."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.matchers import values
from stagecheck.model import Expect, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting

MUST_HOLD = "each tenant's token is accepted, names that tenant, and has a plain role"


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.whoami is not None
    request = check.whoami.request
    return tuple(setting.step(check, tenant.id, request, tenant=tenant.id) for tenant in setting.environment.tenants)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert check.whoami is not None
    for tenant, exchange in answers.exchanges.items():
        found = meets(check, setting, exchange, Expect(status=200, type="application/json"), MUST_HOLD)
        if found:
            return found
        named = values(check.whoami.tenant, exchange.json)
        if named != [tenant]:
            seen = f"the token of {tenant} names {', '.join(map(str, named)) or 'no tenant'}"
            cause = f"{check.service} gives out tokens of the wrong tenant: every isolation check would prove nothing"
            return failed(Reason.WRONG_CONTENT, MUST_HOLD, seen, cause, tenant)
        roles = values(check.whoami.roles, exchange.json)
        if not roles:
            cause = f"{check.service} does not say what the token may do: whether it is exempt cannot be seen"
            return failed(Reason.CONTROL_FAILED, MUST_HOLD, f"the token of {tenant} names no role", cause, tenant)
        high = [role for role in roles if role not in check.whoami.plain]
        if high:
            seen = f"the token of {tenant} has the role {high[0]!r}"
            cause = "the user is exempt from what is to be tested, or the auth service makes everybody an administrator"
            return failed(Reason.CONTROL_FAILED, MUST_HOLD, seen, cause, tenant)
    return None


PROCEDURE = Procedure(steps, holds)
