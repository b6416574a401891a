"""What isolation checks create they remove, and the removal is proven by reading once more."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.isolation.denial import Access, access
from stagecheck.isolation.legs import on, resource_of
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.setting import Setting


def tidy(check: Check, setting: Setting, tenant: str, id: str, role: str) -> tuple[Step, ...]:
    """Delete the captured record as its owner, then read it: asked whatever happened before."""
    resource = resource_of(check)
    assert resource.delete is not None
    return (
        on(check, setting, f"remove-{id}", resource.delete, tenant, f"{{{id}}}", role, cleanup=True),
        on(check, setting, f"gone-{id}", resource.read, tenant, f"{{{id}}}", role, cleanup=True),
    )


def left_behind(check: Check, answers: Answers, ids: tuple[str, ...]) -> Finding | None:
    """A finding when a record that this check created can still be read, or was not asked for again."""
    resource = resource_of(check)
    for id in ids:
        step = f"gone-{id}"
        if id not in answers.captured:
            continue
        if access(resource, resource.read, answers[step]) is Access.DENIED:
            continue
        seen = f"after its removal the record {answers.captured[id]} answers {answers[step].status or 'nothing'}"
        cause = f"{check.service} does not delete: a record of this run is left behind, remove it by hand"
        return failed(Reason.LEFT_BEHIND, "what this check created is removed", seen, cause, step)
    return None
