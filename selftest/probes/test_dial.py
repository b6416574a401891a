"""Where a host is dialled, and which hosts are the environment's own."""

from __future__ import annotations

import socket
import time

import pytest

from selftest.speaker import closed_port, environment
from stagecheck.exchange import Troubled
from stagecheck.outcome import Reason
from stagecheck.probes import dial


def soon(seconds: float = 2) -> float:
    return time.monotonic() + seconds


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://www.acme.test", ("https", "www.acme.test", 443)),
        ("http://WWW.acme.test", ("http", "www.acme.test", 80)),
        ("http://gateway.test:8001/a?b", ("http", "gateway.test", 8001)),
        ("www.acme.test", ("https", "www.acme.test", 443)),
        ("http://[::1]:81", ("http", "::1", 81)),
    ],
)
def test_an_origin_has_its_parts(base: str, expected: tuple[str, str, int]) -> None:
    assert dial.origin(base) == expected


def test_the_own_hosts_are_gateway_services_domains_and_tenants() -> None:
    made = environment(services={"shop": {"direct": "http://shop.test:8000"}})

    assert dial.hosts(made) == {"gateway.test", "shop.test", "www.acme.test", "www.zeta.test"}


def test_the_connect_table_is_the_first_and_in_a_closed_environment_the_only_word() -> None:
    made = environment({"www.acme.test:443": "127.0.0.1:7"})

    assert dial.addresses(made, "www.acme.test", 443, soon()) == [("127.0.0.1", 7)]
    with pytest.raises(Troubled, match=r"www\.acme\.test:80 is not in this environment's connect table"):
        dial.addresses(made, "www.acme.test", 80, soon())


def test_an_open_environment_dials_what_it_does_not_name() -> None:
    assert dial.addresses(environment(only_connect=False), "127.0.0.1", 80, soon()) == [("127.0.0.1", 80)]


def test_the_first_address_that_accepts_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = [("127.0.0.1", closed_port()), server.getsockname()]
        with dial.first(found, soon(), dial.connect) as connection:
            peer = connection.getpeername()

    assert peer == found[1]


def test_no_time_left_is_a_timeout() -> None:
    with pytest.raises(Troubled) as caught:
        dial.connect(("127.0.0.1", 9), time.monotonic() - 1)

    assert caught.value.trouble.reason is Reason.TIMEOUT


def test_an_address_gets_its_share_of_the_time() -> None:
    now = time.monotonic()

    assert dial.share(now + 3, 3) == pytest.approx(now + 1, abs=0.1)
