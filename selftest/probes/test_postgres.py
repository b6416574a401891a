"""The postgres probe against servers that do not answer as they should; the real one is in test_replica_postgres.py."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from selftest.speaker import closed_port, wired
from stagecheck.exchange import Exchange
from stagecheck.model import Request, Sql, Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES

URL = "postgresql://app:secret-of-the-app@db.test:5432/shop?sslmode=disable"


@contextmanager
def serving(say: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that does that with each connection, once it was greeted."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with contextlib.suppress(OSError), connection:
                    connection.settimeout(3)
                    connection.recv(4096)
                    say(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def message(kind: bytes, body: bytes = b"") -> bytes:
    """A message of the protocol: https://www.postgresql.org/docs/current/protocol-message-formats.html"""
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def error(state: str, said: str) -> bytes:
    return message(b"E", f"SFATAL\0VFATAL\0C{state}\0M{said}\0\0".encode())


GREETED = message(b"R", (0).to_bytes(4, "big")) + message(b"Z", b"I")


def ask(port: int, url: str = URL, timeout: float = 2.0) -> Exchange:
    variables = {"DB_URL": url} if url else {}
    databases = {"db": {"url": "DB_URL"}}
    asked = Step("s", Request(sql=Sql(query="SELECT 1 AS one")), base="DB_URL", timeout=timeout)
    with wired(connect={"db.test:5432": f"127.0.0.1:{port}"}, variables=variables, databases=databases) as wire:
        return PROBES["postgres"](asked, wire)


@pytest.mark.parametrize(
    ("said", "reason", "words"),
    [
        (error("28P01", 'password authentication failed for user "app"'), Reason.CREDENTIAL_MISSING, "password auth"),
        (error("28000", 'role "app" does not exist'), Reason.CREDENTIAL_MISSING, 'role "app" does not exist'),
        (error("53300", "sorry, too many clients already"), Reason.UPSTREAM_DOWN, "too many clients"),
        (error("57P03", "the database system is starting up"), Reason.UPSTREAM_DOWN, "is starting up"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Reason.PROTOCOL, "received H"),
        (b"", Reason.PROTOCOL, "closed the connection"),
        (GREETED, Reason.PROTOCOL, "closed the connection"),
    ],
)
def test_a_connection_that_does_not_come_about_says_why(said: bytes, reason: Reason, words: str) -> None:
    with serving(lambda connection: connection.sendall(said)) as port:
        exchange = ask(port)

    assert exchange.url == "postgresql://db.test:5432"
    assert exchange.trouble is not None
    assert exchange.trouble.reason is reason
    assert exchange.trouble.detail.startswith("db.test:5432: ")
    assert words in exchange.trouble.detail
    assert "\n" not in exchange.trouble.detail
    assert "secret" not in exchange.trouble.detail


def test_nobody_there() -> None:
    trouble = ask(closed_port()).trouble

    assert trouble is not None
    assert trouble.reason is Reason.CONNECT


def drips(connection: socket.socket) -> None:
    """Notices without an end, each in time."""
    connection.sendall(GREETED)
    for _ in range(100):
        connection.sendall(message(b"S", b"a\0b\0"))
        time.sleep(0.02)


@pytest.mark.parametrize(
    "say",
    [lambda connection: time.sleep(1.5), lambda connection: (connection.sendall(GREETED), time.sleep(1.5)), drips],
    ids=["says nothing", "greets and says nothing", "drips"],
)
def test_it_ends_at_the_deadline_whatever_the_server_does(say: Callable[[socket.socket], None]) -> None:
    with serving(say) as port:
        began = time.monotonic()
        exchange = ask(port, timeout=0.3)
        took = time.monotonic() - began

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.TIMEOUT
    assert took < 1.4


@pytest.mark.parametrize(
    "url",
    ["db.test", "http://db.test", "postgresql://", "postgresql:///shop", "postgresql://a,b/x", "host=/run dbname=x"],
)
def test_what_is_no_url_of_a_server_is_a_missing_credential_and_not_shown(url: str) -> None:
    trouble = ask(closed_port(), url=url).trouble

    assert trouble is not None
    assert trouble.reason is Reason.CREDENTIAL_MISSING
    assert trouble.detail == (
        "the variable DB_URL does not hold a URL as postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
    )


def test_a_variable_that_is_not_set_is_a_missing_credential() -> None:
    trouble = ask(closed_port(), url="").trouble

    assert trouble is not None
    assert trouble.detail == "the variable DB_URL is not set (nor DB_URL_FILE)"
