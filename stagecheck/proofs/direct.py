"""The same record, asked of the service itself, is the same."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.matchers import values
from stagecheck.model import Direct, Expect, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control, meets
from stagecheck.setting import Setting

OK = Expect(status=200, no_error_body=False)


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Direct)
    assert check.entry is not None
    request = check.word.request.model_copy(update={"via": "direct"})
    return (setting.step(check, "gateway", check.entry.request), setting.step(check, "direct", request))


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    return control(check, setting, answers, "direct", OK, f"{check.service} answers when it is asked directly")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Direct)
    must_hold = f"the gateway says what {check.service} itself says"
    found = meets(check, setting, answers["gateway"], OK, must_hold)
    if found:
        return found
    here = values(check.word.gateway_at or check.word.at, answers["gateway"].json)
    there = values(check.word.at, answers["direct"].json)
    if here == there and here:
        return None
    common = set(map(str, here)) & set(map(str, there))
    seen = f"{len(here)} values through the gateway, {len(there)} directly, {len(common)} in common"
    cause = (
        f"brain-gateway did not ask this {check.service}: canned, cached, or another instance stands behind the route"
    )
    return failed(Reason.DIFFERS_FROM_DIRECT, must_hold, seen, cause, "gateway")


# Somebody may write between the two questions, also another process of this run: then both are asked once more.
PROCEDURE = Procedure(steps, holds, controls, momentary=True)
