"""Ports of services within the platform accept no connection at the public name."""

from __future__ import annotations

from stagecheck.exchange import Answers, Exchange
from stagecheck.model import Closed, Request, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

# Seconds: a firewall that drops what it does not want says no by silence, and is not waited for longer.
SILENCE = 2.0
# The port of the page itself: who reaches it could reach the others.
OPEN = 443


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Closed)
    return (
        _step(check, setting, OPEN, None),
        *(_step(check, setting, port, SILENCE) for port in _named(check.word)),
    )


def _step(check: Check, setting: Setting, port: int, timeout: float | None) -> Step:
    host = setting.environment.host(check.service)
    base = f"tcp://{host}:{port}"
    return setting.step(check, f"port-{port}", Request(), tenant="", probe="tcp", base=base, timeout=timeout)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    if _is_open(answers[f"port-{OPEN}"]):
        return None
    what = f"port {OPEN} is open, so that a port that is shut is so for a reason"
    cause = "nothing is proven: the suite reaches no port at all of the public address"
    return inconclusive(Reason.CONTROL_FAILED, what, f"port {OPEN} accepts no connection", cause, f"port-{OPEN}")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Closed)
    host = setting.environment.host(check.service)
    must_hold = f"no port of an inner service is open at {host}"
    named = _named(check.word)
    found = [port for port in named if _is_open(answers[f"port-{port}"])]
    if not found:
        return None
    told = ", ".join(f"{port} ({named[port]})" for port in found)
    seen = f"{told} {'accepts' if len(found) == 1 else 'accept'} connections, of {len(named)} ports that must not"
    cause = f"{named[found[0]]} is published on the public address of {host}: its port mapping or the firewall is wrong"
    return failed(Reason.PUBLISHED, must_hold, seen, cause, f"port-{found[0]}")


def _named(word: Closed) -> dict[int, str]:
    """Each port with the service whose it is."""
    return {port: service for service, ports in word.ports.items() for port in ports}


def _is_open(exchange: Exchange) -> bool:
    """Whether any address of the name accepts: the trouble of one says nothing of the others."""
    return "ok" in dict(exchange.facts.get("addresses", {})).values()


PROCEDURE = Procedure(steps, holds, controls)
