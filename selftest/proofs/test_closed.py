"""The proof `closed`: ports of inner services accept nothing at the public name."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import Said, fails, learnt, page_check, passes, silent, steps, unproven
from stagecheck.outcome import Reason

CHECK = page_check("closed", {"ports": {"postgresql": [5432], "vault": [8200]}})


OPEN = {"port-443": learnt(addresses={"192.0.2.1": "ok"})}


def heard(**facts: Any) -> dict[str, Said]:
    return {**OPEN, "port-5432": silent(), "port-8200": learnt(**facts)}


def test_connects_to_each_port_of_the_public_name() -> None:
    asked = steps(CHECK)

    assert {name: step.timeout for name, step in asked.items()} == {
        "port-443": None,
        "port-5432": 2.0,
        "port-8200": 2.0,
    }
    assert {str(step.identity) for step in asked.values()} == {"anonymous"}
    assert {name: (step.probe, step.base) for name, step in asked.items()} == {
        "port-443": ("tcp", "tcp://www.acme.invalid:443"),
        "port-5432": ("tcp", "tcp://www.acme.invalid:5432"),
        "port-8200": ("tcp", "tcp://www.acme.invalid:8200"),
    }


@pytest.mark.parametrize("reason", [Reason.CONNECT, Reason.TIMEOUT])
def test_a_refusal_and_silence_are_shut(reason: Reason) -> None:
    assert passes(CHECK, {**OPEN, "port-5432": silent(reason), "port-8200": silent(reason)})


@pytest.mark.parametrize("addresses", [{"192.0.2.1": "ok"}, {"192.0.2.1": "refused", "2001:db8::1": "ok"}])
def test_an_open_port_at_any_address_is_published(addresses: dict[str, str]) -> None:
    found = fails(CHECK, heard(addresses=addresses))

    assert (found.reason, found.step) == (Reason.PUBLISHED, "port-8200")
    assert found.seen == "8200 (vault) accepts connections, of 2 ports that must not"
    assert found.must_hold == "no port of an inner service is open at www.acme.invalid"
    assert "vault is published on the public address of www.acme.invalid" in found.cause


def test_all_open_ports_are_told() -> None:
    both = learnt(addresses={"192.0.2.1": "ok"})

    found = fails(CHECK, {**OPEN, "port-5432": both, "port-8200": both})

    assert found.step == "port-5432"
    assert found.seen == "5432 (postgresql), 8200 (vault) accept connections, of 2 ports that must not"


def test_where_no_port_at_all_is_reached_nothing_is_proven() -> None:
    found = unproven(CHECK, {**heard(), "port-443": silent(Reason.TIMEOUT)})

    assert (found.step, found.seen) == ("port-443", "port 443 accepts no connection")
    assert found.cause == "nothing is proven: the suite reaches no port at all of the public address"
