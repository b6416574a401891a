"""What is created through the gateway is read back, and is removed again."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.model import Expect, Step, Stored
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Stored)
    fill = [("marker", setting.marker(check, "stored")), ("id", "{created}")]
    return (
        setting.step(check, "create", check.word.create, fill=fill, capture=(("created", check.word.id),)),
        setting.step(check, "read", check.word.read, fill=fill),
        setting.step(check, "delete", check.word.delete, fill=fill, cleanup=True),
        setting.step(check, "gone", check.word.read, fill=fill, cleanup=True),
    )


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Stored)
    must_hold = f"what is created in {check.service} can be read back, and is gone once it is deleted"
    created = check.word.expect_created or Expect(status=[200, 201])
    found = meets(check, setting, answers["create"], created, must_hold, Reason.METHOD_LOST if _lost(answers) else None)
    if found:
        return found
    if "read" not in answers:
        seen = f"the creation was answered {answers['create'].status} without an id"
        cause = (
            f"{check.service} did not store the record, or the request did not reach it as {check.word.create.method}"
        )
        return failed(Reason.METHOD_LOST, must_hold, seen, cause, "create")
    if answers["read"].status == 404:
        cause = f"{check.service} confirmed a record that it did not keep: a rolled-back transaction, or an invented id"
        return failed(Reason.WRONG_CONTENT, must_hold, "created, then not found", cause, "read")
    return (
        meets(check, setting, answers["read"], check.word.expect, must_hold)
        or _kept_marker(check, setting, answers, must_hold)
        or gone(check, answers, must_hold)
    )


def _lost(answers: Answers) -> bool:
    """A creation that is answered 200 is answered as something else: a list, or a page."""
    return answers["create"].status == 200


def _kept_marker(check: Check, setting: Setting, answers: Answers, must_hold: str) -> Finding | None:
    marker = setting.marker(check, "stored")
    if marker in answers["read"].text:
        return None
    cause = f"{check.service} answers another record than the one that was created"
    return failed(Reason.GHOST_RECORD, must_hold, f"the record read back lacks {marker}", cause, "read")


def gone(check: Check, answers: Answers, must_hold: str) -> Finding | None:
    """A finding when the record that was created is still there after its removal."""
    status = answers["gone"].status
    if status in (404, 410):
        return None
    seen = f"after the removal the record answers {status or 'nothing'}"
    cause = f"{check.service} does not delete: a record of this run is left behind, remove it by hand"
    return failed(Reason.LEFT_BEHIND, must_hold, seen, cause, "gone")


PROCEDURE = Procedure(steps, holds)
