"""T43: a tenant cannot hang a record of its own on a record of another."""

from __future__ import annotations

from stagecheck.causes import accident
from stagecheck.exchange import Answers
from stagecheck.isolation.denial import Access, access
from stagecheck.isolation.legs import OK, find, on, resource_of
from stagecheck.model import Child, Operation, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting

# A relation to what one does not see is refused as a wrong value.
REFUSALS = (400, 403, 404, 422)


def child_of(check: Check) -> Child:
    """What hangs on a record of the check's resource."""
    child = resource_of(check).child
    assert child is not None
    return child


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    child = child_of(check)
    return (
        find(check, setting, check.victim, "victim"),
        find(check, setting, check.tenant, "own"),
        _created(check, setting, "create-own", "{own_id}", "made_id", "own"),
        on(check, setting, "list-own", child.list, check.tenant, "{own_id}", "own"),
        _created(check, setting, "attack", "{victim_id}", "into_id", "foreign"),
        on(check, setting, "victim-list", child.list, check.victim, "{victim_id}", "victim"),
        *_removed(check, setting, "made_id"),
        *_removed(check, setting, "into_id"),
    )


def _created(check: Check, setting: Setting, name: str, on_id: str, made: str, role: str) -> Step:
    operation = child_of(check).create
    assert operation.id is not None
    fill = [("marker", setting.marker(check, role))]
    return on(check, setting, name, operation, check.tenant, on_id, "own", fill=fill, capture=((made, operation.id),))


def _removed(check: Check, setting: Setting, id: str) -> tuple[Step, ...]:
    child = child_of(check)
    return (
        on(check, setting, f"remove-{id}", child.delete, check.tenant, f"{{{id}}}", "own", cleanup=True),
        on(check, setting, f"gone-{id}", child.read, check.tenant, f"{{{id}}}", "own", cleanup=True),
    )


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"{check.tenant} can hang such a record on its own, and sees it there"
    for step in ("find-victim", "find-own", "create-own", "list-own"):
        found = control(check, setting, answers, step, OK, what)
        if found:
            return found
    if setting.marker(check, "own") in answers["list-own"].text:
        return None
    cause = f"{check.service} does not show what hangs on a record, so seeing nothing there proves nothing"
    return inconclusive(Reason.CONTROL_FAILED, what, "control 'list-own': the marker is not there", cause, "list-own")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"{check.tenant} is refused to hang a record on one of {check.victim}, and learns nothing of it"
    attack, listed = answers["attack"], answers["victim-list"]
    cause = f"{check.service} takes any id for a relation: what it points to is looked up without the tenant"
    if setting.tenant(check.victim).sentinel in attack.text:
        seen = f"{attack.status} with the sentinel of {check.victim}"
        return failed(Reason.LEAK, must_hold, seen, cause, "attack")
    if setting.marker(check, "foreign") in listed.text:
        seen = f"{check.victim} finds the record of {check.tenant} on its own"
        return failed(Reason.FOREIGN_WRITE, must_hold, seen, cause, "victim-list")
    if _is_granted(child_of(check).create, check, answers):
        return failed(Reason.FOREIGN_WRITE, must_hold, f"it was answered {attack.status}", cause, "attack")
    if listed.status != 200 or listed.trouble is not None:
        seen = f"the list of {check.victim} was answered {listed.said}"
        why = "nothing is proven: whether a record hangs on the victim's could not be seen"
        return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, why, "victim-list")
    if attack.status not in REFUSALS or attack.trouble is not None:
        why = f"nothing is proven, {check.service} did not refuse: {accident(check, attack)}"
        return inconclusive(Reason.CONTROL_FAILED, must_hold, f"it was answered {attack.said}", why, "attack")
    return _left_behind(check, answers)


def _is_granted(operation: Operation, check: Check, answers: Answers) -> bool:
    return access(resource_of(check), operation, answers["attack"]) is Access.GRANTED


def _left_behind(check: Check, answers: Answers) -> Finding | None:
    step = "gone-made_id"
    if answers[step].status in resource_of(check).denied.status:
        return None
    seen = f"after its removal the record {answers.captured.get('made_id')} answers {answers[step].said}"
    cause = f"{check.service} does not delete: a record of this run is left behind, remove it by hand"
    return failed(Reason.LEFT_BEHIND, "what this check created is removed", seen, cause, step)


PROCEDURE = Procedure(steps, holds, controls)
