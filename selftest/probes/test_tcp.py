"""The tcp probe against sockets on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from selftest.naming import name_server
from selftest.speaker import closed_port, reply, speaking, wired
from stagecheck.model import Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES


@pytest.fixture(scope="module")
def resolver() -> Iterator[str]:
    with name_server() as address:
        yield address


def test_tcp_tells_of_each_address(resolver: str) -> None:
    with speaking(lambda asked, _: reply()) as server, wired(resolver=resolver, only_connect=False) as wire:
        exchange = PROBES["tcp"](Step("s", base=f"http://old.acme.test:{server.port}"), wire)

    assert exchange.facts == {
        "addresses": {"127.0.0.1": "ok", "127.0.0.2": f"127.0.0.2:{server.port}: Connection refused"}
    }
    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.CONNECT


def test_tcp_dials_by_the_connect_table() -> None:
    with speaking(lambda asked, _: reply()) as server, wired(connect={"www.acme.test:443": server.address}) as wire:
        exchange = PROBES["tcp"](Step("s", base="https://www.acme.test"), wire)

    assert exchange.trouble is None
    assert exchange.url == "tcp://www.acme.test:443"
    assert exchange.facts == {"addresses": {"127.0.0.1": "ok"}}


def test_tcp_refuses_what_the_table_does_not_name() -> None:
    with wired() as wire:
        exchange = PROBES["tcp"](Step("s", base=f"http://127.0.0.1:{closed_port()}"), wire)

    assert exchange.trouble is not None
    assert exchange.trouble.detail.endswith("is not in this environment's connect table")


def test_an_address_that_never_accepts_ends_at_the_deadline() -> None:
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = [socket.socket() for _ in range(3)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(full.getsockname())

    with wired(connect={"www.acme.test:443": f"127.0.0.1:{full.getsockname()[1]}"}) as wire:
        exchange = PROBES["tcp"](Step("s", base="https://www.acme.test", timeout=0.3), wire)
    for one in (*waiting, full):
        one.close()

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.TIMEOUT
    assert exchange.seconds < 0.6
