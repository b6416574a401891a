"""What a user of the platform does, step by step: each step is asked on the wire, and the first that fails ends it."""

from __future__ import annotations

from dataclasses import replace

from stagecheck.exchange import Answers
from stagecheck.model import Identity, Step, Workflow, WorkflowStep
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting

ROLE = "workflow"
# Whatever a step's `cause` says: these are about the way to the service, and not about what it did.
ON_THE_WAY = frozenset({Reason.UPSTREAM_DOWN, Reason.CONNECT, Reason.TIMEOUT, Reason.DNS})


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    flow = _flow(check)
    return (
        *(_step(check, setting, step) for step in flow.steps),
        *(_step(check, setting, step, cleanup=True) for step in flow.cleanup),
    )


def _flow(check: Check) -> Workflow:
    assert check.workflow is not None
    return check.workflow


def _step(check: Check, setting: Setting, step: WorkflowStep, cleanup: bool = False) -> Step:
    return setting.step(
        check,
        step.id,
        step.request,
        identity=_identity(check, setting, step),
        service=step.service or "",
        raw_authorization=f"Bearer {{{step.bearer}}}" if step.bearer else None,
        capture=tuple({**step.creates, **step.capture, **step.secrets}.items()),
        secrets=frozenset(step.secrets),
        expect=step.expect,
        eventually=step.eventually,
        cleanup=cleanup,
        fill=_values(check, setting),
    )


def _identity(check: Check, setting: Setting, step: WorkflowStep) -> Identity:
    if step.bearer or step.as_ == "anonymous":
        return Identity()
    return Identity(check.tenant if step.as_ == "own" else setting.others(check.tenant)[0].id)


def _values(check: Check, setting: Setting) -> dict[str, str]:
    """What stands in braces in any step: always about the workflow's own tenant, whoever asks."""
    values = {"marker": setting.marker(check, ROLE)}
    if not check.tenant:
        return values
    tenant = setting.tenant(check.tenant)
    for other in setting.others(tenant.id)[:1]:
        values["other"] = other.id
    if tenant.login is not None:
        values |= {"user": f"{{user:{tenant.id}}}", "password": f"{{password:{tenant.id}}}"}
    return values


def stops(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    """The finding of the first step that is not as it must be."""
    for step in _flow(check).steps:
        if step.id in answers.unsent:
            return _lacking(check, step, answers.unsent[step.id])
        if step.id in answers and (found := _met(check, setting, answers, step)):
            return found
    return None


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    found = stops(check, setting, answers)
    if found is not None:
        return found
    for step in _flow(check).steps:
        if step.id not in answers:
            return _lacking(check, step, "answer to the step before it")
    return _left_behind(check, setting, answers)


def _met(check: Check, setting: Setting, answers: Answers, step: WorkflowStep) -> Finding | None:
    """The finding of one step, which says its name and its place among the others."""
    whose = replace(check, service=step.service or check.service)
    # As it was asked: with what earlier answers gave in the place of its braces.
    expect = answers[step.id].step.expect or step.expect
    found = meets(whose, setting, answers[step.id], expect, _must_hold(check, step))
    if found is None:
        return None
    cause = step.cause if step.cause and found.reason not in ON_THE_WAY else found.cause
    return replace(found, seen=f"{_place(check, step)}: {found.seen}", cause=cause)


def _must_hold(check: Check, step: WorkflowStep) -> str:
    return f"{check.title}: {step.title or step.id}"


def _place(check: Check, step: WorkflowStep) -> str:
    ids = [one.id for one in _flow(check).all_steps]
    return f"step '{step.id}' ({ids.index(step.id) + 1} of {len(ids)})"


def _lacking(check: Check, step: WorkflowStep, name: str) -> Finding:
    seen = f"{_place(check, step)} could not be asked: no {name.replace('_', ' ')} was found"
    cause = f"an earlier answer of {check.name} lacks what the steps after it need, though it was as expected"
    return failed(Reason.WRONG_CONTENT, _must_hold(check, step), seen, cause, step.id)


def _left_behind(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    """A finding of the clean-up; a step of it that could not be asked had nothing to remove."""
    for step in _flow(check).cleanup:
        found = _met(check, setting, answers, step) if step.id in answers else None
        if found is not None:
            cause = f"the clean-up did not succeed: what carries {setting.marker(check, ROLE)} is to be removed by hand"
            return failed(Reason.LEFT_BEHIND, found.must_hold, found.seen, cause, step.id)
    return None


PROCEDURE = Procedure(steps, holds, stops=stops)
