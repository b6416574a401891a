"""T28: what is for administrators is shut for a plain tenant, however its address is spelled."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from stagecheck.causes import accident
from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.legs import OK
from stagecheck.model import Identity, Privileged, Request, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting

# What shuts a route, or says that there is none under this spelling.
SHUT = (400, 401, 403, 404, 405)
# A proxy may be told another path than the one that it looks at.
PATH_HEADERS = ("X-Original-URL", "X-Rewrite-URL")


def route_of(check: Check) -> Privileged:
    """The route for administrators that the check is about."""
    assert check.privileged is not None
    return check.privileged


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    request = route_of(check).request
    assert setting.environment.administrator is not None
    administrator = Identity(variable=setting.environment.administrator)
    asked = (setting.step(check, name, request.model_copy(update={"path": path})) for name, path in spellings(request))
    assert check.whoami is not None
    elsewhere = check.whoami.request
    led = (setting.step(check, name, elsewhere, extra_headers=((name, request.path),)) for name in PATH_HEADERS)
    return (
        setting.step(check, "administrator", request, tenant="", identity=administrator),
        setting.step(check, "beside", elsewhere),
        *asked,
        *led,
    )


def spellings(request: Request) -> Iterator[tuple[str, str]]:
    """Ways to write the path that servers and proxies take for the same, each under its name."""
    path = request.path.rstrip("/")
    parent, _, last = path.rpartition("/")
    yield "as it is", request.path
    yield "the other slash", path if request.path.endswith("/") else f"{path}/"
    yield "two slashes", f"{parent}//{last}"
    yield "capitals", f"{parent}/{last.upper()}"
    yield "encoded", f"{parent}/%{ord(last[0]):02x}{last[1:]}"
    yield "a parameter", f"{path};x=1"
    yield "a dot", f"{parent}/./{last}"
    yield "an ending", f"{path}.json"
    yield "a way back", f"{parent}/x/%2e%2e/{last}"
    yield "a way back with a parameter", f"{parent}/x/..;/{last}"


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"an administrator is answered there, and {check.tenant} is where it may be"
    for step in ("administrator", "beside"):
        found = control(check, setting, answers, step, OK, what)
        if found:
            return found
    return None


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    route = route_of(check)
    must_hold = f"{route.request.path} is shut for {check.tenant}, however its address is spelled"
    for name in (*(name for name, _ in spellings(route.request)), *PATH_HEADERS):
        exchange = answers[name]
        if name in PATH_HEADERS and exchange.body == answers["beside"].body:
            continue  # the header was not looked at: this is the answer of the path that was asked
        if exchange.status is not None and 200 <= exchange.status < 300 and exchange.trouble is None:
            cause = "no role is looked at there"
            if name != "as it is":
                cause = f"the role is looked at by the path alone, and this spelling of it ({name}) slips through"
            return failed(Reason.OPEN_DATA, must_hold, f"'{name}': {exchange.status}", cause, name)
        if exchange.status not in SHUT and not _leads_back(exchange, route.request.path):
            seen = f"'{name}' was answered {exchange.said}, which is no refusal"
            cause = f"nothing is proven, nobody refused: {accident(check, exchange)}"
            return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, name)
    return None


def _leads_back(exchange: Exchange, path: str) -> bool:
    """Whether the answer only redirects to the route itself, which is asked besides."""
    try:
        location = urlsplit(exchange.line("location")).path
    except ValueError:
        return False
    route = path.removesuffix("/").rpartition("/")[2]
    return exchange.status in (301, 307, 308) and location.removesuffix("/").endswith(f"/{route}")


PROCEDURE = Procedure(steps, holds, controls)
