"""The ASGI apps of the edge: HTTPS chooses the storefront by Host, HTTP sends everybody to HTTPS."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any

from replica import switch
from replica.storefront import behind, contact, faults, site
from replica.storefront.brands import BRANDS, Brand, at, named
from replica.storefront.site import Answer

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGE = 2 * 1024 * 1024  # bytes
LINE = "<p>One more of the many lines that a long page has.</p>\n"
SECURITY = (("strict-transport-security", "max-age=15552000"), ("x-content-type-options", "nosniff"))


def build_https() -> App:
    """The app behind TLS. The Host decides alone, whatever name the TLS handshake asked for; unknown ones get 421."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        host = BRANDS[0].host if switch.is_on("edge-default-vhost") else _header(scope, b"host")
        brand = at(host, scope["path"])
        if brand is None:
            await _write(scope, send, site.misdirected())
            return
        if scope["path"] == contact.PATH and scope["method"] == "POST":
            answer = await contact.submit(faults.shown(brand), await _body(receive))
        elif behind.is_asked(brand, scope["path"]):
            answer = _allowed(scope, await _asked(brand, scope))
        else:
            answer = _allowed(scope, _large(page(brand, scope["path"])))
        own = () if switch.is_on("edge-no-security-headers") else SECURITY
        await _write(scope, send, replace(answer, headers=(*answer.headers, *own)))

    return app


def build_http() -> App:
    """The app on plain HTTP: 301 to the same path on https, 421 for unknown hosts."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        brand = at(_header(scope, b"host"))
        query = scope["query_string"].decode("ascii", "replace")
        path = scope["raw_path"].decode("ascii", "replace") + (f"?{query}" if query else "")
        if brand is None:
            answer = site.misdirected()
        elif switch.is_on("edge-http-stays"):
            answer = page(brand, scope["path"])
        elif switch.is_on("edge-redirect-loop"):
            answer = site.redirect(302, f"http://{brand.host}{path}")
        elif switch.is_on("edge-redirect-other-brand") and brand.id == "thrillring":
            answer = site.redirect(301, f"https://{named('bizoholic').host}{path}")
        else:
            answer = site.redirect(301, f"https://{brand.host}{path}")
        await _write(scope, send, _allowed(scope, answer))

    return app


async def _asked(brand: Brand, scope: Scope) -> Answer:
    """The data behind a page, with the faults of its app that are on."""
    query, authorization = scope["query_string"].decode("ascii", "replace"), _header(scope, b"authorization")
    there = await behind.answer(brand, scope["path"], query, authorization)
    return faults.changed(brand, scope["path"], there)


def page(brand: Brand, path: str) -> Answer:
    """What stands at the brand's address, with the faults that are on."""
    there = faults.shown(brand)
    return faults.changed(there, path, site.answer(there, path))


def _large(answer: Answer) -> Answer:
    """The same page, with far more on it, under the trap."""
    if not answer.is_page or not switch.is_on("large-page"):
        return answer
    return answer.replacing("</body>", f"<section>{LINE * (LARGE // len(LINE))}</section></body>")


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _allowed(scope: Scope, answer: Answer) -> Answer:
    if scope["method"] in ("GET", "HEAD"):
        return answer
    return Answer(405, "text/plain; charset=utf-8", b"405\n", (("allow", "GET, HEAD"),))


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def _write(scope: Scope, send: Send, answer: Answer) -> None:
    if "gzip" in _header(scope, b"accept-encoding"):
        answer = site.compressed(answer)
    await asyncio.sleep(answer.after)
    headers = [("content-type", answer.type), ("content-length", str(len(answer.body))), *answer.headers]
    raw = [(key.encode(), value.encode("latin-1")) for key, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    body = b"" if scope["method"] == "HEAD" else answer.body
    if answer.cut:
        # An answer that is never completed makes the server close the connection.
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    else:
        await send({"type": "http.response.body", "body": body})
