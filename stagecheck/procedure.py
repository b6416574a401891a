"""What a proof is to the runner: the steps it asks, the controls that must hold first, and the judgement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stagecheck.causes import blame
from stagecheck.exchange import Answers, Exchange
from stagecheck.matchers import Mismatch, first_mismatch
from stagecheck.model import Expect, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.setting import Setting

Steps = Callable[[Check, Setting], tuple[Step, ...]]
Judge = Callable[[Check, Setting, Answers], Finding | None]
Follow = Callable[[Check, Setting, Answers], tuple[Step, ...]]


def no_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    """For a proof whose one request needs no other to mean something."""
    return None


def nothing_more(check: Check, setting: Setting, answers: Answers) -> tuple[Step, ...]:
    """For a proof whose steps are all known beforehand."""
    return ()


def goes_on(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    """For a proof of which each step is asked, whatever the others were answered."""
    return None


@dataclass(frozen=True)
class Procedure:
    """`steps` are asked in order; `follow` is asked for more, again and again, until it gives none.

    Once `stops` has a finding on what was answered so far, only the clean-up is still asked. What is `momentary` says
    how things were just then: all of it is asked once more before it fails.

    `controls` gives an inconclusive finding when the judgement would prove nothing; `holds` gives None when what must
    hold does. Both are pure: the same answers get the same finding.
    """

    steps: Steps
    holds: Judge
    controls: Judge = no_controls
    follow: Follow = nothing_more
    stops: Judge = goes_on
    momentary: bool = False


def meets(
    check: Check, setting: Setting, exchange: Exchange, expect: Expect, must_hold: str, reason: Reason | None = None
) -> Finding | None:
    """The finding of the first thing in an answer that is not as expected; `reason` replaces the matcher's own."""
    mismatch = first_mismatch(expect, exchange, setting.schemas)
    return _finding(check, exchange, mismatch, must_hold, reason) if mismatch else None


def control(check: Check, setting: Setting, answers: Answers, step: str, expect: Expect, what: str) -> Finding | None:
    """An inconclusive finding when a control's answer is not there or not as expected."""
    if step not in answers:
        lacking = answers.unsent.get(step, step)
        seen = f"the step '{step}' could not be asked: no {lacking.replace('_', ' ')} was found"
        return inconclusive(Reason.CONTROL_FAILED, what, seen, _unplanted(check), step)
    exchange = answers[step]
    mismatch = first_mismatch(expect, exchange, setting.schemas)
    if mismatch is None:
        return None
    seen = f"control '{step}': {mismatch.seen}"
    return inconclusive(Reason.CONTROL_FAILED, what, seen, blame(check, exchange, mismatch.reason), step)


def _unplanted(check: Check) -> str:
    return f"{check.service} shows no record of the tenant to try this on: plant it with `python -m stagecheck seed`"


def _finding(check: Check, exchange: Exchange, mismatch: Mismatch, must_hold: str, reason: Reason | None) -> Finding:
    wire = exchange.trouble is not None or mismatch.reason is Reason.UPSTREAM_DOWN
    told = mismatch.reason if wire or reason is None else reason
    return failed(told, must_hold, mismatch.seen, blame(check, exchange, mismatch.reason), exchange.step.name)
