"""The replica's name server: the three names and nothing else, and what each fault changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import dns.exception
import dns.message
import dns.query
import dns.rcode
import pytest

from replica import catalog
from replica.storefront.brands import BRANDS
from selftest.replica_edge import Edge, running

THRILLRING = "stg.thrillring.com"
Ask = Callable[..., dns.message.Message]


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running(tmp_path_factory.mktemp("dns")) as found:
        yield found


def udp(edge: Edge, name: str, type: str = "A") -> dns.message.Message:
    return dns.query.udp(dns.message.make_query(name, type), "127.0.0.1", timeout=0.3, port=edge.ports["dns"])


def tcp(edge: Edge, name: str, type: str = "A") -> dns.message.Message:
    return dns.query.tcp(dns.message.make_query(name, type), "127.0.0.1", timeout=0.3, port=edge.ports["dns"])


def addresses(answer: dns.message.Message) -> list[str]:
    return [record.address for rrset in answer.answer for record in rrset]


@pytest.mark.parametrize("ask", [udp, tcp])
@pytest.mark.parametrize("brand", BRANDS, ids=lambda brand: brand.id)
def test_a_known_name_has_one_address(edge: Edge, ask: Ask, brand) -> None:
    answer = ask(edge, brand.host.upper())

    assert addresses(answer) == ["127.0.0.1"]


@pytest.mark.parametrize("type", ["AAAA", "TXT"])
def test_a_known_name_has_nothing_else(edge: Edge, type: str) -> None:
    answer = udp(edge, THRILLRING, type)

    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])


@pytest.mark.parametrize(
    ("name", "code"),
    [("www.thrillring.com", dns.rcode.NXDOMAIN), ("example.org", dns.rcode.REFUSED), ("com", dns.rcode.REFUSED)],
)
def test_other_names_are_not_forwarded(edge: Edge, name: str, code: dns.rcode.Rcode) -> None:
    assert udp(edge, name).rcode() == code


def has_code(code: dns.rcode.Rcode) -> Callable[[Edge, Ask], None]:
    def seen(edge: Edge, ask: Ask) -> None:
        assert ask(edge, THRILLRING).rcode() == code

    return seen


def is_silent(edge: Edge, ask: Ask) -> None:
    with pytest.raises(dns.exception.Timeout):
        ask(edge, THRILLRING)


def is_gone(edge: Edge, ask: Ask) -> None:
    with pytest.raises((dns.exception.Timeout, ConnectionRefusedError)):
        ask(edge, THRILLRING)


def is_elsewhere(edge: Edge, ask: Ask) -> None:
    assert addresses(ask(edge, THRILLRING)) == ["127.0.0.9"]
    assert addresses(ask(edge, "stg.coreldove.com")) == ["127.0.0.1"]


def has_a_second(edge: Edge, ask: Ask) -> None:
    assert sorted(addresses(ask(edge, THRILLRING))) == ["127.0.0.1", "127.0.0.9"]


def has_ipv6(edge: Edge, ask: Ask) -> None:
    assert addresses(ask(edge, THRILLRING, "AAAA")) == ["::1"]
    assert addresses(ask(edge, THRILLRING)) == ["127.0.0.1"]
    assert addresses(ask(edge, "stg.coreldove.com", "AAAA")) == []


def leads_nowhere(edge: Edge, ask: Ask) -> None:
    answer = ask(edge, THRILLRING)

    assert answer.rcode() == dns.rcode.NXDOMAIN
    assert [str(record.target) for rrset in answer.answer for record in rrset] == ["edge-1.thrillring.com."]
    assert addresses(ask(edge, "stg.coreldove.com")) == ["127.0.0.1"]


SEEN: dict[str, Callable[[Edge, Ask], None]] = {
    "dns-cname-dangling": leads_nowhere,
    "dns-down": is_gone,
    "dns-ipv6-dead": has_ipv6,
    "dns-second-address-dead": has_a_second,
    "dns-nxdomain-thrillring": has_code(dns.rcode.NXDOMAIN),
    "dns-servfail": has_code(dns.rcode.SERVFAIL),
    "dns-silent": is_silent,
    "dns-wrong-address": is_elsewhere,
}


def test_every_fault_of_the_name_server_is_seen_here() -> None:
    assert set(SEEN) == {fault.name for fault in catalog.faults().values() if fault.part == "dns"}


@pytest.mark.parametrize("ask", [udp, tcp])
@pytest.mark.parametrize("name", sorted(SEEN))
def test_a_fault_is_seen_on_the_wire_while_it_is_on(edge: Edge, ask: Ask, name: str) -> None:
    with edge.fault(name):
        SEEN[name](edge, ask)

    assert addresses(ask(edge, THRILLRING)) == ["127.0.0.1"]
