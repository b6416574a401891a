"""What every answer passes through on its way out: request id, security headers, and whole-gateway faults."""

from __future__ import annotations

import asyncio
import base64
import gzip
import itertools
import json
import re
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from replica import switch
from replica.settings import TENANTS
from replica.storefront.brands import BRANDS

SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
CACHE_SECONDS = 30
SLOW_SECONDS = 2.5
MAINTENANCE = b"<!doctype html><html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>"

Headers = list[tuple[bytes, bytes]]


class Outside:
    """An ASGI app around the gateway's; `reset` is called whenever the set of faults has changed."""

    def __init__(self, app: Any, reset: Callable[[], None]) -> None:
        self._app = app
        self._reset = reset
        self._forget()

    def _forget(self) -> None:
        self._faults = switch.active()
        self._requests = itertools.count(1)
        self._cache: dict[bytes, tuple[float, int, Headers, bytes]] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if switch.active() != self._faults:
            self._forget()
            self._reset()
        if scope["path"].startswith("http:") and switch.is_on("gateway-absolute-form"):
            scope = _origin_form(scope)
        said = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        scope["request_id"] = said if REQUEST_ID.match(said) else uuid.uuid4().hex
        # Filled by the routes: headers that belong to this answer whatever becomes of it.
        scope["more_headers"] = {}
        status, headers, body = await self._answer(scope, receive)
        await send({"type": "http.response.start", "status": status, "headers": _dressed(scope, headers)})
        plain = b"gzip" not in dict(scope["headers"]).get(b"accept-encoding", b"")
        if plain and status == 200 and scope["path"].startswith("/api/brain/") and switch.is_on("gateway-plain-cut"):
            # The length is that of the whole body: an answer that is never completed closes the connection.
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            return
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Any, receive: Any) -> tuple[int, Headers, bytes]:
        if scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method"):
            return 204, [(b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE")], b""
        if scope["path"] == "/metrics" and switch.is_on("gateway-metrics-open"):
            return _made(200, "text/plain; version=0.0.4", b"process_open_fds 12\n")
        if switch.is_on("gateway-500"):
            return _made(500, "text/plain; charset=utf-8", b"Internal Server Error")
        if switch.is_on("gateway-html-error"):
            return _made(200, "text/html; charset=utf-8", MAINTENANCE)
        if switch.is_on("gateway-flaps") and next(self._requests) % 3 == 0:
            return _made(503, "application/json", b'{"detail": "no healthy upstream"}')
        if switch.is_on("gateway-slow") and scope["method"] == "GET" and not scope["query_string"]:
            await asyncio.sleep(SLOW_SECONDS)
        url = scope["raw_path"] + b"?" + scope["query_string"]
        cached = scope["method"] == "GET" and (
            switch.is_on("gateway-cache-without-tenant") or (_is_plain(scope) and switch.is_on("gateway-cache-plain"))
        )
        if cached and url in self._cache and time.monotonic() - self._cache[url][0] < CACHE_SECONDS:
            at, status, headers, body = self._cache[url]
            return status, [*headers, (b"age", b"%d" % (time.monotonic() - at)), (b"x-cache", b"HIT")], body
        status, headers, body = await _collected(self._app, scope, receive)
        if scope["path"] == "/openapi.json" and switch.is_on("gateway-debug-header"):
            headers = [*headers, (b"x-debug-context", _context())]
        if status == 200 and scope["method"] == "GET" and not scope["query_string"]:
            headers, body = _older(headers, body) if switch.is_on("gateway-old-copy") else (headers, body)
        if cached and status == 200 and scope["path"].startswith("/api/brain/"):
            self._cache[url] = (time.monotonic(), status, headers, body)
        if status >= 400 and switch.is_on("gateway-verbose-errors"):
            return _verbose(scope, status, body)
        return status, headers, body


def _origin_form(scope: Any) -> Any:
    """The request without the host in its line, which is kept as the one that counts."""
    _, _, host, rest = scope["raw_path"].decode().split("/", 3)
    return {**scope, "path": unquote(f"/{rest}"), "raw_path": f"/{rest}".encode(), "line_host": host}


def _is_plain(scope: Any) -> bool:
    """Whether the client takes no encoding."""
    return dict(scope["headers"]).get(b"accept-encoding") == b"identity"


def _context() -> bytes:
    """What a debug header tells of the request before, as base64 of JSON."""
    last = {"tenant": TENANTS[-1].id, "title": f"Sentinel {TENANTS[-1].sentinel}"}
    return base64.b64encode(json.dumps({"last": last}).encode())


def _older(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """A list as it was before its first record came; anything else as it is."""
    packed = (b"content-encoding", b"gzip") in [(name.lower(), value) for name, value in headers]
    try:
        data = json.loads(gzip.decompress(body) if packed else body)
    except ValueError:
        return headers, body
    for key in ("items", "results", "products"):
        if isinstance(data, dict) and data.get(key):
            data[key] = data[key][1:]
            body = json.dumps(data).encode()
            dropped = (b"content-length", b"content-encoding", b"etag")
            kept = [(name, value) for name, value in headers if name.lower() not in dropped]
            return [*kept, (b"content-length", b"%d" % len(body))], body
    return headers, body


async def _collected(app: Any, scope: Any, receive: Any) -> tuple[int, Headers, bytes]:
    started: dict[str, Any] = {}
    chunks: list[bytes] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    await app(scope, receive, send)
    return started["status"], list(started["headers"]), b"".join(chunks)


def _header(scope: Any, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _cors(scope: Any) -> dict[str, str]:
    """What a browser is told of a call from another origin: the brands' own pages may."""
    origin = _header(scope, b"origin")
    if origin and switch.is_on("gateway-cors-any"):
        return {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"}
    own = origin in {f"https://{brand.host}" for brand in BRANDS}
    return {"access-control-allow-origin": origin} if own else {}


def _dressed(scope: Any, headers: Headers) -> Headers:
    security = {} if switch.is_on("gateway-no-security-headers") else SECURITY
    own = {**security, **_cors(scope), **scope["more_headers"], "x-request-id": scope["request_id"]}
    if scope["path"].startswith("/api/brain/"):
        own["cache-control"] = "private, no-store" if scope["path"].startswith("/api/brain/auth/") else "private"
        own["vary"] = ", ".join(dict.fromkeys([*_values(headers, b"vary"), "Authorization", "Origin"]))
        if switch.is_on("gateway-public-answers"):
            own |= {"cache-control": "public, max-age=60", "vary": "Accept-Encoding"}
        if switch.is_on("gateway-echoes-host"):
            host = _values(scope["headers"], b"x-forwarded-host") or _values(scope["headers"], b"host")
            own["link"] = f'<https://{host[0]}{scope["path"]}>; rel="canonical"'
    kept = [(name, value) for name, value in headers if name.decode().lower() not in own]
    return [*kept, *((name.encode(), value.encode()) for name, value in own.items())]


def _values(headers: Headers, wanted: bytes) -> list[str]:
    found = [value.decode() for name, value in headers if name.lower() == wanted]
    return [part.strip() for value in found for part in value.split(",")]


def _made(status: int, media_type: str, body: bytes) -> tuple[int, Headers, bytes]:
    return status, [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))], body


def _verbose(scope: Any, status: int, body: bytes) -> tuple[int, Headers, bytes]:
    told = {
        "detail": body.decode("utf-8", "replace"),
        "upstream": f"http://bizosaas-django-crm-staging:8000{scope['path']}",
        "trace": [
            "Traceback (most recent call last):",
            '  File "/app/gateway/proxy.py", line 118, in forward',
            "    answer = await client.send(request)",
            "sqlalchemy.exc.OperationalError: connection to bizosaas-postgres-staging:5432 failed",
        ],
        "environment": {"DB_HOST": "bizosaas-postgres-staging", "DB_USER": "admin"},
    }
    return _made(status, "application/json", json.dumps(told).encode())
