"""The cookies of a session are kept from scripts, from plain HTTP, and from every other host."""

from __future__ import annotations

import re

from stagecheck.exchange import Answers, Exchange
from stagecheck.model import Cookies
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.proofs.page import is_html, page
from stagecheck.setting import Setting


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Cookies)
    what = "the page sets the cookie that is to be looked at"
    found = is_html(check, setting, answers, what)
    if found or _named(check, answers["page"]):
        return found
    seen = f"no cookie whose name matches {' or '.join(check.word.names)}"
    cause = f"{check.service} begins no session here, or calls its cookie by another name: nothing is proven"
    return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, "page")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    host = setting.environment.host(check.service)
    must_hold = f"a session of {host} belongs to its visitor and to {host} alone"
    for name, attributes in _named(check, answers["page"]):
        lacking = _lacking(attributes, host)
        if lacking:
            seen = f"the cookie '{name}' {', '.join(lacking)}"
            cause = f"{check.service} gives its session away: to scripts, to plain HTTP, or to another brand's host"
            return failed(Reason.OPEN_DATA, must_hold, seen, cause, "page")
    return None


def _named(check: Check, exchange: Exchange) -> list[tuple[str, dict[str, str]]]:
    """The cookies that the word speaks of: name, and attributes in small letters; their values are not looked at."""
    assert isinstance(check.word, Cookies)
    set_cookies = [value.split(";") for key, value in exchange.headers if key.lower() == "set-cookie"]
    found = [(parts[0].partition("=")[0].strip(), _attributes(parts[1:])) for parts in set_cookies]
    return [(name, told) for name, told in found if any(re.search(one, name) for one in check.word.names)]


def _attributes(parts: list[str]) -> dict[str, str]:
    pairs = (part.partition("=") for part in parts)
    return {name.strip().lower(): value.strip().lower() for name, _, value in pairs}


def _lacking(attributes: dict[str, str], host: str) -> list[str]:
    """What is wrong with a cookie (RFC 6265bis, 4.1.2); without SameSite browsers differ in what they take it for."""
    wrong = [f"lacks {name}" for name in ("Secure", "HttpOnly") if name.lower() not in attributes]
    if attributes.get("samesite") not in ("lax", "strict"):
        wrong.append("lacks SameSite=Lax or Strict")
    domain = attributes.get("domain", "").removeprefix(".")
    if domain not in ("", host):
        wrong.append(f"goes to every host below {domain}")
    return wrong


PROCEDURE = Procedure(page, holds, controls)
