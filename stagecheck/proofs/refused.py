"""Nobody gets in without a credential."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.model import Expect, Refused, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.entry is not None
    return (setting.step(check, "anonymous", check.entry.request, tenant="", bare=True),)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Refused)
    assert check.entry is not None
    path = check.entry.request.path
    wanted = " or ".join(map(str, check.word.status))
    must_hold = f"{path} of {check.service} answers nobody: {wanted}"
    exchange = answers["anonymous"]
    if exchange.status is not None and 200 <= exchange.status < 300 and exchange.trouble is None:
        cause = f"{check.service} leaves {path} open to anybody: a route of development was deployed"
        return failed(Reason.OPEN_DATA, must_hold, f"anonymous: {exchange.status}", cause, "anonymous")
    return meets(check, setting, exchange, Expect(status=check.word.status), must_hold)


PROCEDURE = Procedure(steps, holds)
