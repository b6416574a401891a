"""The release that each part says it runs: a header on every answer, and a key of every health body."""

from __future__ import annotations

import contextvars
import itertools
import time
from collections.abc import Iterator

from replica import settings, switch
from replica.wire import App, Message, Receive, Scope, Send, says

PREVIOUS = "previous"  # what the release before this one is called
HEADER = b"x-revision"
HEALTH = "X-Health"  # on what one service asks another only to state its own health
# A slow start goes on for so many seconds after the first request that meets it, and meets so many requests at least:
# however slow the machine is, a run that does not wait sees it.
STARTING = 3.0
AT_LEAST = 6

_here: contextvars.ContextVar[str] = contextvars.ContextVar("release")
_unavailable = says(503, "503 Service Unavailable")


def current() -> str:
    """The release that the request at hand is answered by."""
    return _here.get(settings.load().revision)


def stated(part: str, app: App) -> App:
    """`app` with its release on every answer; under a fault an old one, two in turn, or none while it still starts.

    The gateway states its own in its health alone: the header of what it passes on is that of the service behind it.
    """
    turns = itertools.cycle((settings.load().revision, PREVIOUS))
    start = _Start()

    async def stating(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        if part == "saleor" and start.goes_on(is_for_data(scope), switch.is_on("saleor-slow-start")):
            return await _unavailable(app, scope, receive, send)
        release = _release(part, turns)
        _here.set(release)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and part != "gateway":
                message = {**message, "headers": [*message.get("headers", ()), (HEADER, release.encode())]}
            await send(message)

        await app(scope, receive, sending)

    return stating


def is_for_data(scope: Scope) -> bool:
    """Whether somebody wants data, and not only to know how the service is."""
    return not scope["path"].startswith("/health") and (HEALTH.lower().encode(), b"1") not in scope["headers"]


def _release(part: str, turns: Iterator[str]) -> str:
    if part == "gateway" and switch.is_on("gateway-old-revision"):
        return PREVIOUS
    if part == "crm" and switch.is_on("crm-mixed-revisions"):
        return next(turns)
    return settings.load().revision


class _Start:
    """A start that takes its time; it begins with the first request for data, so that some request always meets it."""

    def __init__(self) -> None:
        self._ends: float | None = None
        self._met = 0

    def goes_on(self, for_data: bool, is_on: bool) -> bool:
        if not is_on:
            self._ends, self._met = None, 0
            return False
        if self._ends is None:
            if not for_data:
                return True
            self._ends = time.monotonic() + STARTING
        self._met += for_data
        return time.monotonic() < self._ends or self._met <= AT_LEAST
