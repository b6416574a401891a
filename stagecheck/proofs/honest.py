"""What a health body claims of each service agrees with what a request to that service says."""

from __future__ import annotations

from stagecheck import matchers
from stagecheck.exchange import Answers, Exchange
from stagecheck.matchers import values
from stagecheck.model import Expect, Honest, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.entry is not None
    first = setting.environment.tenants[0].id
    health = setting.step(check, "health", check.entry.request, tenant="")
    asked = (
        setting.step(check, service, entry.request, tenant="" if entry.as_ == "anonymous" else first, service=service)
        for service, entry in check.witnesses
    )
    own = (
        setting.step(check, _itself(service), entry.request, tenant="", service=service)
        for service, entry in check.own_health
    )
    return (health, *asked, *own)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Honest)
    must_hold = f"what {check.service} claims of a service is what a request to that service says"
    found = meets(check, setting, answers["health"], Expect(status=[200, 503], type="application/json"), must_hold)
    if found:
        return found
    for service, entry in check.witnesses:
        claims = [str(claim) for claim in values(check.word.claims[service], answers["health"].json)]
        good = bool(claims) and claims[0].lower() in check.word.good
        works = _works(answers[service], entry.expect, setting)
        # A refused token says nothing of the service: the check of the tokens tells.
        if good == works or answers[service].status in (401, 403):
            continue
        own = _own(check, service, setting, answers)
        # A service that calls itself unwell may be called so, though its route still answers.
        if not good and own is False:
            continue
        said = f"{claims[0]!r}" if claims else "nothing"
        seen = f"/health says {said} of {service}, but asked through the gateway it answered {answers[service].said}"
        if own is not None:
            seen += f", and asked itself {answers[_itself(service)].said}"
        cause = f"{check.service} reports a state that it does not measure: {service} {_where(good, own)}"
        return failed(Reason.FALSE_HEALTH, must_hold, seen, cause, service)
    return None


def _itself(service: str) -> str:
    return f"{service} itself"


def _own(check: Check, service: str, setting: Setting, answers: Answers) -> bool | None:
    """Whether the service, asked directly, calls itself well; None where it is not asked or says nothing."""
    entry = dict(check.own_health).get(service)
    exchange = answers[_itself(service)]
    if entry is None or entry.expect is None or exchange.status is None:
        return None
    return matchers.first_mismatch(entry.expect, exchange, setting.schemas) is None


def _where(good: bool, own: bool | None) -> str:
    if not good:
        return "works"
    return "does not work behind it" + (", and calls itself well: look at the way to it and at its data" if own else "")


def _works(exchange: Exchange, expect: Expect | None, setting: Setting) -> bool:
    """Whether the service itself answered: a wrong body is another check's business, an error status is not."""
    if exchange.status is None or exchange.trouble is not None:
        return False
    wanted = expect if expect and expect.status else Expect(status=200)
    return not any(key(wanted, exchange, setting.schemas) for key in (matchers.status, matchers.type))


PROCEDURE = Procedure(steps, holds, momentary=True)
