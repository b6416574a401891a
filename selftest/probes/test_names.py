"""Names become addresses by the environment's resolver, by the system's, or not at all."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from selftest.naming import name_server
from stagecheck.exchange import Troubled
from stagecheck.outcome import Reason
from stagecheck.probes import names


@pytest.fixture(scope="module")
def resolver() -> Iterator[str]:
    with name_server() as address:
        yield address


def soon(seconds: float = 2) -> float:
    return time.monotonic() + seconds


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", True), ("[::1]", True), ("::1", True), ("localhost", False), ("1.2.3", False)]
)
def test_an_address_is_told_from_a_name(host: str, expected: bool) -> None:
    assert names.is_address(host) is expected


def test_an_address_is_split_from_its_port() -> None:
    assert names.split("127.0.0.1:80") == ("127.0.0.1", 80)
    assert names.split("[::1]:80") == ("::1", 80)


def test_an_address_needs_no_server() -> None:
    assert names.ask("127.0.0.1", "", soon()).addresses == names.addresses("127.0.0.1", "", soon()) == ("127.0.0.1",)


def test_the_resolver_of_the_environment_is_asked(resolver: str) -> None:
    assert set(names.addresses("old.acme.test", resolver, soon())) == {"127.0.0.1", "127.0.0.2"}


def test_the_system_is_asked_as_by_every_other_program() -> None:
    assert "127.0.0.1" in names.addresses("localhost", "", soon())


def test_a_resolver_that_hangs_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(0.5) or [])

    with pytest.raises(Troubled, match="did not answer in time") as caught:
        names.addresses("www.acme.test", "", soon(0.1))

    assert caught.value.trouble.reason is Reason.TIMEOUT


def test_what_the_system_says_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(Troubled, match=r"www\.acme\.test: Name or service not known"):
        names.addresses("www.acme.test", "", soon())
