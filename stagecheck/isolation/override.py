"""T28: a question stays a question, whatever method its headers or its query name besides."""

from __future__ import annotations

from typing import Any

from stagecheck.causes import accident
from stagecheck.exchange import Answers
from stagecheck.isolation.denial import Access, access
from stagecheck.isolation.legs import OK, create, find, on, resource_of
from stagecheck.isolation.tidy import left_behind, tidy
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting

# Where frameworks look for another method than that of the request line.
HEADERS = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
ASKED: dict[str, dict[str, Any]] = {
    **{name: {"extra_headers": ((name, "DELETE"),)} for name in HEADERS},
    "_method": {"extra_query": (("_method", "DELETE"),)},
}


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    read = resource_of(check).read

    def asked(name: str, **more: Any) -> Step:
        return on(check, setting, name, read, check.tenant, "{made_id}", "own", **more)

    # A record of its own, made for this, so that nothing else is lost where a service obeys.
    return (
        find(check, setting, check.tenant, "own"),
        create(check, setting, "create-own", check.tenant, "own", made="made_id", marker="own"),
        asked("before"),
        *(asked(name, **more) for name, more in ASKED.items()),
        asked("after"),
        *tidy(check, setting, check.tenant, "made_id", "own"),
    )


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"{check.tenant} can create such a record and read it"
    for step in ("create-own", "before"):
        found = control(check, setting, answers, step, OK, what)
        if found:
            return found
    return None


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    resource = resource_of(check)
    must_hold = f"a GET removes nothing, though {', '.join(ASKED)} name DELETE"
    after = answers["after"]
    if access(resource, resource.read, after) is Access.GRANTED and setting.marker(check, "own") in after.text:
        return left_behind(check, answers, ("made_id",))
    if access(resource, resource.read, after) is Access.DENIED:
        seen = f"the record is gone: it was answered {after.said}"
        cause = f"brain-gateway or {check.service} obeys a method that it did not look at when it let the request in"
        return failed(Reason.METHOD_LOST, must_hold, seen, cause, "after")
    why = f"nothing is proven, the record could not be read again: {accident(check, after)}"
    return inconclusive(Reason.CONTROL_FAILED, must_hold, f"it was answered {after.said}", why, "after")


PROCEDURE = Procedure(steps, holds, controls)
