"""The limiter answers 429 with Retry-After once a tenant is over its limit, and other tenants go on."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.model import Expect, Limited, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control, meets
from stagecheck.setting import Setting

# A limiter may refill while we ask: so many more than the limit are asked.
MORE = 10
OTHERS = 3


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Limited)
    assert check.entry is not None
    request = check.entry.request
    # It means to be refused: the run's own pace must not hold it back, nor does a refusal mean to ask again.
    asked = [setting.step(check, f"ask-{n:03}", request, paced=False) for n in range(1, check.word.limit + MORE + 1)]
    others = [
        setting.step(check, f"other-{n}", request, tenant=other.id, paced=False)
        for other in setting.others(check.tenant)[:1]
        for n in range(OTHERS)
    ]
    return (*asked, *others)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    return control(check, setting, answers, "ask-001", Expect(status=[200, 429]), "the limited route answers")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Limited)
    must_hold = (
        f"after {check.word.limit} requests a minute a tenant gets 429 with Retry-After, and others are not affected"
    )
    refused = {name: e for name, e in answers.exchanges.items() if e.status == 429 and name.startswith("ask-")}
    if not refused:
        seen = f"{check.word.limit + MORE} requests in a row, none was refused"
        return failed(
            Reason.NO_LIMIT, must_hold, seen, "the limiter of brain-gateway is off, or its store is lost", "ask-001"
        )
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


PROCEDURE = Procedure(steps, holds, controls)
