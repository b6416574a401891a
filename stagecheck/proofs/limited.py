"""The limiter answers 429 with Retry-After once a tenant is over its limit, and other tenants go on."""

from __future__ import annotations

from collections.abc import Iterable

from stagecheck.exchange import Answers, Exchange
from stagecheck.model import Expect, Limited, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control, meets
from stagecheck.setting import Setting

# How many are asked more, again and again, until one is refused.
MORE = 10
# Within a minute a bucket that fills steadily lets twice its limit through, and so do two windows that meet.
MOST = 2
# Seconds of answers, so that with what lies between them all were asked within a minute.
SOON = 45.0
OTHERS = 3


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    return _asks(check, setting, range(1, _limit(check) + 1))


def follow(check: Check, setting: Setting, answers: Answers) -> tuple[Step, ...]:
    """More of the same until one is refused, and then the same as another tenant."""
    asked = _asked(answers)
    if not _refused(asked) and len(asked) < MOST * _limit(check) + MORE and _in_time(asked) and _answers(asked):
        return _asks(check, setting, range(len(asked) + 1, len(asked) + MORE + 1))
    if "other-0" in answers:
        return ()
    assert check.entry is not None
    return tuple(
        setting.step(check, f"other-{n}", check.entry.request, tenant=other.id, paced=False)
        for other in setting.others(check.tenant)[:1]
        for n in range(OTHERS)
    )


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    found = control(check, setting, answers, "ask-001", Expect(status=[200, 429]), "the limited route answers")
    asked = _asked(answers)
    if found or _refused(asked) or _in_time(asked):
        return found
    what = f"more than {_limit(check)} requests are asked within a minute"
    seen = f"{len(asked)} requests took {_seconds(asked):.0f} s, none was refused"
    cause = "the limited route answers too slowly for one caller to come over the limit: nothing is proven"
    return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, "ask-001")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = (
        f"after {_limit(check)} requests a minute a tenant gets 429 with Retry-After, and others are not affected"
    )
    asked = _asked(answers)
    refused = _refused(asked)
    if not refused:
        seen = f"{len(asked)} requests in a row, none was refused"
        cause = "the limiter of brain-gateway is off, or its store is lost"
        return failed(Reason.NO_LIMIT, must_hold, seen, cause, "ask-001")
    name, exchange = next(iter(refused.items()))
    if not (exchange.header("retry-after") or "").isdigit():
        cause = "brain-gateway refuses without saying for how long: clients will hammer it"
        return failed(Reason.NO_LIMIT, must_hold, "429 without a Retry-After in seconds", cause, name)
    for name in (name for name in answers.exchanges if name.startswith("other-")):
        if answers[name].status == 429:
            other = answers[name].step.identity
            cause = f"brain-gateway counts all tenants together: {check.tenant} can lock out {other}"
            return failed(Reason.NO_LIMIT, must_hold, f"{other} was refused too", cause, name)
        found = meets(check, setting, answers[name], Expect(status=200, no_error_body=False), must_hold)
        if found:
            return found
    return None


def _limit(check: Check) -> int:
    assert isinstance(check.word, Limited)
    return check.word.limit


def _asks(check: Check, setting: Setting, numbers: Iterable[int]) -> tuple[Step, ...]:
    assert check.entry is not None
    # It means to be refused: the run's own pace must not hold it back, nor does a refusal mean to ask again.
    request = check.entry.request
    return tuple(setting.step(check, f"ask-{n:03}", request, paced=False) for n in numbers)


def _asked(answers: Answers) -> dict[str, Exchange]:
    return {name: exchange for name, exchange in answers.exchanges.items() if name.startswith("ask-")}


def _refused(asked: dict[str, Exchange]) -> dict[str, Exchange]:
    return {name: exchange for name, exchange in asked.items() if exchange.status == 429}


def _answers(asked: dict[str, Exchange]) -> bool:
    """Whether the route lets the tenant in at all; where it does not, more of the same tells nothing."""
    return any(exchange.status == 200 for exchange in asked.values())


def _in_time(asked: dict[str, Exchange]) -> bool:
    return _seconds(asked) <= SOON


def _seconds(asked: dict[str, Exchange]) -> float:
    return sum(exchange.seconds for exchange in asked.values())


PROCEDURE = Procedure(steps, holds, controls, follow)
