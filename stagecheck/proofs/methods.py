"""The method arrives: OPTIONS is answered as OPTIONS, by the service itself."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.model import Methods, Step
from stagecheck.outcome import Finding, Reason
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Methods)
    return (setting.step(check, "method", check.word.request),)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Methods)
    must_hold = f"{check.word.request.method} reaches {check.service} as {check.word.request.method}"
    return meets(check, setting, answers["method"], check.word.expect, must_hold, Reason.METHOD_LOST)


PROCEDURE = Procedure(steps, holds)
