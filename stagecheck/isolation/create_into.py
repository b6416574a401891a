"""T5: a tenant cannot create a record that belongs to another."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.isolation.denial import Access, access
from stagecheck.isolation.legs import OK, create, find, mentions, on, resource_of, search
from stagecheck.isolation.tidy import left_behind, tidy
from stagecheck.model import Operation, Resource, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    resource = resource_of(check)
    foreign = setting.marker(check, "foreign")
    into = into_operation(resource, check.victim)
    assert into.id is not None
    fill = [("marker", foreign), ("victim", check.victim)]
    return (
        find(check, setting, check.victim, "victim"),
        find(check, setting, check.tenant, "own"),
        create(check, setting, "create-own", check.tenant, "own", made="made_id", marker="own"),
        on(check, setting, "read-own", resource.read, check.tenant, "{made_id}", "own"),
        on(check, setting, "attack", into, check.tenant, "", "own", fill=fill, capture=(("into_id", into.id),)),
        search(check, setting, "victim-search", foreign, tenant=check.victim),
        on(check, setting, "victim-reads", resource.read, check.victim, "{into_id}", "victim"),
        on(check, setting, "own-reads", resource.read, check.tenant, "{into_id}", "own"),
        *tidy(check, setting, check.tenant, "made_id", "own"),
        # Where the attack succeeded, only the victim can remove what it left.
        _remove_as_victim(check, setting),
        *tidy(check, setting, check.tenant, "into_id", "own"),
    )


def into_operation(resource: Resource, victim: str) -> Operation:
    """The creation that names the victim: the target's own, or `create` with the owner field added."""
    assert resource.create is not None
    if resource.create_into is not None:
        return resource.create_into
    request = resource.create.request
    body = {**(request.body if isinstance(request.body, dict) else {}), resource.owner_field: victim}
    return resource.create.model_copy(update={"request": request.model_copy(update={"body": body})})


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"{check.tenant} can create such a record of its own and read it"
    found = control(check, setting, answers, "create-own", OK, what) or control(
        check, setting, answers, "read-own", OK, what
    )
    if found or setting.marker(check, "own") in answers["read-own"].text:
        return found
    cause = f"{check.service} does not keep what is created, so keeping nothing for {check.victim} proves nothing"
    return inconclusive(Reason.CONTROL_FAILED, what, "control 'read-own': the marker is not there", cause, "read-own")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    resource = resource_of(check)
    must_hold = f"a record that {check.tenant} creates for {check.victim} is refused, or belongs to {check.tenant}"
    cause = f"{check.service} takes the owner from the request's body: {check.tenant} wrote into {check.victim}"
    if "victim-reads" in answers and access(resource, resource.read, answers["victim-reads"]) is Access.GRANTED:
        seen = f"{check.victim} reads the record that {check.tenant} created"
        return failed(Reason.FOREIGN_WRITE, must_hold, seen, cause, "victim-reads")
    if answers["victim-search"].status != 200:
        seen = f"the search of {check.victim} was answered {answers['victim-search'].said}"
        why = "nothing is proven: whether the record reached the victim could not be seen"
        return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, why, "victim-search")
    if mentions(answers["victim-search"], setting.marker(check, "foreign")):
        seen = f"{check.victim} finds the marker that {check.tenant} created"
        return failed(Reason.FOREIGN_WRITE, must_hold, seen, cause, "victim-search")
    return _attack(check, setting, answers, must_hold) or left_behind(check, answers, ("made_id", "into_id"))


def _attack(check: Check, setting: Setting, answers: Answers, must_hold: str) -> Finding | None:
    resource = resource_of(check)
    exchange = answers["attack"]
    operation = resource.create_into or resource.create
    assert operation is not None
    rejected = exchange.status is not None and 400 <= exchange.status < 500 and exchange.status not in (401, 429)
    if rejected or access(resource, operation, exchange) is Access.DENIED:
        return None
    kept = "own-reads" in answers and setting.marker(check, "foreign") in answers["own-reads"].text
    if kept:
        return None
    seen = f"the attack was answered {exchange.said}, and {check.tenant} does not read the record either"
    cause = f"nothing is proven: {check.service} neither refused the record nor kept it where it can be seen"
    return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, "attack")


def _remove_as_victim(check: Check, setting: Setting) -> Step:
    resource = resource_of(check)
    assert resource.delete is not None
    return on(check, setting, "remove-as-victim", resource.delete, check.victim, "{into_id}", "victim", cleanup=True)


PROCEDURE = Procedure(steps, holds, controls)
