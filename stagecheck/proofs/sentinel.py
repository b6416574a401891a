"""The record that was planted once for the tenant is in the answer, and no other tenant's is."""

from __future__ import annotations

from stagecheck.exchange import Answers, Exchange
from stagecheck.matchers import values
from stagecheck.model import Expect, Request, Sentinel, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.placeholders import names
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Sentinel)
    request = _request(check)
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
    found_values = _found(check, exchange)
    if any(tenant.sentinel in str(value) for value in found_values):
        return None
    seen = f"{len(found_values)} values at {check.word.at}, none holds {tenant.sentinel}"
    if _is_deaf(check, setting, answers):
        return _deaf(check, answers, must_hold, f"{seen}; a word that nobody has gets the same")
    cause = (
        f"the answer does not come from the {check.service} that was seeded: stale content, or another database "
        "(never seeded? run `python -m stagecheck seed --dry-run`)"
    )
    return failed(Reason.NO_SENTINEL, must_hold, seen, cause, "answer")


def follow(check: Check, setting: Setting, answers: Answers) -> tuple[Step, ...]:
    """The same as another tenant, where the words change nothing: out of a stock it gets the same, too."""
    others = setting.others(check.tenant)
    if "other" in answers or not others or not _is_deaf(check, setting, answers):
        return ()
    nonsense = [("sentinel", setting.nonsense(check))]
    return (setting.step(check, "other", _request(check), tenant=others[0].id, fill=nonsense),)


def _is_deaf(check: Check, setting: Setting, answers: Answers) -> bool:
    """Whether the record is not there, and what is there is the same for a word that nobody has."""
    found = _found(check, answers["answer"])
    lacks = not any(setting.tenant(check.tenant).sentinel in str(value) for value in found)
    asked = "sentinel" in names(_request(check))
    return lacks and asked and bool(found) and found == _found(check, answers["nonsense"])


def _deaf(check: Check, answers: Answers, must_hold: str, seen: str) -> Finding:
    other = answers["other"]
    if other.status == 200 and _found(check, other) != _found(check, answers["answer"]):
        seen = f"{seen}, and {other.step.identity} gets something else"
        cause = f"the query does not reach {check.service}: brain-gateway drops it, or {check.service} ignores it"
        return failed(Reason.QUERY_LOST, must_hold, seen, cause, "nonsense")
    cause = f"brain-gateway answers for {check.service} out of its own stock: the same for whatever is asked"
    return failed(Reason.CANNED_ANSWER, must_hold, seen, cause, "answer")


def _request(check: Check) -> Request:
    assert isinstance(check.word, Sentinel)
    assert check.entry is not None
    return check.word.request or check.entry.request


def _found(check: Check, exchange: Exchange) -> list[object]:
    assert isinstance(check.word, Sentinel)
    return values(check.word.at, exchange.json)


PROCEDURE = Procedure(steps, holds, follow=follow)
