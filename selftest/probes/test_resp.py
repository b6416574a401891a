"""RESP against a socket that says exactly what it is told to."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from stagecheck.exchange import Troubled
from stagecheck.outcome import Reason
from stagecheck.probes import resp


@contextmanager
def saying(*pieces: bytes, ends: float = 5.0, stays: bool = True) -> Iterator[tuple[resp.Conversation, socket.socket]]:
    """A conversation in which each piece comes after a moment; then silence, or the end of the connection."""
    ours, theirs = socket.socketpair()
    over = threading.Event()

    def say() -> None:
        for piece in pieces:
            theirs.sendall(piece)
            if over.wait(0.01):
                return
        if not stays:
            theirs.shutdown(socket.SHUT_WR)

    saying = threading.Thread(target=say)
    saying.start()
    try:
        yield resp.Conversation(ours, "cache.test:6379", time.monotonic() + ends), theirs
    finally:
        over.set()
        ours.close()
        saying.join()
        theirs.close()


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ([b"+PONG\r\n"], "PONG"),
        ([b":42\r\n"], 42),
        ([b":-1\r\n"], -1),
        ([b"$5\r\na\r\nb\xff\r\n"], "a\r\nb\ufffd"),
        ([b"$-1\r\n"], None),
        ([b"*2\r\n$1\r\n0\r\n*1\r\n$1\r\nk\r\n"], ["0", ["k"]]),
        ([b"*", b"1\r", b"\n$3", b"\r\nab", b"c\r\n"], ["abc"]),
    ],
)
def test_a_reply_in_builtins(said: list[bytes], reply: Any) -> None:
    with saying(*said) as (talk, server):
        assert talk.ask("GET", "ключ") == reply
        assert server.recv(100) == b"*2\r\n$3\r\nGET\r\n$8\r\n\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87\r\n"


def test_replies_come_one_after_the_other() -> None:
    with saying(b"+OK\r\n+PONG\r\n") as (talk, _):
        assert [talk.ask("AUTH", "p"), talk.ask("PING")] == ["OK", "PONG"]


def test_an_error_reply_is_a_refusal() -> None:
    with saying(b"-NOAUTH Authentication required.\r\n") as (talk, _), pytest.raises(resp.Refusal, match=r"^NOAUTH A"):
        talk.ask("PING")


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ([b"HTTP/1.1 400 Bad Request\r\n"], "said 'HTTP/1.1 400 Bad Request', which is no reply of Redis"),
        ([b"$many\r\n"], "said '$many', which is no reply of Redis"),
        ([b"*1\r\n" * 9], "said '*1', which is no reply of Redis"),
        ([b"$5\r\nab"], "closed the connection instead of a reply"),
        ([], "closed the connection instead of a reply"),
        ([b"$9999999\r\n", b"a" * (resp.MOST + 1)], f"replied with more than {resp.MOST} bytes"),
    ],
)
def test_what_is_no_reply_is_told(said: list[bytes], detail: str) -> None:
    with saying(*said, stays=False) as (talk, _), pytest.raises(Troubled) as raised:
        talk.ask("PING")

    assert raised.value.trouble.reason is Reason.PROTOCOL
    assert raised.value.trouble.detail == f"cache.test:6379: {detail}"


@pytest.mark.parametrize("said", [[], [b"$1"] * 100, [b"*100\r\n", *[b":1\r\n"] * 99]])
def test_it_ends_at_the_deadline_whatever_the_server_does(said: list[bytes]) -> None:
    began = time.monotonic()
    with saying(*said, ends=0.2) as (talk, _), pytest.raises(Troubled) as raised:
        talk.ask("PING")

    assert raised.value.trouble.reason is Reason.TIMEOUT
    assert time.monotonic() - began < 1
