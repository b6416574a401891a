"""The dns probe against a name server on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from selftest.naming import name_server
from selftest.speaker import reply, speaking, wired
from stagecheck.exchange import Exchange
from stagecheck.model import Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES


@pytest.fixture(scope="module")
def resolver() -> Iterator[str]:
    with name_server() as address:
        yield address


def look_up(host: str, resolver: str, timeout: float = 3) -> Exchange:
    with wired(resolver=resolver) as wire:
        return PROBES["dns"](Step("s", base=f"https://{host}", timeout=timeout), wire)


def test_a_name_has_its_addresses_and_the_names_on_the_way(resolver: str) -> None:
    exchange = look_up("www.acme.test", resolver)

    assert exchange.trouble is None
    assert exchange.url == "dns://www.acme.test"
    assert exchange.facts == {"addresses": ["127.0.0.1", "::1"], "names": ["www.acme.test", "edge.acme.test"]}


@pytest.mark.parametrize(
    ("host", "reason", "detail"),
    [
        ("missing.acme.test", Reason.DNS, "missing.acme.test: NXDOMAIN, no such name"),
        (
            "dangling.acme.test",
            Reason.DNS,
            "dangling.acme.test: its CNAME leads to gone.acme.test, NXDOMAIN, no such name",
        ),
        ("broken.acme.test", Reason.DNS, "broken.acme.test: SERVFAIL"),
        ("empty.acme.test", Reason.DNS, "empty.acme.test: no answer, the name has neither A nor AAAA records"),
        ("silent.acme.test", Reason.TIMEOUT, "silent.acme.test: no DNS server answered in time"),
    ],
)
def test_a_name_without_addresses_says_why(resolver: str, host: str, reason: Reason, detail: str) -> None:
    exchange = look_up(host, resolver, timeout=0.5)

    assert exchange.trouble is not None
    assert (exchange.trouble.reason, exchange.trouble.detail) == (reason, detail)
    assert exchange.seconds < 1


def test_a_closed_environment_without_a_resolver_looks_nothing_up() -> None:
    exchange = look_up("www.acme.test", "")

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.DNS
    assert "no name is looked up" in exchange.trouble.detail


def test_a_name_that_is_no_name_is_told(resolver: str) -> None:
    exchange = look_up("a" * 70 + ".test", resolver)

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.DNS


def test_http_dials_what_the_resolver_says(resolver: str) -> None:
    with speaking(lambda asked, _: reply()) as server, wired(resolver=resolver, only_connect=False) as wire:
        exchange = PROBES["http"](Step("s", base=f"http://www.acme.test:{server.port}"), wire)

    assert exchange.status == 200
    assert server.asked[0].header("host") == f"www.acme.test:{server.port}"
