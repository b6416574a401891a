"""An id, slug or name that cannot exist is not found."""

from __future__ import annotations

from stagecheck.causes import blame
from stagecheck.exchange import Answers
from stagecheck.matchers import values
from stagecheck.model import Expect, Missing, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Missing)
    assert check.entry is not None
    return (
        setting.step(check, "alive", check.entry.request, shared=True),
        setting.step(check, "missing", check.word.request),
    )


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = "the route answers for what does exist"
    return control(check, setting, answers, "alive", Expect(status=200, no_error_body=False), what)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Missing)
    exchange = answers["missing"]
    must_hold = "what cannot exist is not found"
    if check.word.null_at is not None:
        expect = Expect(status=200, type="application/json")
        found = meets(check, setting, exchange, expect, must_hold)
        if found:
            return found
        given = values(check.word.null_at, exchange.json)
        if not given:
            # Null is an answer to the question; an answer without the place is an error under 200.
            cause = blame(check, exchange, Reason.ERROR_UNDER_200)
            return failed(Reason.ERROR_UNDER_200, must_hold, f"{check.word.null_at} is not there", cause, "missing")
        if any(value is not None for value in given):
            return _ghost(check, f"{check.word.null_at}: expected null, got a record", must_hold)
        return None
    if exchange.status is not None and 200 <= exchange.status < 300 and exchange.trouble is None:
        wanted = " or ".join(map(str, check.word.status))
        return _ghost(check, f"status: expected {wanted}, got {exchange.status}", must_hold)
    return meets(check, setting, exchange, Expect(status=check.word.status), must_hold)


def _ghost(check: Check, seen: str, must_hold: str) -> Finding:
    cause = (
        f"the answer is not looked up: a canned record, a catch-all page, or an error of {check.service} that is "
        "delivered as a success"
    )
    return failed(Reason.GHOST_RECORD, must_hold, seen, cause, "missing")


PROCEDURE = Procedure(steps, holds, controls)
