"""One connection as uvicorn serves it, in the HTTP that the traps ask for."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from replica import switch
from replica.http2 import PREFACE, Http2

OLD, NEW = b"HTTP/1.0", b"HTTP/1.1"


class Line:
    """The transport below a request, for whoever wants to reset it; uvicorn hands it on in the scope's `state`."""

    transport: asyncio.Transport


class Connection(H11Protocol):
    """Serves HTTP/1.1, and HTTP/2 to whom begins with it; under a trap, what it reads and writes is HTTP/1.0."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        line = Line()
        line.transport = transport
        self.app_state = {**self.app_state, "line": line}
        super().connection_made(cast(asyncio.Transport, _Writer(transport)))

    def data_received(self, data: bytes) -> None:
        if data.startswith(PREFACE):
            line: Line = self.app_state["line"]
            other = Http2(self.app, line.transport)
            line.transport.set_protocol(other)
            return other.data_received(data)
        if switch.is_on("http-1.0"):
            first, end, rest = data.partition(b"\r\n")
            data = (first.removesuffix(NEW) + OLD if first.endswith(b" " + NEW) else first) + end + rest
        return super().data_received(data)


class _Writer:
    """A transport that writes its status lines in HTTP/1.0 under the trap; all else is the transport's own."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        old = switch.is_on("http-1.0") and data.startswith(NEW + b" ")
        self._transport.write(OLD + data[len(NEW) :] if old else data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
