"""What is created through the gateway is read back, and is removed again."""

from __future__ import annotations

from stagecheck.exchange import Answers, Exchange
from stagecheck.matchers import values
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
    lost = Reason.METHOD_LOST if _lost(check, answers) else None
    found = meets(check, setting, answers["create"], created, must_hold, lost)
    if found:
        return found
    if "read" not in answers:
        seen = f"the creation was answered {answers['create'].status} without an id"
        cause = (
            f"{check.service} did not store the record, or the request did not reach it as {check.word.create.method}"
        )
        return failed(Reason.METHOD_LOST, must_hold, seen, cause, "create")
    if is_gone(check, answers["read"]):
        cause = f"{check.service} confirmed a record that it did not keep: a rolled-back transaction, or an invented id"
        return failed(Reason.WRONG_CONTENT, must_hold, "created, then not found", cause, "read")
    return (
        meets(check, setting, answers["read"], check.word.expect, must_hold)
        or _kept_marker(check, setting, answers, must_hold)
        or _removed(check, answers, must_hold)
    )


def _lost(check: Check, answers: Answers) -> bool:
    """A creation that is answered 200 is answered as something else: a list, or a page."""
    assert isinstance(check.word, Stored)
    return answers["create"].status == 200 and check.word.create.graphql is None


def is_gone(check: Check, exchange: Exchange) -> bool:
    """Whether the service says that there is no such record."""
    assert isinstance(check.word, Stored)
    if exchange.trouble is not None or exchange.status is None:
        return False
    if check.word.null_at is None:
        return exchange.status in check.word.gone
    return exchange.status == 200 and values(check.word.null_at, exchange.json) == [None]


def _kept_marker(check: Check, setting: Setting, answers: Answers, must_hold: str) -> Finding | None:
    marker = setting.marker(check, "stored")
    if marker in answers["read"].text:
        return None
    cause = f"{check.service} answers another record than the one that was created"
    return failed(Reason.GHOST_RECORD, must_hold, f"the record read back lacks {marker}", cause, "read")


def _removed(check: Check, answers: Answers, must_hold: str) -> Finding | None:
    """A finding when the record that was created is still there after its removal."""
    if is_gone(check, answers["gone"]):
        return None
    seen = f"after the removal the record answers {answers['gone'].status or 'nothing'}"
    cause = f"{check.service} does not delete: a record of this run is left behind, remove it by hand"
    return failed(Reason.LEFT_BEHIND, must_hold, seen, cause, "gone")


PROCEDURE = Procedure(steps, holds)
