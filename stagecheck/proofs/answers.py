"""The request is answered as `expect` says."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.model import Step
from stagecheck.outcome import Finding
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.entry is not None
    return (setting.step(check, "answer", check.entry.request, shared=True),)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert check.entry is not None
    assert check.entry.expect is not None
    return meets(check, setting, answers["answer"], check.entry.expect, _must_hold(check))


def _must_hold(check: Check) -> str:
    assert check.entry is not None
    asked = check.entry.request
    what = asked.path if asked.probe == "http" else asked.probe
    return check.entry.title or f"{check.service} answers {what} as its target says"


PROCEDURE = Procedure(steps, holds)
