"""T33: how long a denial takes does not tell whether another tenant has such a record."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from stagecheck.exchange import Answers
from stagecheck.isolation.denial import Access, access
from stagecheck.isolation.legs import on, resource_of, three_legs, three_legs_hold
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

ROUNDS = 12
# How far the ranks must lie apart, in standard deviations: by chance once in 2,000 runs.
FAR = 3.5
# Seconds between the medians; less cannot be seen from outside anyway.
LEAST = 0.01


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    read = resource_of(check).read
    ids = {"theirs": "{victim_id}", "nobodys": "{unlike:victim_id}"}
    asked: list[Step] = []
    for number in range(ROUNDS):
        # By turns, and by turns the first: what else the platform does then meets both alike.
        for whose in sorted(ids, reverse=number % 2 == 0):
            asked.append(on(check, setting, f"{whose} {number}", read, check.tenant, ids[whose], "own"))
    return (*three_legs(check, setting), *asked)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    resource = resource_of(check)
    must_hold = f"a record of {check.victim} is denied to {check.tenant} as fast as one that nobody has"
    took: dict[str, list[float]] = {"theirs": [], "nobodys": []}
    for whose, seconds in took.items():
        for number in range(ROUNDS):
            step = f"{whose} {number}"
            if access(resource, resource.read, answers[step]) is not Access.DENIED:
                seen = f"'{step}' was answered {answers[step].said}, which is no denial"
                cause = f"nothing is proven: {check.service} did not deny, see read-by-id"
                return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, step)
            seconds.append(answers[step].seconds)
    theirs, nobodys = (median(seconds) for seconds in took.values())
    if abs(theirs - nobodys) < LEAST or apart(took["theirs"], took["nobodys"]) < FAR:
        return None
    typical = f"{theirs * 1000:.0f} ms for a record of {check.victim}, {nobodys * 1000:.0f} ms for none"
    seen = f"the median of {ROUNDS} denials is {typical}"
    cause = f"{check.service} does more for a record that is there before it denies it: ids can be tried out by a clock"
    return failed(Reason.LEAK, must_hold, seen, cause, f"theirs {ROUNDS - 1}")


def apart(one: Sequence[float], other: Sequence[float]) -> float:
    """How far two samples lie apart by their ranks, in standard deviations: Mann and Whitney's U, as a normal one."""
    larger = sum((a > b) + 0.5 * (a == b) for a in one for b in other)
    pairs = len(one) * len(other)
    return abs(larger - pairs / 2) / math.sqrt(pairs * (len(one) + len(other) + 1) / 12)


PROCEDURE = Procedure(steps, holds, three_legs_hold)
