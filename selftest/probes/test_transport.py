"""Whatever a server does, an answer ends in bounded time and memory, with the reason why it isn't whole."""

from __future__ import annotations

import gzip
import time
from typing import Any

import pytest

from selftest.speaker import Asked, reply, speaking, wired
from stagecheck.exchange import Exchange
from stagecheck.model import Request, Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES
from stagecheck.probes.wire import Wire


def ask(wire: Wire, request: Request | None = None, **more: Any) -> Exchange:
    return PROBES["http"](Step("s", request or Request(), **more), wire)


def dripping(asked: Asked, connection: Any) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.02)


def dripping_headers(asked: Asked, connection: Any) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"x: y\r\n")
        time.sleep(0.02)


def silent(asked: Asked, connection: Any) -> None:
    connection.recv(1)


@pytest.mark.parametrize("say", [dripping, dripping_headers, silent])
def test_the_deadline_holds_for_the_whole_answer(say: Any) -> None:
    began = time.monotonic()

    with speaking(say) as gateway, wired(gateway) as wire:
        exchange = ask(wire, timeout=0.3)
        took = time.monotonic() - began

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.TIMEOUT
    assert len(exchange.attempts) == 1
    assert 0.25 < took < 0.8
    assert exchange.status == (200 if say is dripping else None)
    assert exchange.body.strip(b"x") == b""


def test_a_bomb_is_left_at_the_cap() -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024), 1)

    with speaking(lambda asked, _: reply(200, bomb, content_encoding="gzip")) as gateway, wired(gateway) as wire:
        exchange = ask(wire)

    assert exchange.trouble is not None
    assert (exchange.trouble.reason, exchange.trouble.detail) == (Reason.PROTOCOL, "body over 8 MiB")
    assert len(exchange.body) <= 8 * 1024 * 1024


def test_an_endless_body_is_left_at_the_cap() -> None:
    def endless(asked: Asked, connection: Any) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        while True:
            connection.sendall(bytes(65536))

    with speaking(endless) as gateway, wired(gateway) as wire:
        exchange = ask(wire)

    assert exchange.trouble is not None
    assert exchange.trouble.detail == "body over 8 MiB"


# ---- answers that break off -----------------------------------------------------------------------------------------


def cut(asked: Asked, connection: Any) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf")


GZIP = gzip.compress(b"whole" * 100)


@pytest.mark.parametrize(
    ("say", "reason"),
    [
        (cut, Reason.TRUNCATED),
        (reply(200, GZIP[:-9], content_encoding="gzip"), Reason.TRUNCATED),
        (reply(200, b"no gzip", content_encoding="gzip"), Reason.TRUNCATED),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n", Reason.TRUNCATED),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhalf\r\n", Reason.PROTOCOL),
        (reply(200, b"abc", content_encoding="br"), Reason.PROTOCOL),
        (b"SSH-2.0-OpenSSH\r\n\r\n", Reason.PROTOCOL),
    ],
    ids=["length", "gzip cut", "no gzip", "chunk cut", "no chunk", "br", "no http"],
)
def test_an_answer_that_breaks_off_has_its_reason(say: Any, reason: Reason) -> None:
    def once(asked: Asked, connection: Any) -> None:
        connection.sendall(say) if isinstance(say, bytes) else say(asked, connection)

    with speaking(once) as gateway, wired(gateway, budgets={"attempts": 1}) as wire:
        exchange = ask(wire)

    assert exchange.trouble is not None
    assert exchange.trouble.reason is reason
    assert "\n" not in exchange.trouble.detail


def test_a_gzip_of_several_members_is_whole() -> None:
    body = gzip.compress(b"one ") + gzip.compress(b"two")

    with speaking(lambda asked, _: reply(200, body, content_encoding="gzip")) as gateway, wired(gateway) as wire:
        exchange = ask(wire)

    assert exchange.trouble is None
    assert exchange.text == "one two"


def test_head_of_a_compressed_page_is_whole() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 50\r\n\r\n"

    with speaking(lambda asked, _: head) as gateway, wired(gateway) as wire:
        exchange = ask(wire, Request(method="HEAD"))

    assert (exchange.status, exchange.trouble) == (200, None)


def test_a_header_that_cannot_be_sent_is_told() -> None:
    with speaking(lambda asked, _: reply()) as gateway, wired(gateway) as wire:
        exchange = ask(wire, extra_headers=(("X-A", "a\r\nX-B: b"),))

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.PROTOCOL
    assert gateway.asked == []
