"""T44: while two tenants ask at the same time over kept connections, each gets its own answer every time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagecheck.exchange import Answers
from stagecheck.isolation.legs import resource_of
from stagecheck.isolation.pages import request_of
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

ENOUGH = 0.9  # of what was asked must be answered


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    both = (check.tenant, check.victim)
    request = request_of(resource_of(check))
    return (setting.step(check, "interleaved", request, probe="interleaved", beside=both),)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    facts = answers["interleaved"].facts
    what = "both tenants are answered, nearly each time, and with a sentinel"
    cause = f"{check.service} does not answer all, or lists something else: another check tells why"
    asked = facts.get("asked", 0)
    answered, held = _sums(facts)
    # One answer that held another's is proof, however many there were.
    if (asked and held >= ENOUGH * asked) or _mixed(facts):
        return None
    seen = f"{asked} were asked, {answered} answered, {held} of them with a sentinel"
    if facts.get("otherwise"):
        seen += "; otherwise " + ", ".join(f"{count} times {what}" for what, count in facts["otherwise"].items())
    return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, "interleaved")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    facts = answers["interleaved"].facts
    must_hold = f"{check.tenant} and {check.victim}, asking at the same time, each get their own answers"
    mixed = _mixed(facts)
    if not mixed:
        return None
    answered, _ = _sums(facts)
    cause = f"{check.service} or brain-gateway keeps who asks in a variable that all requests share"
    return failed(
        Reason.LEAK, must_hold, f"{mixed} of {answered} answers held another's sentinel", cause, "interleaved"
    )


def bound(facts: Mapping[str, Any]) -> float:
    """The share of mixed-up answers that would have been seen with 95 % certainty: the rule of three, 3 in n."""
    return 3 / max(_sums(facts)[0], 3)


def _mixed(facts: Mapping[str, Any]) -> int:
    """How many sentinels came to somebody else."""
    held = facts.get("held", {})
    return sum(count for who, counts in held.items() for owner, count in counts.items() if owner != who)


def _sums(facts: Mapping[str, Any]) -> tuple[int, int]:
    """How many answers came, and how many sentinels were in them, whosoever."""
    held = facts.get("held", {})
    return sum(facts.get("answered", {}).values()), sum(sum(counts.values()) for counts in held.values())


PROCEDURE = Procedure(steps, holds, controls)
