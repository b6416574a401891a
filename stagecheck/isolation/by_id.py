"""T2, T3, T4: a tenant cannot read, change or delete another's record, though it knows the id."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.isolation.denial import Access, access
from stagecheck.isolation.legs import OK, create, find, on, resource_of, three_legs, three_legs_hold
from stagecheck.isolation.tidy import left_behind, tidy
from stagecheck.model import Operation, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting

# -- T2


def read_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    read = resource_of(check).read
    return (*three_legs(check, setting), on(check, setting, "attack", read, check.tenant, "{victim_id}", "own"))


def read_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"{check.tenant} is denied the record of {check.victim}"
    exchange = answers["attack"]
    if setting.tenant(check.victim).sentinel in exchange.text:
        cause = f"{check.service} looks records up by id alone: whoever knows or guesses an id reads any tenant's data"
        return failed(Reason.LEAK, must_hold, f"{exchange.status} with the sentinel of {check.victim}", cause, "attack")
    return _judged(check, answers, "attack", resource_of(check).read, must_hold, Reason.LEAK)


# -- T3


def update_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    resource = resource_of(check)
    assert resource.update is not None
    attacks = [("update", resource.update)] + ([("replace", resource.replace)] if resource.replace else [])
    changed, foreign = ([("marker", setting.marker(check, role))] for role in ("changed", "foreign"))
    return (
        *_planted(check, setting),
        on(check, setting, "twin", resource.update, check.victim, "{twin_id}", "victim", fill=changed),
        on(check, setting, "twin-changed", resource.read, check.victim, "{twin_id}", "victim"),
        *(on(check, setting, f"attack-{n}", o, check.tenant, "{made_id}", "own", fill=foreign) for n, o in attacks),
        on(check, setting, "reread", resource.read, check.victim, "{made_id}", "victim"),
        *tidy(check, setting, check.victim, "made_id", "victim"),
        *tidy(check, setting, check.victim, "twin_id", "victim"),
    )


def update_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"{check.victim} can create such a record and change its twin"
    resource = resource_of(check)
    assert resource.update is not None
    found = _planted_holds(check, setting, answers, what) or _twin_done(check, answers, resource.update, what)
    if found or setting.marker(check, "changed") in answers["twin-changed"].text:
        return found
    seen = f"control 'twin-changed': {answers['twin-changed'].said} without the value that the owner wrote"
    cause = f"{check.service} confirms its owner's write and does not keep it: that others change nothing is no denial"
    return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, "twin-changed")


def update_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    resource = resource_of(check)
    must_hold = f"{check.tenant} is denied changing the record of {check.victim}, and the owner reads it unchanged"
    foreign = setting.marker(check, "foreign")
    cause = f"{check.service} writes by id alone: {check.tenant} changed a record of {check.victim}"
    if foreign in answers["reread"].text:
        return failed(Reason.FOREIGN_WRITE, must_hold, "the owner reads the attacker's value", cause, "reread")
    unread = _unread(check, answers, must_hold)
    if unread:
        return unread
    if setting.marker(check, "victim") not in answers["reread"].text:
        seen = f"the owner gets {answers['reread'].said} without its own value"
        return failed(Reason.FOREIGN_WRITE, must_hold, seen, cause, "reread")
    for name, operation in (("attack-update", resource.update), ("attack-replace", resource.replace)):
        if operation is not None:
            found = _judged(check, answers, name, operation, must_hold, Reason.FOREIGN_WRITE)
            if found:
                return found
    return left_behind(check, answers, ("made_id", "twin_id"))


# -- T4


def delete_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    resource = resource_of(check)
    assert resource.delete is not None
    return (
        *_planted(check, setting),
        on(check, setting, "twin", resource.delete, check.victim, "{twin_id}", "victim"),
        on(check, setting, "attack-delete", resource.delete, check.tenant, "{made_id}", "own"),
        on(check, setting, "reread", resource.read, check.victim, "{made_id}", "victim"),
        *tidy(check, setting, check.victim, "made_id", "victim"),
        *tidy(check, setting, check.victim, "twin_id", "victim"),
    )


def delete_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"{check.victim} can create such a record and delete its twin"
    resource = resource_of(check)
    assert resource.delete is not None
    return _planted_holds(check, setting, answers, what) or _twin_done(check, answers, resource.delete, what)


def delete_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    resource = resource_of(check)
    assert resource.delete is not None
    must_hold = f"{check.tenant} is denied deleting the record of {check.victim}, and the owner still reads it"
    unread = _unread(check, answers, must_hold)
    if unread:
        return unread
    if setting.marker(check, "victim") not in answers["reread"].text:
        cause = f"{check.service} deletes by id alone: {check.tenant} removed a record of {check.victim}"
        return failed(Reason.FOREIGN_WRITE, must_hold, f"the owner gets {answers['reread'].said}", cause, "reread")
    found = _judged(check, answers, "attack-delete", resource.delete, must_hold, Reason.FOREIGN_WRITE)
    return found or left_behind(check, answers, ("made_id", "twin_id"))


# -- what they share


def _planted(check: Check, setting: Setting) -> tuple[Step, ...]:
    """The victim plants a record to be attacked, and a twin that shows that the way is open to the owner."""
    return (
        find(check, setting, check.victim, "victim"),
        find(check, setting, check.tenant, "own"),
        create(check, setting, "create-victim", check.victim, "victim", made="made_id", marker="victim"),
        create(check, setting, "create-twin", check.victim, "victim", made="twin_id", marker="twin"),
    )


def _planted_holds(check: Check, setting: Setting, answers: Answers, what: str) -> Finding | None:
    for step in ("create-victim", "create-twin"):
        found = control(check, setting, answers, step, OK, what)
        if found:
            return found
    if "reread" in answers and "twin" in answers:
        return None
    seen = "the creation was answered without an id"
    cause = f"{check.service} does not say what it created, so nothing can be tried on it"
    return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, "create-victim")


def _twin_done(check: Check, answers: Answers, operation: Operation, what: str) -> Finding | None:
    if access(resource_of(check), operation, answers["twin"]) is Access.GRANTED:
        return None
    seen = f"control 'twin': the owner's own write was answered {answers['twin'].said}"
    cause = f"{check.service} refuses this write to its owner too: refusing it to others proves nothing"
    return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, "twin")


def _unread(check: Check, answers: Answers, must_hold: str) -> Finding | None:
    """An inconclusive finding when an accident hides what the owner's record is after the attack."""
    resource = resource_of(check)
    if access(resource, resource.read, answers["reread"]) is not Access.UNCLEAR:
        return None
    seen = f"after the attack the owner's own reading was answered {answers['reread'].said}"
    cause = f"nothing is proven: what {check.service} holds after the attack could not be seen"
    return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, "reread")


def _judged(
    check: Check, answers: Answers, step: str, operation: Operation, must_hold: str, reason: Reason
) -> Finding | None:
    exchange = answers[step]
    told = access(resource_of(check), operation, exchange)
    if told is Access.DENIED:
        return None
    if told is Access.UNCLEAR:
        seen = f"{step}: {exchange.said}, which is no denial"
        cause = f"nothing is proven: {check.service} did not deny, something went wrong on the way"
        return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, step)
    if reason is Reason.FOREIGN_WRITE:
        # The owner reads the record unchanged, so nothing was written; yet nobody was refused.
        cause = f"{check.service} confirms a write that it did not do: whether it refuses others cannot be seen"
        seen = f"{step}: {exchange.status} instead of a denial, and nothing changed"
        return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, step)
    cause = f"{check.service} answers as if the record of {check.victim} were one of {check.tenant}"
    return failed(reason, must_hold, f"{step}: {exchange.status} instead of a denial", cause, step)


READ = Procedure(read_steps, read_holds, three_legs_hold)
UPDATE = Procedure(update_steps, update_holds, update_controls)
DELETE = Procedure(delete_steps, delete_holds, delete_controls)
