"""The whole body arrives and parses, with and without compression."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.model import Expect, Step, Whole
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting

CODINGS = ("gzip", "identity")


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Whole)
    assert check.entry is not None
    request = check.word.request or check.entry.request
    return tuple(
        setting.step(check, coding, request, extra_headers=(("Accept-Encoding", coding),)) for coding in CODINGS
    )


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = "the whole body arrives and parses, compressed or not"
    for coding in CODINGS:
        found = meets(check, setting, answers[coding], Expect(status=200, no_error_body=False), must_hold)
        if found:
            return found
        if not answers[coding].is_json:
            seen = f"{len(answers[coding].body)} bytes asked for as {coding} do not parse as JSON"
            cause = f"brain-gateway passes the body of {check.service} on with headers that are not that body's"
            return failed(Reason.TRUNCATED, must_hold, seen, cause, coding)
    return None


PROCEDURE = Procedure(steps, holds)
