"""The replica's cache is the real Redis: what it holds when it is well, what each fault changes, and how it ends."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from replica import catalog, redis
from selftest.replica_light import STORE_PASSWORD, Platform, running
from stagecheck.exchange import Troubled
from stagecheck.probes import resp

pytestmark = pytest.mark.skipif(not redis.is_here(), reason="needs redis-server: apt-get install redis-server")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("state"), light=("auth", "redis")) as started:
        yield started


def said(platform: Platform, *command: str, password: str = STORE_PASSWORD) -> Any:
    with socket.create_connection(("127.0.0.1", platform.ports["redis"]), timeout=5) as connection:
        talk = resp.Conversation(connection, "redis", time.monotonic() + 5)
        try:
            if password:
                talk.ask("AUTH", password)
            return talk.ask(*command)
        except resp.Refusal as refusal:
            return str(refusal).partition(" ")[0]


def keys(platform: Platform) -> int:
    """How many keys of the cache name no tenant."""
    return len(said(platform, "KEYS", "api:pages:*"))


# What is asked, what a healthy replica says, and what it says under the fault.
FAULTS: dict[str, tuple[Callable[[Platform], Any], Any, Any]] = {
    "redis-without-password": (lambda p: said(p, "PING", password=""), "NOAUTH", "PONG"),
    "redis-unbounded": (lambda p: said(p, "CONFIG", "GET", "maxmemory"), ["maxmemory", "33554432"], ["maxmemory", "0"]),
    "redis-in-memory-only": (lambda p: said(p, "CONFIG", "GET", "appendonly")[1], "yes", "no"),
    "redis-keys-without-tenant": (keys, 0, 20),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(platform: Platform, fault: str) -> None:
    seen, well, broken = FAULTS[fault]

    assert platform.seen(fault, seen) == (well, broken)


def test_it_can_be_absent(platform: Platform) -> None:
    with platform.fault("redis-down"), pytest.raises(ConnectionRefusedError):
        said(platform, "PING")


def test_its_port_can_accept_with_nobody_behind_it(platform: Platform) -> None:
    with platform.fault("redis-nobody"), pytest.raises(Troubled, match=r"redis: (closed|broke) the connection"):
        said(platform, "PING")


def test_every_fault_of_it_is_asked_about_here() -> None:
    names = {name for name in catalog.faults() if name.startswith("redis-")}

    assert names == {*FAULTS, "redis-down", "redis-nobody"}


def test_its_files_are_for_its_owner_only(platform: Platform) -> None:
    assert (platform.state / "redis").stat().st_mode & 0o777 == 0o700
    assert (platform.state / "redis" / "redis.conf").stat().st_mode & 0o777 == 0o600


def test_it_ends_with_the_process_that_started_it_however_that_ends(tmp_path: Path) -> None:
    with running(tmp_path, light=("redis",)) as platform:
        assert said(platform, "PING") == "PONG"
        platform.started["light"].kill()
        until = time.monotonic() + 5
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", platform.ports["redis"]), timeout=1).close()
            except ConnectionRefusedError:
                return
            time.sleep(0.02)
    pytest.fail("redis-server outlived the process that started it")
