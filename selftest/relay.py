"""A relay on loopback in front of a server, that notes each request and the status of its answer."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_REQUEST = re.compile(rb"([A-Z]+ /\S*) HTTP/1\.1\r\n")
_ANSWER = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass
class Relay:
    """A relay while it runs; `told` are (`METHOD /target`, status) pairs, `most` the most connections at once."""

    address: str
    told: list[tuple[str, int]] = field(default_factory=list)
    most: int = 0


@contextmanager
def relaying(there: str) -> Iterator[Relay]:
    """Pass everything on to HOST:PORT. One request at a time on a connection, as our client sends them."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    relay = Relay(f"127.0.0.1:{listener.getsockname()[1]}")
    host, _, port = there.rpartition(":")
    clients: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def pass_on(client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, socket.create_connection((host, int(port))) as server:
            asked = ""
            while True:
                for one in select.select([client, server], [], [])[0]:
                    chunk = one.recv(65536)
                    if not chunk:
                        return
                    if one is client and (request := _REQUEST.match(chunk)):
                        asked = request.group(1).decode()
                    if one is server and (answer := _ANSWER.match(chunk)):
                        relay.told.append((asked, int(answer.group(1))))
                    (server if one is client else client).sendall(chunk)

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                clients[:] = [*filter(_is_open, clients), client]
                relay.most = max(relay.most, len(clients))
                threads.append(threading.Thread(target=pass_on, args=(client,), daemon=True))
                threads[-1].start()

    accepting = threading.Thread(target=listen)
    accepting.start()
    try:
        yield relay
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (accepting, *threads):
            thread.join(5)


def _is_open(client: socket.socket) -> bool:
    """Whether the client's end is still open: it closes an old connection before it opens the next."""
    try:
        return client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
