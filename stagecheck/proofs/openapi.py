"""The routes that the platform needs are in the service's own OpenAPI document."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.model import Expect, Openapi, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.entry is not None
    return (setting.step(check, "document", check.entry.request),)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Openapi)
    must_hold = f"the OpenAPI document of {check.service} has every route that the platform calls"
    found = meets(check, setting, answers["document"], Expect(status=200, type="application/json"), must_hold)
    if found:
        return found
    document = answers["document"].json
    paths = document.get("paths") if isinstance(document, dict) else None
    absent = [route for route in check.word.routes if not _has(paths, route)]
    if not absent:
        return None
    seen = f"{len(absent)} of {len(check.word.routes)} are absent: {', '.join(absent)}"
    cause = f"another program or an older build of {check.service} is deployed: a router was not loaded"
    return failed(Reason.MISSING_ROUTE, must_hold, seen, cause, "document")


def _has(paths: object, route: str) -> bool:
    method, _, path = route.partition(" ")
    return isinstance(paths, dict) and method.lower() in (paths.get(path) or {})


PROCEDURE = Procedure(steps, holds)
