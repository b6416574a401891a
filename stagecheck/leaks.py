"""Whose data an answer holds: each answer of a run is searched for the sentinels of all tenants but those it is for.

What a check was planned to look for it judges itself; this finds what nobody looks for, on any route, in any header.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from stagecheck import spellings
from stagecheck.causes import part
from stagecheck.exchange import Answers, Exchange
from stagecheck.model import Tenant
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.probes import http
from stagecheck.setting import Setting


def leaked(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    """The finding of the first answer that holds the sentinel of a tenant which neither asked nor was named.

    The place is told, and never the record that stands there.
    """
    for name, exchange in answers.exchanges.items():
        for one in filter(None, (exchange.first, exchange)):
            for tenant in _strangers(setting, one):
                if place := _place(one, tenant.sentinel):
                    who = one.step.identity.tenant or "nobody"
                    must_hold = f"no answer to {who} holds anything of {tenant.id}"
                    seen = f"the sentinel of {tenant.id} is in {place} of '{name}', which asked for nothing of it"
                    at = part(replace(check, service=one.step.service or check.service), one)
                    cause = f"{at} mixes answers up: a shared variable, a cache, a log or a debug header"
                    return failed(Reason.LEAK, must_hold, seen, cause, name)
    return None


def _strangers(setting: Setting, exchange: Exchange) -> Iterator[Tenant]:
    """The tenants whose sentinel has no business in an answer: not who asks, nor whose host it is, nor named in it."""
    step = exchange.step
    headers = {name.lower(): value for name, value in (*step.request.headers.items(), *step.extra_headers)}
    host = headers.get("host") or urlsplit(exchange.url).hostname
    asked = " ".join([unquote(http.address(step, "")), *headers.values(), (http.content_of(step) or b"").decode()])
    for tenant in setting.environment.tenants:
        if tenant.id != step.identity.tenant and tenant.host != host and tenant.sentinel not in asked:
            yield tenant


def _place(exchange: Exchange, sentinel: str) -> str:
    """Where the sentinel stands in an answer, in whatever spelling; empty when it does not."""
    for name, value in (*exchange.headers, *(("Location", hop.location) for hop in exchange.hops)):
        if _holds(value, sentinel):
            return f"the header {name}"
    if not _holds(exchange.text, sentinel):
        return ""
    return next((path for path, text in _texts(exchange.json) if _holds(text, sentinel)), "the body")


def _holds(text: str, sentinel: str) -> bool:
    return any(form in text for form in _spelled(sentinel))


@cache
def _spelled(sentinel: str) -> tuple[str, ...]:
    return (*spellings.written(sentinel), *spellings.encoded(sentinel))


def _texts(value: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    """Each text of a JSON value with its path, keys included."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield f"{path}.*", key
            yield from _texts(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")
