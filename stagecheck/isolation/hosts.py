"""T13, T14, T40: a Host chooses no more than a site: never whose data a token gets, and nobody's when nobody has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stagecheck.causes import accident
from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.legs import OK, find, finds, resource_of, search
from stagecheck.isolation.spoofed import nothing_found
from stagecheck.matchers import values
from stagecheck.model import Operation, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting

# The headers by which programs behind a proxy are told the host that a client asked for; RFC 7239 for the last.
SPELLINGS = {
    "Host": "{}",
    "X-Forwarded-Host": "{}",
    "X-Original-Host": "{}",
    "X-Host": "{}",
    "Forwarded": "host={};proto=https",
}
# The host may also stand in the request line, and is the one that counts there: RFC 9112, 3.2.2.
LINE = "the request line"
PLACES = (*SPELLINGS, LINE)
# What a program says to a host that it does not serve.
UNSERVED = (400, 403, 404, 421)

# -- T13


def header_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    own, theirs = setting.tenant(check.tenant), setting.tenant(check.victim)
    asked: list[Step] = []
    for name in PLACES:
        asked.append(search(check, setting, f"own {name}", own.sentinel, **_named(name, own.host)))
        asked.append(search(check, setting, name, theirs.sentinel, **_named(name, theirs.host)))
        # A search for one's own sentinel, so that a cache which is misled keeps what nobody else asks for.
        nowhere = _named(name, _nowhere(check, setting))
        asked.append(search(check, setting, f"nowhere {name}", own.sentinel, **nowhere))
    return (find(check, setting, check.victim, "victim", shared=False), *asked)


def header_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"{check.tenant} is answered under its own host, and {check.victim} finds its sentinel"
    found = finds(check, setting, answers, "find-victim", what)
    for name in PLACES:
        # Whoever serves no tenant's host at all cannot take one for another.
        if answers[f"own {name}"].status not in UNSERVED:
            found = found or finds(check, setting, answers, f"own {name}", what)
    return found


def header_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"a host of {check.victim} gives the token of {check.tenant} nothing of {check.victim}"
    for name in PLACES:
        if answers[name].status == 421:
            continue
        found = nothing_found(check, answers, name, must_hold, f"the host in {name}")
        if found:
            return found
    return _echoed(check, setting, answers)


def _echoed(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    nowhere = _nowhere(check, setting)
    for name in PLACES:
        step = f"nowhere {name}"
        exchange = answers[step]
        places = [f"header {header}" for header, value in exchange.headers if nowhere in value]
        # An error that repeats what it was asked makes no link of it.
        if nowhere in exchange.text and exchange.status in range(400):
            places.append("body")
        if places:
            must_hold = "no link is made of a host that the client made up"
            seen = f"the host of '{name}' is in the {places[0]} of the answer"
            cause = f"{check.service} or brain-gateway makes links of {name}: a cache would give them to everybody"
            return failed(Reason.WRONG_CONTENT, must_hold, seen, cause, step)
    return None


def _named(name: str, host: str) -> dict[str, Any]:
    """What makes a step name that host in that place."""
    return {"line_host": host} if name == LINE else {"extra_headers": ((name, SPELLINGS[name].format(host)),)}


def _nowhere(check: Check, setting: Setting) -> str:
    """A host that nobody has; it is written into headers, and never looked up."""
    return f"{setting.nonsense(check)}.invalid"


# -- T14


def unknown_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    own = setting.tenant(check.tenant)
    return (
        _at(check, setting, "own-host", own.host, own.sentinel),
        _at(check, setting, "unknown-host", _nowhere(check, setting), own.sentinel),
    )


def unknown_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    return control(check, setting, answers, "own-host", OK, f"the host of {check.tenant} is served")


def unknown_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = "a host that is nobody's is not served"
    exchange = answers["unknown-host"]
    if exchange.status in UNSERVED:
        return None
    if exchange.status == 200 and exchange.trouble is None:
        whose = f"the site of {check.tenant}" if _found(check, exchange) else "some site"
        cause = f"{check.service} falls back to a site for hosts that it does not know: a mistyped one shows a tenant's"
        return failed(
            Reason.OPEN_DATA, must_hold, f"an unknown host is answered 200 with {whose}", cause, "unknown-host"
        )
    seen = f"the unknown host was answered {exchange.said}"
    return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, accident(check, exchange), "unknown-host")


# -- T40


def site_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    own, theirs = setting.tenant(check.tenant), setting.tenant(check.victim)
    return (
        _at(check, setting, "own", own.host, own.sentinel),
        _at(check, setting, "victim", theirs.host, theirs.sentinel),
        _at(check, setting, "attack", own.host, theirs.sentinel),
    )


def site_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"the hosts of {check.tenant} and {check.victim} are served"
    return next((found for found in _answered(check, setting, answers, what) if found), None)


def _answered(check: Check, setting: Setting, answers: Answers, what: str) -> Iterator[Finding | None]:
    for step in ("own", "victim", "attack"):
        yield control(check, setting, answers, step, OK, what)


def site_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"the host of {check.tenant} shows the site of {check.tenant}, and nothing of {check.victim}"
    cause = f"{check.service} does not choose the site by the Host that it is asked under, or is not told it"
    if _found(check, answers["attack"]):
        return failed(Reason.LEAK, must_hold, f"the sentinel of {check.victim} was found there", cause, "attack")
    for step, tenant in (("own", check.tenant), ("victim", check.victim)):
        if not _found(check, answers[step]):
            seen = f"the sentinel of {tenant} is not found under its own host"
            return failed(Reason.WRONG_CONTENT, must_hold, seen, cause, step)
    return None


# -- what they share


def _at(check: Check, setting: Setting, name: str, host: str, sentinel: str) -> Step:
    """A search for a sentinel by nobody, at the service itself under that Host."""
    headers = (("Host", host),)
    fill = [("sentinel", sentinel)]
    return setting.step(check, name, _by_host(check).request, tenant="", fill=fill, extra_headers=headers)


def _found(check: Check, exchange: Exchange) -> list[object]:
    operation = _by_host(check)
    assert operation.id is not None
    return values(operation.id, exchange.json)


def _by_host(check: Check) -> Operation:
    operation = resource_of(check).by_host
    assert operation is not None
    return operation


HEADER = Procedure(header_steps, header_holds, header_controls)
UNKNOWN = Procedure(unknown_steps, unknown_holds, unknown_controls)
SITE = Procedure(site_steps, site_holds, site_controls)
