"""Serves parts in one asyncio process; a part's listener follows the faults while it runs."""

from __future__ import annotations

import asyncio
import email.utils
import gc
import os
import signal
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from replica import clock, switch
from replica.dialect import Connection

HOST = "127.0.0.1"
HOST6 = "::1"
IPV6_ONLY = "ipv6-only"
NOBODY = "nobody"  # the mode in which connections are accepted, and no program is behind them
LOOK_AGAIN = 0.03  # seconds between two looks at the faults
KEEP_ALIVE = 75  # seconds; longer than a run pauses, so that no client meets a connection that is just being closed


class Part(Protocol):
    """Something that listens. `mode` says how it should listen now, "down" meaning not at all."""

    name: str

    async def start(self) -> None: ...

    def mode(self) -> str: ...

    async def open(self, mode: str) -> None: ...

    async def close(self) -> None: ...

    async def stop(self) -> None: ...

    async def tick(self) -> None: ...


def bound(port: int, kind: int = socket.SOCK_STREAM, host: str = HOST) -> socket.socket:
    """A socket on that loopback port; the supervisor keeps the port reserved, which SO_REUSEADDR lets us share."""
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it on, each answer waits some 40 ms.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, kind, socket.IPPROTO_TCP if kind == socket.SOCK_STREAM else 0)
    if kind == socket.SOCK_STREAM:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    sock.setblocking(False)
    return sock


class HangsUp(asyncio.Protocol):
    """Accepts, and closes at once: a published port behind which the container listens on another one."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class HttpPart:
    """An ASGI app on a port. While its fault `<name>-down` is on, the listener and all connections are closed.

    Under `<name>-wrong-port` connections are accepted and closed at once.

    The app's lifespan goes on while it is down: what is absent is the service's address, as with a port that nobody
    publishes. A `public` part is found by name, and so listens on the address that the name has.
    """

    def __init__(self, name: str, port: int, app: Any, down: str = "", public: bool = False) -> None:
        self.name = name
        self.port = port
        self.down = down or f"{name}-down"
        self.public = public
        config = uvicorn.Config(
            app,
            interface="asgi3",
            http=H11Protocol,
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,  # see `tick`
            timeout_keep_alive=KEEP_ALIVE,
        )
        config.load()
        self._uvicorn = uvicorn.Server(config)
        self._lifespan = config.lifespan_class(config)
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        await self._lifespan.startup()
        if self._lifespan.should_exit:
            raise RuntimeError(f"{self.name}: the app does not start")

    def mode(self) -> str:
        if switch.is_on(self.down):
            return "down"
        if switch.is_on(self.down.removesuffix("-down") + "-wrong-port"):
            return NOBODY
        return IPV6_ONLY if self.public and switch.is_on(IPV6_ONLY) else "up"

    def tls(self, mode: str) -> ssl.SSLContext | None:
        """The TLS context to listen with in that mode; None is plain HTTP."""
        return None

    async def open(self, mode: str) -> None:
        await self.tick()
        loop = asyncio.get_running_loop()
        listening = self.listening(mode)
        serves = HangsUp if mode == NOBODY else self._protocol
        self._listener = await loop.create_server(serves, sock=listening, ssl=self.tls(mode))

    def listening(self, mode: str) -> socket.socket:
        """The socket to listen on in that mode."""
        return bound(self.port, host=HOST6 if IPV6_ONLY in mode.split() else HOST)

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for connection in list(self._uvicorn.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # it is the loop that closes them, and only then are they gone

    async def stop(self) -> None:
        await self.close()
        await self._lifespan.shutdown()

    async def tick(self) -> None:
        """Renew the Date header."""
        date = email.utils.formatdate(clock.seconds(), usegmt=True)
        self._uvicorn.server_state.default_headers = [(b"date", date.encode())]

    def _protocol(self) -> asyncio.Protocol:
        return Connection(self._uvicorn.config, self._uvicorn.server_state, self._lifespan.state)


def run(process: str, parts: Sequence[Part]) -> signal.Signals:
    """Serve until SIGTERM, SIGINT or SIGHUP, and say which of them it was.

    After each change of the faults write `ack-<process>` into the state folder.
    """
    return asyncio.run(_run(process, parts))


async def _run(process: str, parts: Sequence[Part]) -> signal.Signals:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    stopped_by: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        stopped_by.append(number)
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop, number)
    for part in parts:
        await part.start()
    # The apps are there to the end: no collection of garbage need walk through them again.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    ticking = loop.create_task(_tick(parts))
    try:
        await _follow(process, parts, stopped)
    finally:
        ticking.cancel()
        for part in parts:
            await part.stop()
    return stopped_by[0]


async def _follow(process: str, parts: Sequence[Part], stopped: asyncio.Event) -> None:
    modes = {part.name: "down" for part in parts}
    told: frozenset[str] | None = None
    while not stopped.is_set():
        active = switch.active()
        if active != told:
            for part in parts:
                mode = part.mode()
                if mode != modes[part.name]:
                    await part.close()
                    if mode != "down":
                        await part.open(mode)
                    modes[part.name] = mode
            acknowledge(process, active)
            told = active
        await asyncio.sleep(LOOK_AGAIN)


async def _tick(parts: Sequence[Part]) -> None:
    while True:
        await asyncio.sleep(1)
        for part in parts:
            await part.tick()


def acknowledge(process: str, active: frozenset[str]) -> None:
    """Say that this process acts on exactly these faults."""
    path = Path(os.environ["REPLICA_STATE"]) / f"ack-{process}"
    draft = path.with_suffix(".draft")
    draft.write_text("\n".join(sorted(active)))
    os.replace(draft, path)
