"""The pages of the platform's own domains may call the API from a browser, and those of strangers may not."""

from __future__ import annotations

from stagecheck.exchange import Answers, Exchange
from stagecheck.model import Cors, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

METHOD = "POST"  # what the preflight asks for


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.entry is not None
    request = check.entry.request
    asked: list[Step] = []
    for name, origin in (*_own(check, setting), *_strange(check, setting)):
        headers = (("Origin", origin),)
        wanted = (*headers, ("Access-Control-Request-Method", METHOD))
        preflight = request.model_copy(update={"method": "OPTIONS"})
        asked += [
            setting.step(check, name, request, extra_headers=headers),
            setting.step(check, f"{name}-preflight", preflight, tenant="", extra_headers=wanted),
        ]
    return tuple(asked)


def _hosts(check: Check, setting: Setting) -> list[str]:
    assert isinstance(check.word, Cors)
    domains = setting.environment.domains
    return [domains[service] for service in check.word.allowed if service in domains]


def _own(check: Check, setting: Setting) -> list[tuple[str, str]]:
    return [(f"own-{number}", f"https://{host}") for number, host in enumerate(_hosts(check, setting), 1)]


def _strange(check: Check, setting: Setting) -> list[tuple[str, str]]:
    """Origins that look like one of our own to a careless comparison, and some that do not."""
    host = _hosts(check, setting)[0]
    return [
        ("stranger", "https://stranger.example"),
        ("null", "null"),
        ("longer", f"https://{host}.stranger.example"),
        ("prefixed", f"https://stranger-{host}"),
        ("plain-http", f"http://{host}"),
    ]


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    for name, origin in _own(check, setting):
        for step in (name, f"{name}-preflight"):
            if answers[step].header("access-control-allow-origin") not in (origin, "*"):
                what = f"a page of {origin} may call {check.service}, so that a refusal of others means something"
                seen = f"control '{step}': {_told(answers[step])}"
                cause = f"{check.service} lets no page call it: its own front ends fail in every browser"
                return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, step)
    return None


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"no page of a stranger may read what {check.service} answers to its visitor"
    for name, origin in _strange(check, setting):
        for step in (name, f"{name}-preflight"):
            if _lets_in(answers[step], origin):
                seen = f"Origin {origin}: {_told(answers[step])}"
                cause = f"{check.service} lets any page of the web call it in its visitor's name: its origins are open"
                return failed(Reason.OPEN_DATA, must_hold, seen, cause, step)
    return None


def _lets_in(exchange: Exchange, origin: str) -> bool:
    """Whether a browser hands the answer to that page, or with its visitor's cookies to any page (Fetch, 3.2)."""
    allowed = exchange.header("access-control-allow-origin")
    anybody = allowed == "*" and exchange.header("access-control-allow-credentials") == "true"
    return allowed == origin or anybody


def _told(exchange: Exchange) -> str:
    if exchange.trouble is not None:
        return exchange.trouble.detail
    said = exchange.header("access-control-allow-origin")
    credentials = exchange.header("access-control-allow-credentials")
    with_them = f", credentials {credentials}" if credentials else ""
    return f"{exchange.status} allows {said}{with_them}" if said else f"{exchange.status} allows no origin"


PROCEDURE = Procedure(steps, holds, controls)
