"""An error of the upstream keeps its status on the way through the gateway."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.model import Expect, Kept, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Kept)
    return (setting.step(check, "error", check.word.request),)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Kept)
    exchange = answers["error"]
    wanted = " or ".join(map(str, check.word.status))
    must_hold = f"the {wanted} of {check.service} arrives as {wanted}"
    if exchange.status is not None and 200 <= exchange.status < 300 and exchange.trouble is None:
        cause = f"brain-gateway delivers errors of {check.service} as success: callers cannot see that it failed"
        seen = f"status: expected {wanted}, got {exchange.status}"
        return failed(Reason.STATUS_LOST, must_hold, seen, cause, "error")
    return meets(check, setting, exchange, Expect(status=check.word.status), must_hold)


PROCEDURE = Procedure(steps, holds)
