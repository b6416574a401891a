"""The redis probe against a server on loopback that speaks the protocol; the real one is in test_replica_redis.py."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from selftest.speaker import closed_port, wired
from stagecheck.exchange import Exchange
from stagecheck.model import Redis, Request, Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES

PASSWORD = "p:ss/w@rd of the cache"
INFO = b"# Server\r\nredis_version:7.0.15\r\nloading:0\r\nexecutable:/usr/bin/a:b\r\n"


@contextmanager
def serving(replies: Mapping[bytes, bytes], context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server that replies to each command by its first word; the commands that it heard, as they came."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
                    talking = stack.enter_context(connection)
                    if context is not None:
                        talking = stack.enter_context(context.wrap_socket(connection, server_side=True))
                    while asked := talking.recv(4096):
                        heard.append(asked)
                        talking.sendall(replies[asked.split(b"\r\n")[2]])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def words(command: bytes) -> list[str]:
    return command.decode().split("\r\n")[2::2]


def ask(
    port: int, *command: str, url: str = "redis://cache.test:6379", anonymous: bool = False, **more: Any
) -> Exchange:
    connect = {"cache.test:6379": f"127.0.0.1:{port}"}
    variables = {"CACHE_URL": url} if url else {}
    databases = {"cache": {"url": "CACHE_URL"}}
    asked = Request(redis=Redis(command=list(command), anonymous=anonymous))
    with wired(connect=connect, variables=variables, databases=databases, **more) as wire:
        return PROBES["redis"](Step("s", asked, base="CACHE_URL", timeout=2.0), wire)


def test_the_reply_is_the_body_and_the_url_has_no_password() -> None:
    url = "redis://app:p%3Ass%2Fw%40rd%20of%20the%20cache@cache.test:6379/3"
    with serving({b"AUTH": b"+OK\r\n", b"SELECT": b"+OK\r\n", b"SCAN": b"*2\r\n$1\r\n0\r\n*1\r\n$1\r\nk\r\n"}) as (
        port,
        heard,
    ):
        exchange = ask(port, "SCAN", "0", url=url)

    assert (exchange.json, exchange.trouble, exchange.url) == (["0", ["k"]], None, "redis://cache.test:6379")
    assert words(heard[0]) == ["AUTH", "app", PASSWORD]
    assert words(heard[1]) == ["SELECT", "3"]


def test_info_is_an_object() -> None:
    with serving({b"INFO": b"$%d\r\n%s\r\n" % (len(INFO), INFO)}) as (port, _):
        exchange = ask(port, "INFO", "server")

    assert exchange.json == {"redis_version": "7.0.15", "loading": 0, "executable": "/usr/bin/a:b"}


def test_nobody_sends_no_password() -> None:
    with serving({b"PING": b"-NOAUTH Authentication required.\r\n"}) as (port, heard):
        exchange = ask(port, "PING", url="redis://:secret@cache.test:6379", anonymous=True)

    assert heard == [b"*1\r\n$4\r\nPING\r\n"]
    assert exchange.facts == {"refusal": "NOAUTH Authentication required."}
    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.STATUS


def test_a_server_without_a_password_is_asked_all_the_same() -> None:
    refusal = b"-ERR AUTH <password> called without any password configured for the default user.\r\n"
    with serving({b"AUTH": refusal, b"PING": b"+PONG\r\n"}) as (port, _):
        assert ask(port, "PING", url="redis://:secret@cache.test:6379").json == "PONG"


@pytest.mark.parametrize(
    ("url", "replies", "reason", "detail"),
    [
        ("", {}, Reason.CREDENTIAL_MISSING, "the variable CACHE_URL is not set (nor CACHE_URL_FILE)"),
        *(
            (
                url,
                {},
                Reason.CREDENTIAL_MISSING,
                "the variable CACHE_URL does not hold a URL as redis://[USER]:PASSWORD@HOST:PORT/NUMBER",
            )
            for url in ("http://cache.test", "redis://:secret@", "redis://h:port", "redis://[::1")
        ),
        (
            "redis://:secret@cache.test:6379",
            {b"AUTH": b"-WRONGPASS invalid username-password pair\r\n"},
            Reason.CREDENTIAL_MISSING,
            "the server refuses the password in CACHE_URL: WRONGPASS invalid username-password pair",
        ),
        (
            "redis://cache.test:6379",
            {b"PING": b"-LOADING Redis is loading the dataset in memory\r\n"},
            Reason.UPSTREAM_DOWN,
            "refuses the command: LOADING Redis is loading the dataset in memory",
        ),
        (
            "redis://cache.test:6379",
            {b"PING": b"HTTP/1.1 400 Bad Request\r\n\r\n"},
            Reason.PROTOCOL,
            "cache.test:6379: said 'HTTP/1.1 400 Bad Request', which is no reply of Redis",
        ),
    ],
)
def test_every_failure_is_a_trouble(url: str, replies: dict[bytes, bytes], reason: Reason, detail: str) -> None:
    with serving(replies) as (port, _):
        trouble = ask(port, "PING", url=url).trouble

    assert trouble is not None
    assert (trouble.reason, trouble.detail) == (reason, detail)


def test_nobody_there() -> None:
    trouble = ask(closed_port(), "PING").trouble

    assert trouble is not None
    assert trouble.reason is Reason.CONNECT


def test_a_server_that_says_nothing_ends_at_the_deadline() -> None:
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        exchange = ask(silent.getsockname()[1], "PING")

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.TIMEOUT
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("trusted", [True, False])
def test_over_tls_the_certificate_is_for_the_name_in_the_url(tmp_path: Path, trusted: bool) -> None:
    authority, other = trustme.CA(), trustme.CA()
    (authority if trusted else other).cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("cache.test").configure_cert(context)

    with serving({b"PING": b"+PONG\r\n"}, context) as (port, _):
        exchange = ask(port, "PING", url="rediss://cache.test:6379", ca_file=str(tmp_path / "ca.pem"))

    if trusted:
        assert (exchange.json, exchange.trouble) == ("PONG", None)
    else:
        assert exchange.trouble is not None
        assert exchange.trouble.reason in (Reason.TLS_UNTRUSTED, Reason.TLS_CHAIN)
