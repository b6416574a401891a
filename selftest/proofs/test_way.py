"""The proofs `dns`, `tcp` and `tls`: the lower rungs of a domain's ladder."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selftest.told import fails, learnt, page_check, passes, silent, steps
from stagecheck.exchange import Trouble
from stagecheck.outcome import Reason

DNS, TCP = page_check("dns"), page_check("tcp")
TLS = page_check("tls", {"days_left": 14, "minimum": "TLSv1.2"})


@pytest.mark.parametrize("check", [DNS, TCP, TLS], ids=lambda check: check.proof)
def test_one_probe_asks_as_nobody_at_the_domain(check) -> None:
    (step,) = steps(check).values()

    assert (step.name, step.probe, step.base) == (check.proof, check.proof, "https://www.acme.invalid")
    assert str(step.identity) == "anonymous"


@pytest.mark.parametrize("check", [DNS, TCP, TLS], ids=lambda check: check.proof)
@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (Reason.DNS, "the name server has no usable answer for www.acme.invalid: "),
        (Reason.CONNECT, "nothing accepts connections at www.acme.invalid: front is not running "),
        (Reason.TLS_NAME, "the edge presents a certificate of another name for www.acme.invalid: "),
        (Reason.TIMEOUT, "front accepted the request and did not finish its answer in time"),
    ],
)
def test_trouble_on_the_way_fails_under_its_own_name(check, reason: Reason, cause: str) -> None:
    found = fails(check, {check.proof: silent(reason, "what the probe said")})

    assert (found.reason, found.seen, found.step) == (reason, "what the probe said", check.proof)
    assert found.cause.startswith(cause)


def test_trouble_is_told_before_what_was_found_all_the_same() -> None:
    half = replace(learnt(addresses={"127.0.0.1": "refused"}), trouble=Trouble(Reason.TIMEOUT, "late"))

    assert fails(TCP, {"tcp": half}).reason is Reason.TIMEOUT


def test_a_name_with_an_address_passes() -> None:
    assert passes(DNS, {"dns": learnt(addresses=["127.0.0.1"])})


@pytest.mark.parametrize("facts", [{}, {"addresses": []}])
def test_a_name_without_an_address_fails(facts: dict[str, list[str]]) -> None:
    found = fails(DNS, {"dns": learnt(**facts)})

    assert (found.reason, found.seen) == (Reason.DNS, "the name exists and has no address")
    assert found.must_hold == "www.acme.invalid has an address"
    assert "no usable answer for www.acme.invalid" in found.cause


def test_every_address_must_accept_connections() -> None:
    found = fails(TCP, {"tcp": learnt(addresses={"127.0.0.1": "ok", "127.0.0.2": "refused", "::1": "no route"})})

    assert (found.reason, found.seen) == (
        Reason.CONNECT,
        "127.0.0.1: ok, 127.0.0.2: refused, ::1: no route",
    )
    assert found.cause == "2 of 3 addresses of www.acme.invalid are dead: a part of the visitors cannot connect"
    assert passes(TCP, {"tcp": learnt(addresses={"127.0.0.1": "ok", "::1": "ok"})})


def test_a_dead_ipv6_beside_a_living_ipv4_is_told_as_such() -> None:
    found = fails(TCP, {"tcp": learnt(addresses={"127.0.0.1": "ok", "::1": "refused"})})

    assert "works over IPv4 and not over IPv6" in found.cause
    assert found.must_hold == "every address of www.acme.invalid accepts connections"
    for alike in ({"127.0.0.1": "ok", "127.0.0.2": "refused"}, {"::1": "ok", "::2": "refused"}):
        one = fails(TCP, {"tcp": learnt(addresses=alike)})
        assert one.cause == "1 of 2 addresses of www.acme.invalid is dead: a part of the visitors cannot connect"


def test_no_living_address_at_all_is_a_service_that_does_not_listen() -> None:
    found = fails(TCP, {"tcp": learnt(addresses={"127.0.0.1": "refused"})})

    assert (found.reason, found.seen) == (Reason.CONNECT, "127.0.0.1: refused")
    assert "nothing accepts connections" in found.cause


@pytest.mark.parametrize(("days", "protocol"), [(14, "TLSv1.2"), (14.0, "TLSv1.3"), (80.5, "TLSv1.2")])
def test_a_certificate_with_days_left_and_a_current_protocol_passes(days: float, protocol: str) -> None:
    assert passes(TLS, {"tls": learnt(days_left=days, not_after="2030-01-01", protocol=protocol)})


@pytest.mark.parametrize("days", [13.9, 0, -3])
def test_a_certificate_with_fewer_days_fails(days: float) -> None:
    found = fails(TLS, {"tls": learnt(days_left=days, not_after="2030-01-01", protocol="TLSv1.3")})

    assert (found.reason, found.seen) == (Reason.TLS_EXPIRED, f"{days:.1f} days left, until 2030-01-01")
    assert found.cause == "the certificate of www.acme.invalid is not being renewed"


@pytest.mark.parametrize("protocol", ["TLSv1", "TLSv1.1", "SSLv3"])
def test_an_old_protocol_fails(protocol: str) -> None:
    found = fails(TLS, {"tls": learnt(days_left=80, not_after="2030-01-01", protocol=protocol)})

    assert (found.reason, found.seen) == (Reason.TLS_PROTOCOL, f"{protocol}, at least TLSv1.2 is due")
    assert found.cause == "the edge and a current client find no common TLS protocol for www.acme.invalid"
