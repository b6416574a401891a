"""Ports of services within the platform accept no connection at the public name."""

from __future__ import annotations

from stagecheck.exchange import Answers, Exchange
from stagecheck.model import Closed, Request, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

# Seconds: a firewall that drops what it does not want says no by silence, and is not waited for longer.
SILENCE = 2.0


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Closed)
    host = setting.environment.domains[check.service]
    return tuple(
        setting.step(
            check, f"port-{port}", Request(), tenant="", probe="tcp", base=f"tcp://{host}:{port}", timeout=SILENCE
        )
        for port in check.word.ports
    )


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Closed)
    host = setting.environment.domains[check.service]
    must_hold = f"no port of an inner service is open at {host}"
    found = [port for port in check.word.ports if _is_open(answers[f"port-{port}"])]
    if not found:
        return None
    seen = f"{', '.join(map(str, found))} of {', '.join(map(str, check.word.ports))} accept connections"
    cause = f"an inner service is published on the public address of {host}: its port mapping or the firewall is wrong"
    return failed(Reason.PUBLISHED, must_hold, seen, cause, f"port-{found[0]}")


def _is_open(exchange: Exchange) -> bool:
    """Whether any address of the name accepts: the trouble of one says nothing of the others."""
    return "ok" in dict(exchange.facts.get("addresses", {})).values()


PROCEDURE = Procedure(steps, holds)
