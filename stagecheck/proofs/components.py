"""Every component that a health body names is good, whatever the body's own status says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stagecheck import jsonpaths
from stagecheck.exchange import Answers
from stagecheck.model import Components, Expect, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.entry is not None
    return (setting.step(check, "health", check.entry.request, shared=True),)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Components)
    must_hold = f"every component in the health of {check.service} is one of {', '.join(check.word.good)}"
    found = meets(check, setting, answers["health"], Expect(status=[200, 503], type="application/json"), must_hold)
    if found:
        return found
    body = answers["health"].json
    states = dict(_states(check.word, body))
    if not states:
        cause = f"{check.service} does not state its components: another program or version is deployed"
        return failed(Reason.COMPONENT_DOWN, must_hold, f"{check.word.at} is not there", cause, "health")
    for name in check.word.names:
        if not any(name in place for place in states):
            seen = f"{name} is not in the body"
            return failed(Reason.COMPONENT_DOWN, must_hold, seen, f"{check.service} does not watch {name}", "health")
    bad = [place for place, state in states.items() if str(state).lower() not in check.word.good]
    bad += [place for place, state in _words(body) if place not in states and str(state).lower() in check.word.bad]
    if not bad:
        return None
    everything = {**dict(_words(body)), **states}
    seen = ", ".join(f"{'.'.join(place)} is {everything[place]!r}" for place in bad)
    status = body.get("status") if isinstance(body, dict) else None
    own = f", though {check.service} calls itself {status!r}" if str(status).lower() in check.word.good else ""
    if bad == [("status",)]:
        cause = f"{check.service} says that it is not well, and names no component"
    else:
        cause = f"{_component(bad[0])} is down or unreachable for {check.service}{own}"
    return failed(Reason.COMPONENT_DOWN, must_hold, seen, cause, "health")


Place = tuple[str, ...]


def _states(word: Components, body: Any) -> Iterator[tuple[Place, Any]]:
    for node in jsonpaths.found(word.at, body):
        yield tuple(str(part) for part in node.location), node.value


def _words(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every string of the body, with the way to it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _words(item, (*place, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _words(item, (*place, str(index)))
    elif isinstance(value, str):
        yield place, value


def _component(place: Place) -> str:
    named = [part for part in place if part not in ("services", "components", "status", "checks")]
    return named[0] if named else "a component"


PROCEDURE = Procedure(steps, holds, momentary=True)
