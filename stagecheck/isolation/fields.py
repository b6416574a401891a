"""T26, T27: a record shows the fields that it is said to show, and no others; some of them nobody can write."""

from __future__ import annotations

import re
from typing import Any

from stagecheck.causes import accident
from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.denial import Access, access
from stagecheck.isolation.legs import OK, create, find, on, resource_of, shows
from stagecheck.isolation.tidy import left_behind, tidy
from stagecheck.matchers import values
from stagecheck.model import Operation, Resource, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting

# -- T26

# Words in the name of a field that nobody outside should see, whatever it holds.
PRIVATE = frozenset({"cost", "hash", "internal", "margin", "passwd", "password", "private", "salt", "secret", "token"})


def shown_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    read = resource_of(check).read
    own = [on(check, setting, name, read, check.tenant, "{own_id}", "own") for name in ("own", "own-again")]
    theirs: tuple[Step, ...] = ()
    for victim in setting.others(check.tenant)[:1]:
        theirs = (
            find(check, setting, victim.id, "victim"),
            on(check, setting, "other", read, victim.id, "{victim_id}", "victim", shared=True),
        )
    return (find(check, setting, check.tenant, "own"), *theirs, *own)


def shown_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"{check.tenant} reads its own record, twice"
    return _read(check, setting, answers, "own", check.tenant, what) or _read(
        check, setting, answers, "own-again", check.tenant, what
    )


def _read(check: Check, setting: Setting, answers: Answers, step: str, owner: str, what: str) -> Finding | None:
    return control(check, setting, answers, step, OK, what) or shows(check, setting, answers, step, owner, what)


def shown_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    resource = resource_of(check)
    must_hold = f"a record shows no field but {', '.join(resource.public_fields)}"
    record = record_of(resource, answers["own"])
    if not record:
        cause = f"nothing is proven: the answer of {check.service} holds no record at {resource.record}"
        return inconclusive(Reason.CONTROL_FAILED, must_hold, "no record", cause, "own")
    again, other = (record_of(resource, answers[step]) for step in ("own-again", "other"))
    unnamed = record.keys() - set(resource.public_fields)
    for victim in setting.others(check.tenant)[:1] if unnamed else ():
        # Only what nobody named is compared with another tenant's record.
        what = f"{victim.id} reads its own record, to compare {', '.join(sorted(unnamed))} with"
        if unread := _read(check, setting, answers, "other", victim.id, what):
            return unread
    more = sorted(field for field in unnamed if _is_private(field) or _tells(field, record, again, other))
    if not more:
        return None
    # The names alone: what the fields hold may be what nobody should see.
    cause = f"{check.service} writes out all that it keeps of a record, or the target's list is behind a new field"
    return failed(Reason.LEAK, must_hold, f"it also shows {', '.join(more)}", cause, "own")


def _is_private(field: str) -> bool:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", field).lower()
    return not PRIVATE.isdisjoint(re.split(r"[^a-z]+", words))


def _tells(field: str, record: dict[str, Any], again: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether a field says something of the record: not if it is another at each reading, or the same in another's."""
    stays = record[field] == again.get(field)
    return stays and (field not in other or record[field] != other[field])


# -- T27


def kept_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    resource = resource_of(check)
    assert resource.update is not None
    changed = [("marker", setting.marker(check, "changed")), ("victim", check.victim)]

    def change(name: str, operation: Operation) -> Step:
        return on(check, setting, name, operation, check.tenant, "{made_id}", "own", fill=changed)

    # Read after each: a later change may put right what an earlier one broke.
    attacks: list[Step] = []
    for field, value in resource.kept_fields.items():
        attacks.append(change(f"write {field}", _with_field(resource.update, field, value)))
        attacks.append(on(check, setting, f"after {field}", resource.read, check.tenant, "{made_id}", "own"))
    return (
        find(check, setting, check.victim, "victim"),
        find(check, setting, check.tenant, "own"),
        create(check, setting, "create-own", check.tenant, "own", made="made_id", marker="own"),
        on(check, setting, "before", resource.read, check.tenant, "{made_id}", "own"),
        change("change", resource.update),
        *attacks,
        on(check, setting, "victim-reads", resource.read, check.victim, "{made_id}", "victim"),
        # Where the owner could be changed, only the victim can remove the record.
        *_removed_by_victim(check, setting),
        *tidy(check, setting, check.tenant, "made_id", "own"),
    )


def _with_field(update: Operation, field: str, value: Any) -> Operation:
    assert isinstance(update.request.body, dict)
    body = {**update.request.body, field: value}
    return update.model_copy(update={"request": update.request.model_copy(update={"body": body})})


def _removed_by_victim(check: Check, setting: Setting) -> tuple[Step, ...]:
    resource = resource_of(check)
    assert resource.delete is not None
    return (on(check, setting, "remove-moved", resource.delete, check.victim, "{made_id}", "victim", cleanup=True),)


def kept_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"{check.tenant} can create such a record and change what may be changed"
    for step in ("create-own", "before", "change"):
        found = control(check, setting, answers, step, OK, what)
        if found:
            return found
    if setting.marker(check, "own") in answers["before"].text:
        return None
    cause = f"{check.service} does not keep what is created, so keeping nothing else proves nothing"
    return inconclusive(Reason.CONTROL_FAILED, what, "control 'before': the marker is not there", cause, "before")


def kept_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    resource = resource_of(check)
    must_hold = f"{', '.join(resource.kept_fields)} of a record stay as they are, whatever its owner writes there"
    cause = f"{check.service} stores every field that a body names"
    if access(resource, resource.read, answers["victim-reads"]) is Access.GRANTED:
        seen = f"the record of {check.tenant} now belongs to {check.victim}"
        return failed(Reason.FOREIGN_WRITE, must_hold, seen, cause, "victim-reads")
    before = record_of(resource, answers["before"])
    for field in resource.kept_fields:
        step = f"after {field}"
        after = record_of(resource, answers[step])
        if not after:
            seen = f"after the write of '{field}' the record was answered {answers[step].said}"
            why = f"nothing is proven, what is kept could not be seen: {accident(check, answers[step])}"
            return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, why, step)
        if before.get(field) != after.get(field):
            seen = f"'{field}' was {before.get(field)!r} and is {after.get(field)!r}"
            return failed(Reason.FOREIGN_WRITE, must_hold, seen, cause, f"write {field}")
        if setting.marker(check, "changed") not in answers[step].text:
            why = f"{check.service} keeps no change at all, so keeping '{field}' proves nothing"
            return inconclusive(Reason.CONTROL_FAILED, must_hold, "the good change is not there", why, step)
    return left_behind(check, answers, ("made_id",))


# -- what they share


def record_of(resource: Resource, exchange: Exchange) -> dict[str, Any]:
    """The record in an answer; empty where there is none."""
    found = values(resource.record, exchange.json) if exchange.status == 200 else []
    return found[0] if found and isinstance(found[0], dict) else {}


SHOWN = Procedure(shown_steps, shown_holds, shown_controls)
KEPT = Procedure(kept_steps, kept_holds, kept_controls)
