"""An app's answers under the traps that are on: later, otherwise ordered, otherwise dressed, and still right."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import socket
import struct
from collections.abc import Callable
from typing import Any

from replica import release, switch
from replica.wire import App, Message, Receive, Scope, Send

# What clients meet first: jitter, resets and a content delivery network are between these and them.
OUTSIDE = frozenset({"gateway", "https", "http"})
# What starts slowly: none of these waits for another, so that no answer is late twice.
SLOW_STARTERS = frozenset({"wagtail", "crm", "saleor", "https"})
COLD = 2.2  # seconds, a little more than the targets allow
LATEST = 0.3
# The share of what is late grows with a power, so that a whole run does not take minutes: the mean is 18 ms.
MOSTLY_EARLY = 16
RESET = 0.01
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Closes with a reset, whatever is still to be read.
LINGER = struct.pack("ii", 1, 0)
CDN = (
    (b"via", b"1.1 varnish, 2.0 edge"),
    (b"x-cache", b"MISS"),
    (b"cf-ray", b"8f1d2c3b4a596877-BOM"),
    (b"alt-svc", b'h3=":443"; ma=86400'),
    (b"nel", b'{"success_fraction":0,"report_to":"cf-nel","max_age":604800}'),
    (b"set-cookie", b"__cf_bm=0f1e2d3c; path=/; HttpOnly; Secure"),
)
EXTRA = {"x_note": "of a later version", "x_more": {"level": 2, "tags": []}}

Headers = list[tuple[bytes, bytes]]


def harmless(part: str, app: App) -> App:
    """`app` under the traps; each of them lets an answer be right."""
    cold = _Cold()
    chance = _Chance()

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        outside = part in OUTSIDE
        if chance.falls(scope["method"] in SAFE and outside and switch.is_on("resets")):
            return await _reset(scope, receive)
        if part in SLOW_STARTERS and cold.meets(scope):
            await asyncio.sleep(COLD)
        if outside and switch.is_on("jitter"):
            await asyncio.sleep(LATEST * chance.share() ** MOSTLY_EARLY)
        await app(scope, receive, _Dressed(send, outside))

    return answering


class _Cold:
    """Says yes once after each time that the switches were set."""

    def __init__(self) -> None:
        self._seen = switch.active()
        self._met = False

    def meets(self, scope: Scope) -> bool:
        if self._seen is not switch.active():
            self._seen, self._met = switch.active(), False
        first = not self._met and switch.is_on("slow-start") and release.is_for_data(scope)
        self._met = self._met or first
        return first


class _Chance:
    """Chance that is the same in every replica, and never strikes twice in a row."""

    def __init__(self) -> None:
        self._random = random.Random(0)
        self._struck = False

    def share(self) -> float:
        return self._random.random()

    def falls(self, may: bool) -> bool:
        self._struck = may and not self._struck and self._random.random() < RESET
        return self._struck


async def _reset(scope: Scope, receive: Receive) -> None:
    """Close the connection under the request, as a proxy that restarts does."""
    transport: asyncio.Transport = scope["state"]["line"].transport
    plain: Any = transport.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue


class _Dressed:
    """Passes an answer on; one that must be changed is held back until it is whole."""

    def __init__(self, send: Send, outside: bool) -> None:
        self._send = send
        self._outside = outside
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = {**message, "headers": self._headers(list(message.get("headers", ())))}
            if not self._changes():
                await self._send(self._start)
            return
        if message["type"] != "http.response.body" or not self._changes():
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        headers, body = _rewritten(self._start["headers"], self._body)
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    def _changes(self) -> bool:
        headers = dict(self._start["headers"])
        whole = headers.get(b"content-encoding", b"gzip") == b"gzip" and headers.get(b"content-length") != b"0"
        is_json = headers.get(b"content-type", b"").startswith(b"application/json")
        return is_json and whole and any(map(switch.is_on, REWRITES))

    def _headers(self, headers: Headers) -> Headers:
        more: Headers = []
        if switch.is_on("other-locale"):
            more.append((b"content-language", b"de-DE"))
        if self._outside and switch.is_on("cdn-headers"):
            more += CDN
        kept = [(name.lower(), value) for name, value in headers]
        return [*(pair for pair in kept if pair[0] != b"content-language" or not more), *more]


def _rewritten(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    packed = (b"content-encoding", b"gzip") in headers
    try:
        data = json.loads(gzip.decompress(body) if packed else body)
    except (ValueError, OSError, EOFError):  # the answer to HEAD, or one that a fault has cut
        return headers, body
    for name, rewrite in REWRITES.items():
        data = rewrite(data) if switch.is_on(name) else data
    plain = json.dumps(data, ensure_ascii=False).encode()
    body = gzip.compress(plain, 1, mtime=0) if packed else plain
    kept = [(name, value) for name, value in headers if name != b"content-length"]
    return [*kept, (b"content-length", b"%d" % len(body))], body


def _reordered(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _reordered(data[key]) for key in reversed(data)}
    return [_reordered(one) for one in data] if isinstance(data, list) else data


def _extended(data: Any, is_record: bool = True) -> Any:
    """More fields where a record has its own; a mapping of names to records has no fields."""
    if isinstance(data, dict):
        inner = {key: _extended(value, False) for key, value in data.items()}
        return {**inner, **EXTRA} if is_record else inner
    return [_extended(one) for one in data] if isinstance(data, list) else data


REWRITES: dict[str, Callable[[Any], Any]] = {"json-reordered": _reordered, "json-extra-fields": _extended}
