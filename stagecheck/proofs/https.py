"""Plain HTTP leads to HTTPS on the same host, without a loop."""

from __future__ import annotations

from urllib.parse import urlsplit

from stagecheck.causes import blame
from stagecheck.exchange import Answers
from stagecheck.model import Request, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    host = setting.environment.host(check.service)
    return (setting.step(check, "plain", Request(), tenant="", base=f"http://{host}", follow=True),)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    host = setting.environment.host(check.service)
    must_hold = f"http://{host}/ leads to https://{host}/"
    exchange = answers["plain"]
    first = exchange.hops[0] if exchange.hops else None
    if first is None:
        if exchange.trouble:
            reason, seen = exchange.trouble.reason, exchange.trouble.detail
        else:
            reason, seen = Reason.NO_HTTPS, f"plain HTTP answers {exchange.status} itself"
        return failed(reason, must_hold, seen, blame(check, exchange, reason), "plain")
    away = [hop.location for hop in exchange.hops if (urlsplit(hop.location).hostname or host) != host]
    if away:
        seen = f"{first.status} leads to {away[0]}"
        cause = blame(check, exchange, Reason.REDIRECT_ELSEWHERE)
        return failed(Reason.REDIRECT_ELSEWHERE, must_hold, seen, cause, "plain")
    if exchange.trouble and exchange.trouble.reason is Reason.REDIRECT_LOOP:
        cause = blame(check, exchange, Reason.REDIRECT_LOOP)
        return failed(Reason.REDIRECT_LOOP, must_hold, exchange.trouble.detail, cause, "plain")
    if not any(urlsplit(hop.location).scheme == "https" for hop in exchange.hops):
        seen = f"{first.status} leads to {first.location}"
        return failed(Reason.NO_HTTPS, must_hold, seen, blame(check, exchange, Reason.NO_HTTPS), "plain")
    # What HTTPS itself says is the business of the rungs above.
    return None


PROCEDURE = Procedure(steps, holds)
