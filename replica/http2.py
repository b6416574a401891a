"""HTTP/2 without TLS, by prior knowledge (RFC 9113, 3.3): how a gateway may speak with what is behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

import h2.config
import h2.connection
import h2.events

from replica.wire import Message

PREFACE = b"PRI * HTTP/2.0"
# RFC 9113, 8.2.2: what belongs to a connection of HTTP/1.1 has no place here.
OF_CONNECTIONS = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"proxy-connection"})
App = Callable[[Any, Any, Any], Awaitable[None]]


class Http2(asyncio.Protocol):
    """One connection; each of its streams is a request to the ASGI app."""

    def __init__(self, app: App, transport: asyncio.Transport) -> None:
        config = h2.config.H2Configuration(client_side=False, header_encoding=None)
        self._h2 = h2.connection.H2Connection(config)
        self._app = app
        self._transport = transport
        self._streams: dict[int, _Stream] = {}
        self._room = asyncio.Event()
        self._h2.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        for event in self._h2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self._streams[event.stream_id] = _Stream(self, event.stream_id, event.headers)
            elif isinstance(event, h2.events.DataReceived):
                self._streams[event.stream_id].body += event.data
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self._streams[event.stream_id].begin(self._app)
            elif isinstance(event, h2.events.StreamReset):
                if (stream := self._streams.pop(event.stream_id, None)) is not None:
                    stream.stop()
            elif isinstance(event, h2.events.WindowUpdated):
                self._room.set()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        for stream in self._streams.values():
            stream.stop()

    def start(self, id: int, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head of an answer."""
        kept = [(name.lower(), value) for name, value in headers if name.lower() not in OF_CONNECTIONS]
        self._h2.send_headers(id, [(b":status", b"%d" % status), *kept])
        self._flush()

    async def send(self, id: int, body: bytes, more: bool) -> None:
        """Some of the body, as the client has room for it."""
        while body:
            while self._h2.local_flow_control_window(id) <= 0:
                self._room.clear()
                await self._room.wait()
            size = min(self._h2.local_flow_control_window(id), self._h2.max_outbound_frame_size)
            self._h2.send_data(id, body[:size])
            body = body[size:]
            self._flush()
        if not more:
            self._h2.end_stream(id)
            self._streams.pop(id, None)
            self._flush()

    def _flush(self) -> None:
        self._transport.write(self._h2.data_to_send())


class _Stream:
    """One request and its answer."""

    def __init__(self, connection: Http2, id: int, headers: list[tuple[bytes, bytes]]) -> None:
        self._connection = connection
        self._id = id
        self._head = {name: value for name, value in headers if name.startswith(b":")}
        host = (b"host", self._head.get(b":authority", b""))
        self._headers = [host, *((name, value) for name, value in headers if not name.startswith(b":"))]
        self._task: asyncio.Task[None] | None = None
        self.body = b""

    def begin(self, app: App) -> None:
        self._task = asyncio.get_running_loop().create_task(self._answer(app))

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _answer(self, app: App) -> None:
        path, _, query = self._head[b":path"].partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "2",
            "method": self._head[b":method"].decode(),
            "scheme": "http",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": self._headers,
            "client": None,
            "server": None,
            "state": {},
        }
        left = [{"type": "http.request", "body": self.body, "more_body": False}]

        async def receive() -> Message:
            return left.pop() if left else await asyncio.Future()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._connection.start(self._id, message["status"], list(message.get("headers", ())))
            else:
                await self._connection.send(self._id, message.get("body", b""), message.get("more_body", False))

        await app(scope, receive, send)
