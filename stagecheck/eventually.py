"""A check that may take its time: asked again, ever more seldom, until it holds, or can hold no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import tenacity

from stagecheck.bounds import Bounds
from stagecheck.causes import blame
from stagecheck.exchange import Answers, Attempt, Exchange, Trouble
from stagecheck.matchers import first_mismatch
from stagecheck.model import Eventually, Expect
from stagecheck.outcome import STOPPED, Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting

GROWTH = 1.5  # how much longer each pause is than the one before
LONGEST = 10.0  # seconds between two tries
# Asking again changes nothing about these.
FINAL = frozenset({*STOPPED, Reason.CREDENTIAL_MISSING, Reason.WRITE_REFUSED})


def word(check: Check) -> Eventually | None:
    """What the check's entry says of it; None for one that must hold at once."""
    return check.entry.eventually if check.entry is not None else None


def judged(procedure: Procedure, wanted: Eventually) -> Procedure:
    """The procedure with `halt_if` and `until` as part of its judgement; it stays pure."""

    def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
        # What has come to its end has failed, whatever else it may prove.
        return None if _halted(wanted, setting, answers) else procedure.controls(check, setting, answers)

    def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
        exchange = _subject(answers)
        if exchange is not None and _halted(wanted, setting, answers):
            seen = f"{exchange.status} as halt_if says: it was not asked again"
            cause = f"{blame(check, exchange, Reason.WRONG_CONTENT)}: what was waited for has failed for good"
            return failed(Reason.WRONG_CONTENT, check.title, seen, cause, exchange.step.name)
        return procedure.holds(check, setting, answers) or _not_until(wanted, check, setting, answers)

    return replace(procedure, controls=controls, holds=holds)


@dataclass(frozen=True)
class Persistence:
    """Asks by `ask` until `judge` has no finding; `bounds` are those of the run, `sleep` waits so many seconds."""

    wanted: Eventually
    setting: Setting
    bounds: Bounds
    ask: Callable[[], Answers]
    judge: Callable[[Answers], Finding | None]
    sleep: Callable[[float], None] = time.sleep

    def answers(self) -> Answers:
        """The last answers, each exchange with all of its tries and with the first that failed.

        No try begins after `timeout` seconds. Where the run's own deadline comes first, the check was not given its
        time: the exchange that is not good has the trouble `deadline`.
        """
        cut_short = self.bounds.left < self.wanted.timeout
        tries: list[Answers] = []

        def once() -> bool:
            tries.append(self.ask())
            return self._is_over(tries[-1])

        over = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda over: not over),
            stop=tenacity.stop_before_delay(min(self.wanted.timeout, self.bounds.left)),
            sleep=self.sleep,
            wait=tenacity.wait_exponential(multiplier=self.wanted.backoff, exp_base=GROWTH, max=LONGEST),
            retry_error_callback=lambda state: False,
        )(once)
        answers = _merged(tries)
        return self._cut_off(answers) if cut_short and not over else answers

    def _is_over(self, answers: Answers) -> bool:
        finding = self.judge(answers)
        if finding is None or finding.reason in FINAL or _halted(self.wanted, self.setting, answers):
            return True
        # What was waited for has come, so what is still wrong then is wrong.
        return self.wanted.until is not None and _matches(self.wanted.until, self.setting, answers)

    def _cut_off(self, answers: Answers) -> Answers:
        finding = self.judge(answers)
        name = finding.step if finding is not None and finding.step in answers else next(iter(answers.exchanges))
        trouble = Trouble(
            Reason.DEADLINE, f"{self.bounds.sentence}, before the {self.wanted.timeout:g} s of this check"
        )
        return replace(answers, exchanges={**answers.exchanges, name: replace(answers[name], trouble=trouble)})


def patiently(
    wanted: Eventually,
    expect: Expect | None,
    schemas: Mapping[str, object],
    ask: Callable[[], Exchange],
    sleep: Callable[[float], None] = time.sleep,
) -> Exchange:
    """One step asked until it is as expected or as `halt_if` says, or `timeout` seconds are over: the last answer.

    That something takes its time is what the step is about, so the tries before are no attempts of it; the fact `asked`
    counts them.
    """
    tries: list[Exchange] = []

    def once() -> bool:
        tries.append(ask())
        stopped = tries[-1].trouble is not None and tries[-1].trouble.reason in FINAL
        return stopped or any(
            looked_for is not None and first_mismatch(looked_for, tries[-1], schemas) is None
            for looked_for in (expect, _told(wanted.halt_if))
        )

    tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda over: not over),
        stop=tenacity.stop_before_delay(wanted.timeout),
        sleep=sleep,
        wait=tenacity.wait_exponential(multiplier=wanted.backoff, exp_base=GROWTH, max=LONGEST),
        retry_error_callback=lambda state: False,
    )(once)
    return replace(tries[-1], facts={**tries[-1].facts, "asked": len(tries)})


def _merged(tries: list[Answers]) -> Answers:
    """The last answers, which remember those before them."""
    if len(tries) == 1:
        return tries[0]
    whole = {
        name: replace(exchange, attempts=tuple(_attempts(name, tries)), first=_first(name, tries))
        for name, exchange in tries[-1].exchanges.items()
    }
    return replace(tries[-1], exchanges=whole)


def _attempts(name: str, tries: list[Answers]) -> Iterator[Attempt]:
    for one in (answers[name] for answers in tries if name in answers):
        # A probe that is not HTTP keeps no attempts.
        yield from one.attempts or (Attempt(one.status, one.trouble, one.seconds),)


def _first(name: str, tries: list[Answers]) -> Exchange | None:
    if name not in tries[0]:
        return None
    return tries[0][name].first or replace(tries[0][name], attempts=())


def _subject(answers: Answers) -> Exchange | None:
    """The answer that `until` and `halt_if` speak of: that to the check's first request."""
    return next(iter(answers.exchanges.values()), None)


def _matches(expect: Expect, setting: Setting, answers: Answers) -> bool:
    exchange = _subject(answers)
    return exchange is not None and first_mismatch(expect, exchange, setting.schemas) is None


def _halted(wanted: Eventually, setting: Setting, answers: Answers) -> bool:
    told = _told(wanted.halt_if)
    return told is not None and _matches(told, setting, answers)


def _told(halt_if: Expect | None) -> Expect | None:
    # It speaks of errors: a body that tells one is what it looks for.
    return halt_if.model_copy(update={"no_error_body": False}) if halt_if is not None else None


def _not_until(wanted: Eventually, check: Check, setting: Setting, answers: Answers) -> Finding | None:
    exchange = _subject(answers)
    if wanted.until is None or exchange is None:
        return None
    return meets(check, setting, exchange, wanted.until, f"within {wanted.timeout:g} s it is as 'until' says")
