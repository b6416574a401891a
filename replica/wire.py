"""Faults below an application: answers that come late, cut, or not at all every so often."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from replica import switch

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Breakage = Callable[[App, Scope, Receive, Send], Awaitable[None]]


def wire(app: App, faults: Mapping[str, Breakage]) -> App:
    """`app` behind a wire that breaks as the first of `faults` that is on says; health stays reachable."""

    async def wired(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        if scope["path"].startswith("/api/"):
            for name, breakage in faults.items():
                if switch.is_on(name):
                    return await breakage(app, scope, receive, send)
        await app(scope, receive, send)

    return wired


def late(seconds: float) -> Breakage:
    """The right answer, after a pause."""

    async def breakage(app: App, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(seconds)
        await app(scope, receive, send)

    return breakage


async def cut(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Half of the body under the Content-Length of the whole, then the connection is closed."""
    body = bytearray()

    async def shorten(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            return
        body.extend(message.get("body", b""))
        if not message.get("more_body", False):
            # An answer that is never completed makes the server close the connection; an empty one cannot be cut.
            await send({"type": "http.response.body", "body": bytes(body[: len(body) // 2]), "more_body": bool(body)})

    await app(scope, receive, shorten)


def each_third(broken: Breakage) -> Breakage:
    """Every third request meets `broken`; the others are answered as they should be."""
    count = itertools.count(1)

    async def breakage(app: App, scope: Scope, receive: Receive, send: Send) -> None:
        if next(count) % 3:
            await app(scope, receive, send)
        else:
            await broken(app, scope, receive, send)

    return breakage


def says(status: int, title: str, after: float = 0.0) -> Breakage:
    """An error page of the server in front of the application, which is not asked."""

    async def breakage(app: App, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(after)
        page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>".encode()
        headers = [(b"content-type", b"text/html"), (b"content-length", str(len(page)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": page})

    return breakage


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
