"""Whose data an answer holds: each answer of a run is searched for the sentinels of all tenants but those it is for,
for the marks of what the run wrote in another tenant's name, and that of a login for the other tenants' names.

What a check was planned to look for it judges itself; this finds what nobody looks for, on any route, in any header.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from stagecheck import spellings
from stagecheck.causes import part
from stagecheck.exchange import Answers, Exchange
from stagecheck.finder import Finder
from stagecheck.model import Tenant
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.planted import Owners
from stagecheck.probes import http
from stagecheck.setting import Setting

_USER = re.compile(r"\{user:([a-z0-9-]+)\}")
_JWT = re.compile(r"\beyJ[\w-]+\.([\w-]+)\.")


def leaked(
    check: Check, setting: Setting, answers: Answers, owners: Callable[[str], Owners] = lambda text: {}
) -> Finding | None:
    """The finding of the first answer that holds something of a tenant which neither asked nor was named.

    `owners` says in whose name the marks in a text were written. The place is told, and never the record that stands
    there.
    """
    for name, exchange in answers.exchanges.items():
        for one in filter(None, (exchange.first, exchange)):
            for whose, what, place in _strange(setting, one, owners):
                who = _user(one) or one.step.identity.tenant or "nobody"
                must_hold = f"no answer to {who} holds anything of {whose}"
                seen = f"{what} of {whose} is in {place} of '{name}', which asked for nothing of it"
                at = part(replace(check, service=one.step.service or check.service), one)
                cause = f"{at} mixes answers up: a shared variable, a cache, a log or a debug header"
                return failed(Reason.LEAK, must_hold, seen, cause, name)
    return None


def _strange(setting: Setting, exchange: Exchange, owners: Callable[[str], Owners]) -> Iterator[tuple[str, str, str]]:
    """What does not belong into an answer: whose it is, what, and where it stands."""
    asked, own = _asked(exchange), _own(setting, exchange)
    said = "\n".join([*(value for _, value in _headed(exchange)), exchange.text])
    for tenant in _seen(tuple(setting.environment.tenants), said):
        if tenant.id in own or tenant.sentinel in asked:
            continue
        if place := _place(exchange, tenant.sentinel):
            yield tenant.id, "the sentinel", place
    for mark, wrote in owners(said).items():
        if own.isdisjoint(wrote) and mark not in asked and (place := _place(exchange, mark)):
            yield " and ".join(sorted(wrote)), "a record that this run wrote in the name", place
    user = _user(exchange)
    for tenant in setting.others(user) if user else ():
        # In the open, or in the claims of a token.
        read = " ".join([exchange.text, *(_claims(part) for part in _JWT.findall(exchange.text))])
        if re.search(rf"(?<![\w-]){re.escape(tenant.id)}(?![\w-])", read) or tenant.host in read:
            yield tenant.id, "the name", "the answer to the login"


def _user(exchange: Exchange) -> str:
    """The tenant that logs in with this request; empty for any other request."""
    found = _USER.search((http.content_of(exchange.step) or b"").decode())
    return found[1] if found and exchange.status is not None and 200 <= exchange.status < 300 else ""


def _claims(part: str) -> str:
    """What a token says of its bearer; not by whom and for whom it was made, the platform under whatever brand."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return ""
    told = {name: claims[name] for name in claims if name not in ("iss", "aud")} if isinstance(claims, dict) else claims
    return json.dumps(told, ensure_ascii=False)


def _seen(tenants: tuple[Tenant, ...], said: str) -> list[Tenant]:
    """The tenants whose sentinels stand in a text, in whatever spelling."""
    forms, finder = _sentinels(tuple(tenant.sentinel for tenant in tenants))
    return [tenants[at] for at in sorted({forms[place] for place in finder.found(said)})]


@cache
def _sentinels(sentinels: tuple[str, ...]) -> tuple[list[int], Finder]:
    """Every spelling of each sentinel: whose it is, by its place, and what finds them."""
    spelled = [(at, form) for at, sentinel in enumerate(sentinels) for form in _spelled(sentinel)]
    return [at for at, _ in spelled], Finder([form for _, form in spelled])


def _own(setting: Setting, exchange: Exchange) -> set[str]:
    """Whose answer it is: that of the tenant who asks, and of the one whose host it is."""
    step = exchange.step
    host = step.line_host or _headers(exchange).get("host") or urlsplit(exchange.url).hostname
    return {step.identity.tenant, *(tenant.id for tenant in setting.environment.tenants if tenant.host == host)}


def _headers(exchange: Exchange) -> dict[str, str]:
    step = exchange.step
    return {name.lower(): value for name, value in (*step.request.headers.items(), *step.extra_headers)}


def _asked(exchange: Exchange) -> str:
    """All that the request carried."""
    content = (http.content_of(exchange.step) or b"").decode()
    return " ".join([unquote(http.address(exchange.step, "")), *_headers(exchange).values(), content])


def _headed(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    """The headers of an answer, and where the answers before it led."""
    return (*exchange.headers, *(("Location", hop.location) for hop in exchange.hops))


def _place(exchange: Exchange, sentinel: str) -> str:
    """Where the sentinel stands in an answer, in whatever spelling; empty when it does not."""
    for name, value in _headed(exchange):
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
