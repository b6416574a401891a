"""Each container of the platform runs, is not unhealthy, and has not begun anew a few seconds later.

How often one was restarted would stand in what `docker inspect` says; so do the passwords of all, and it is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from stagecheck.exchange import Answers
from stagecheck.model import Condition, Containers, Expect, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting

MUST_HOLD = "each container of the platform runs, and goes on running"
SAID = Condition(not_empty=True)
LIST = Expect(
    status=200,
    type="application/json",
    json={f"$[*].{key}": SAID for key in ("containerId", "name", "state", "status")},
)
# How docker says for how long one is up (go-units' HumanDuration), in seconds.
_UP = re.compile(r"^Up (?:(Less than a|About an?|\d+) )(second|minute|hour|day|week|month|year)s?")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000, "year": 31536000}


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.entry is not None
    assert isinstance(check.word, Containers)
    first = setting.step(check, "containers", check.entry.request)
    return first, setting.step(check, "later", check.entry.request, pause=check.word.pause)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Containers)
    for step in ("containers", "later"):
        if found := meets(check, setting, answers[step], LIST, MUST_HOLD):
            return found
        listed = _own(check.word, answers[step].json)
        if absent := [name for name in check.word.expected if not any(name in one for one in listed)]:
            seen = f"no container of {', '.join(absent)}"
            return failed(Reason.COMPONENT_DOWN, MUST_HOLD, seen, f"{absent[0]} was not deployed, or was removed", step)
        if ill := [f"{name}: {one['status']}" for name, one in listed.items() if _is_ill(one)]:
            cause = f"{ill[0].partition(':')[0]} ended, starts over and over, or fails its health check: see its log"
            return failed(Reason.COMPONENT_DOWN, MUST_HOLD, "; ".join(ill), cause, step)
    if anew := list(_anew(check.word, answers)):
        cause = f"{anew[0].partition(':')[0]} ends by itself and is started anew, again and again: see its log"
        return failed(Reason.COMPONENT_DOWN, MUST_HOLD, "; ".join(anew), cause, "later")
    return None


def _own(word: Containers, listed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in listed if re.search(word.names, one["name"])}


def _is_ill(one: dict[str, Any]) -> bool:
    return one["state"] != "running" or "(unhealthy)" in one["status"]


def _anew(word: Containers, answers: Answers) -> Iterator[str]:
    before, after = (_own(word, answers[step].json) for step in ("containers", "later"))
    for name, one in after.items():
        if name not in before:
            continue
        was, now = before[name]["status"], one["status"]
        if one["containerId"] != before[name]["containerId"] or _up(now) < _up(was):
            yield f"{name}: {was}, and {word.pause:g} s later {now}"


def _up(status: str) -> float:
    found = _UP.match(status)
    if found is None:
        return 0.0
    many, unit = found.groups()
    number = int(many) if many.isdigit() else 0 if many.startswith("Less") else 1
    return number * _SECONDS[unit]


PROCEDURE = Procedure(steps, holds)
