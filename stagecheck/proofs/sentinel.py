"""The record that was planted once for the tenant is in the answer, and no other tenant's is."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.matchers import values
from stagecheck.model import Expect, Sentinel, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Sentinel)
    assert check.entry is not None
    request = check.word.request or check.entry.request
    return (
        setting.step(check, "answer", request, shared=True),
        setting.step(check, "nonsense", request, fill=[("sentinel", setting.nonsense(check))]),
    )


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Sentinel)
    assert check.entry is not None
    tenant = setting.tenant(check.tenant)
    must_hold = f"the sentinel of {tenant.id}, planted in {check.service}, is in what the gateway answers"
    expect = Expect(status=200, no_error_body=False)
    found = meets(check, setting, answers["answer"], expect, must_hold)
    if found:
        return found
    exchange = answers["answer"]
    for other in setting.others(tenant.id):
        if other.sentinel in exchange.text:
            seen = f"the sentinel of {other.id} is in the answer to {tenant.id}"
            cause = f"{check.service} or the gateway chose the wrong tenant: data of {other.id} reached {tenant.id}"
            return failed(Reason.LEAK, must_hold, seen, cause, "answer")
    found_values = values(check.word.at, exchange.json)
    if any(tenant.sentinel in str(value) for value in found_values):
        return None
    seen = f"{len(found_values)} values at {check.word.at}, none holds {tenant.sentinel}"
    if found_values and found_values == values(check.word.at, answers["nonsense"].json):
        cause = f"brain-gateway answers for {check.service} out of its own stock: the same for whatever is asked"
        return failed(Reason.CANNED_ANSWER, must_hold, f"{seen}; a word that nobody has gets the same", cause, "answer")
    cause = (
        f"the answer does not come from the {check.service} that was seeded: stale content, or another database "
        "(never seeded? run `python -m stagecheck seed --dry-run`)"
    )
    return failed(Reason.NO_SENTINEL, must_hold, seen, cause, "answer")


PROCEDURE = Procedure(steps, holds)
