"""A server on loopback that says exactly the bytes it is told to, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from stagecheck.model import Environment
from stagecheck.probes.wire import Wire

SENTINEL = "sentinel-acme-6f0d2c81b7e94a53"


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass
class Speaker:
    """A server while it runs."""

    port: int
    asked: list[Asked] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


Say = Callable[[Asked, Any], bytes | None]


def reply(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """A plain answer; `content_type="text/html"` becomes a header."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in given.items())]
    if "content-length" not in given and "transfer-encoding" not in given:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def speaking(say: Say, context: ssl.SSLContext | None = None) -> Iterator[Speaker]:
    """`say` gets each request and its socket: what it returns is sent; after None, the connection is closed."""
    listener = socket.create_server(("127.0.0.1", 0))
    speaker = Speaker(listener.getsockname()[1])
    threads: list[threading.Thread] = []
    sockets: list[socket.socket] = []

    def talk(connection: Any) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            if context is not None:
                connection = context.wrap_socket(connection, server_side=True)
                stack.callback(connection.close)
            while (asked := _read(connection)) is not None:
                speaker.asked.append(asked)
                said = say(asked, connection)
                if said is None:
                    return
                connection.sendall(said)

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(5)
                sockets.append(connection)
                threads.append(threading.Thread(target=talk, args=(connection,)))
                threads[-1].start()

    accepting = threading.Thread(target=listen)
    accepting.start()
    try:
        yield speaker
    finally:
        for one in (listener, *sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (accepting, *threads):
            thread.join(5)
        for one in sockets:
            one.close()


def reset(connection: socket.socket) -> None:
    """Close at once with a reset instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def environment(connect: dict[str, str] | None = None, **more: Any) -> Environment:
    """A closed environment of one tenant; its names are made up and dialled by `connect` only."""
    return Environment.model_validate(
        {
            "name": "nowhere",
            "gateway": "http://gateway.test:8001",
            "domains": {"front": "www.acme.test", "other": "www.zeta.test"},
            "tenants": [{"id": "acme", "host": "www.acme.test", "sentinel": SENTINEL, "token": "ACME_TOKEN"}],
            "connect": connect or {},
            "only_connect": True,
            "writes": "allowed",
            **more,
        }
    )


@contextmanager
def wired(speaker: Speaker | None = None, variables: dict[str, str] | None = None, **more: Any) -> Iterator[Wire]:
    """A wire to the environment whose gateway is that speaker."""
    connect = {"gateway.test:8001": speaker.address} if speaker else {}
    connect |= more.pop("connect", {})
    bounds = more.pop("bounds", None)
    with Wire(environment(connect, **more), variables or {}, run_id="r1", bounds=bounds) as wire:
        yield wire


def _read(connection: Any) -> Asked | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        raw += chunk
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    length = int(next((value for name, value in headers if name.lower() == "content-length"), 0))
    while len(body) < length:
        body += connection.recv(65536)
    method, target, _ = first.split(" ")
    return Asked(method, target, headers, body)
