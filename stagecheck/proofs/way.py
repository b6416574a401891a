"""The lower rungs of a domain's ladder: its name, its addresses, its certificate."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from stagecheck.causes import blame
from stagecheck.exchange import Answers
from stagecheck.model import Request, Step, Tls
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting


def steps(probe: str, check: Check, setting: Setting) -> tuple[Step, ...]:
    return (setting.step(check, probe, Request(), tenant="", probe=probe),)


def dns(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    exchange = answers["dns"]
    host = setting.environment.host(check.service)
    must_hold = f"{host} has an address"
    if exchange.trouble:
        return _in_trouble(check, answers, "dns", must_hold)
    if exchange.facts.get("addresses"):
        return None
    return failed(
        Reason.DNS, must_hold, "the name exists and has no address", blame(check, exchange, Reason.DNS), "dns"
    )


def tcp(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"every address of {setting.environment.host(check.service)} accepts connections"
    exchange = answers["tcp"]
    found = dict(exchange.facts.get("addresses", {}))
    closed = [address for address, said in found.items() if said != "ok"]
    if not closed:
        return _in_trouble(check, answers, "tcp", must_hold) if exchange.trouble else None
    reason = exchange.trouble.reason if exchange.trouble else Reason.CONNECT
    seen = ", ".join(f"{address}: {said}" for address, said in found.items())
    cause = blame(check, exchange, reason)
    if len(closed) < len(found):
        cause = _some_are_dead(setting.environment.host(check.service), closed, found)
    return failed(reason, must_hold, seen, cause, "tcp")


def _some_are_dead(host: str, closed: Collection[str], found: Collection[str]) -> str:
    families = {":" in address for address in closed}, {":" in address for address in found if address not in closed}
    if families == ({True}, {False}):
        return f"{host} works over IPv4 and not over IPv6: its AAAA record leads to where the edge does not listen"
    dead = f"{len(closed)} of {len(found)} addresses of {host} {'is' if len(closed) == 1 else 'are'} dead"
    return f"{dead}: a part of the visitors cannot connect"


def tls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Tls)
    host = setting.environment.host(check.service)
    must_hold = f"the certificate of {host} is trusted, names it, and is good for {check.word.days_left} days more"
    exchange = answers["tls"]
    if exchange.trouble:
        return _in_trouble(check, answers, "tls", must_hold)
    left = exchange.facts["days_left"]
    if left < check.word.days_left:
        seen = f"{left:.1f} days left, until {exchange.facts['not_after']}"
        return failed(Reason.TLS_EXPIRED, must_hold, seen, f"the certificate of {host} is not being renewed", "tls")
    if exchange.facts["protocol"] < check.word.minimum:
        seen = f"{exchange.facts['protocol']}, at least {check.word.minimum} is due"
        return failed(Reason.TLS_PROTOCOL, must_hold, seen, blame(check, exchange, Reason.TLS_PROTOCOL), "tls")
    return None


def _in_trouble(check: Check, answers: Answers, step: str, must_hold: str) -> Finding:
    trouble = answers[step].trouble
    assert trouble is not None
    return failed(trouble.reason, must_hold, trouble.detail, blame(check, answers[step], trouble.reason), step)


DNS = Procedure(partial(steps, "dns"), dns)
TCP = Procedure(partial(steps, "tcp"), tcp)
TLS = Procedure(partial(steps, "tls"), tls)
