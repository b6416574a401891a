"""Without a credential the route refuses."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.model import Expect, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.entry is not None
    return (
        setting.step(check, "own", check.entry.request),
        setting.step(check, "anonymous", check.entry.request, tenant="", bare=True),
    )


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    return control(check, setting, answers, "own", Expect(status=200), "the same request with a credential is answered")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = "without a credential the route answers 401 or 403"
    exchange = answers["anonymous"]
    if exchange.status is not None and 200 <= exchange.status < 300 and exchange.trouble is None:
        cause = "the route is open: authentication is off, or nobody asks for it here"
        return failed(Reason.OPEN_DATA, must_hold, f"anonymous: {exchange.status}", cause, "anonymous")
    return meets(check, setting, exchange, Expect(status=[401, 403]), must_hold)


PROCEDURE = Procedure(steps, holds, controls)
