"""How many connections are open at once, and the one request that is sent alone."""

from __future__ import annotations

import gc
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from selftest.relay import relaying
from selftest.speaker import reply, reset, speaking, wired
from stagecheck.bounds import Bounds
from stagecheck.exchange import Troubled
from stagecheck.model import Identity, Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES
from stagecheck.probes.crowd import Crowd

SHOP, MAIL = ("http", "shop.test", 80), ("http", "mail.test", 80)
HOLD = """\
import sys, time
from pathlib import Path
from stagecheck.probes.crowd import Crowd
place = Crowd(Path(sys.argv[1]), 2, 3).enter(("http", "shop.test", 80), time.monotonic() + 5)
print("in", flush=True)
time.sleep(60)
"""


@pytest.fixture(params=[False, True], ids=["in files", "in memory"])
def crowd(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Crowd]:
    crowd = Crowd(tmp_path, 2, 3, only=request.param)
    yield crowd
    crowd.close()


def soon() -> float:
    return time.monotonic() + 0.1


def test_an_origin_and_the_whole_have_their_most(crowd: Crowd) -> None:
    places = [crowd.enter(SHOP, soon()) for _ in range(2)]

    with pytest.raises(Troubled, match="no connection of the run's 2 became free"):
        crowd.enter(SHOP, soon())
    places.append(crowd.enter(MAIL, soon()))
    with pytest.raises(Troubled, match="no connection of the run's 3 became free"):
        crowd.enter(MAIL, soon())

    places[0].leave()
    places[0].leave()
    crowd.enter(MAIL, soon()).leave()
    for place in places:
        place.leave()


def test_a_place_is_waited_for(crowd: Crowd) -> None:
    places = [crowd.enter(SHOP, soon()) for _ in range(2)]
    threading.Timer(0.2, places[0].leave).start()
    began = time.monotonic()
    crowd.enter(SHOP, began + 5).leave()

    assert 0.15 < time.monotonic() - began < 4
    places[1].leave()


@pytest.mark.parametrize("only", [False, True])
def test_the_parts_of_one_process_share_their_places(only: bool, tmp_path: Path) -> None:
    one, other = Crowd(tmp_path, 2, 3, only=only), Crowd(tmp_path, 2, 3, only=only)
    places = [one.enter(SHOP, soon()), other.enter(SHOP, soon())]

    with pytest.raises(Troubled, match="no connection of the run's 2 became free"):
        other.enter(SHOP, soon())
    places.pop().leave()
    one.enter(SHOP, soon()).leave()
    places.pop().leave()


def test_a_place_that_nobody_left_is_gone_with_those_who_could(tmp_path: Path) -> None:
    Crowd(tmp_path, 2, 3, only=True).enter(SHOP, soon())
    gc.collect()

    Crowd(tmp_path, 1, 1, only=True).enter(SHOP, soon()).leave()


def test_only_a_run_of_several_processes_has_files(tmp_path: Path) -> None:
    for name, only in {"one": True, "several": False}.items():
        (tmp_path / name).mkdir()
        Crowd(tmp_path / name, 2, 3, only=only).enter(SHOP, soon()).leave()

    assert [*(tmp_path / "one").iterdir()] == []
    assert len([*(tmp_path / "several").iterdir()]) == 2


def test_the_places_of_a_killed_process_are_free(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path, 2, 3)
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    others = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.stdout and process.stdout.readline() for process in others] == [b"in\n"] * 2
    with pytest.raises(Troubled):
        crowd.enter(SHOP, soon())
    for process in others:
        process.kill()
        process.communicate()

    crowd.enter(SHOP, soon()).leave()


def test_nothing_else_is_on_its_way_while_one_measures_alone(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path, 2, 3, workers=2)
    busy, told = threading.Event(), []

    def others() -> None:
        with crowd.among_others(time.monotonic() + 5):
            busy.set()
            time.sleep(0.2)
            told.append("other")
        crowd.close()

    thread = threading.Thread(target=others)
    thread.start()
    busy.wait(5)
    with crowd.alone(time.monotonic() + 5), crowd.among_others(time.monotonic() + 5):
        told.append("alone")
    thread.join()
    crowd.close()

    assert told == ["other", "alone"]


def test_nothing_of_another_thread_is_on_its_way_while_one_measures_alone(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path, 2, 3)
    busy, told = threading.Event(), []

    def others(first: bool) -> None:
        with crowd.among_others(time.monotonic() + 5):
            busy.set()
            time.sleep(0.1)
            told.append("before" if first else "after")

    before, after = threading.Thread(target=others, args=(True,)), threading.Thread(target=others, args=(False,))
    before.start()
    busy.wait(5)
    with crowd.alone(time.monotonic() + 5), crowd.among_others(time.monotonic() + 5):
        after.start()
        time.sleep(0.2)
        told.append("alone")
    before.join(5)
    after.join(5)

    assert told == ["before", "alone", "after"]


def test_who_cannot_be_alone_among_threads_in_time_measures_all_the_same(tmp_path: Path) -> None:
    crowd, told = Crowd(tmp_path, 2, 3), []

    def measure() -> None:
        with crowd.alone(soon()):
            told.append("measured")

    with crowd.alone(soon()):
        thread = threading.Thread(target=measure)
        thread.start()
        thread.join(5)
        with crowd.among_others(soon()):
            told.append("still alone")

    assert told == ["measured", "still alone"]


def test_no_more_requests_are_on_their_way_than_there_are_places(tmp_path: Path) -> None:
    crowd, going, most = Crowd(tmp_path, 2, 3), [0], [0]
    lock = threading.Lock()

    def ask(origin: tuple[str, str, int]) -> None:
        with crowd.turn(origin, time.monotonic() + 5):
            with lock:
                going[0] += 1
                most[0] = max(most[0], going[0])
            time.sleep(0.02)
            with lock:
                going[0] -= 1

    threads = [threading.Thread(target=ask, args=(origin,)) for origin in (SHOP, MAIL) * 8]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert most == [3]


def test_whose_turn_does_not_come_in_time_goes_all_the_same(crowd: Crowd) -> None:
    with crowd.turn(SHOP, soon()), crowd.turn(SHOP, soon()):
        began = time.monotonic()
        with crowd.turn(SHOP, soon()):
            waited = time.monotonic() - began

    assert 0.05 < waited < 4


def test_who_cannot_be_alone_in_time_measures_all_the_same(tmp_path: Path) -> None:
    crowd, other = Crowd(tmp_path, 2, 3, workers=2), Crowd(tmp_path, 2, 3, workers=2)

    with other.among_others(soon()), crowd.alone(soon()):
        told = "measured"
    crowd.close()
    other.close()

    assert told == "measured"


# -- on the wire


def test_many_identities_hold_no_more_connections_than_the_environment_allows() -> None:
    variables = {"ACME_TOKEN": "t"}

    with speaking(lambda asked, _: reply(200, b"in")) as gateway, relaying(gateway.address) as relay, \
            wired(connect={"gateway.test:8001": relay.address}, variables=variables,
                  budgets={"connections": 2}) as wire:  # fmt: skip
        steps = [Step("s", raw_authorization=None, identity=Identity(who)) for who in ("", "acme")]
        steps += [Step("s", identity=Identity("", f"kind-{n}"), raw_authorization="Bearer x") for n in range(4)]
        heard = [PROBES["http"](step, wire).text for step in steps * 2]

    assert heard == ["in"] * 12
    assert relay.most == 2


@pytest.mark.parametrize(("workers", "one_process"), [(1, True), (1, False), (3, False)])
def test_one_place_for_all_workers_is_never_held_without_need(workers: int, one_process: bool, tmp_path: Path) -> None:
    bounds = Bounds(workers=workers, one_process=one_process, folder=str(tmp_path))
    run: Any = {"bounds": bounds, "budgets": {"connections": 1}}

    with speaking(lambda asked, _: reply(200, b"in")) as gateway, relaying(gateway.address) as relay, \
            wired(connect={"gateway.test:8001": relay.address}, **run) as one, \
            wired(connect={"gateway.test:8001": relay.address}, **run) as other:  # fmt: skip
        heard = [PROBES["http"](Step("s", retry=False, timeout=1.0), wire) for wire in (one, other, one)]

    assert heard[0].text == heard[2].text == "in"
    # What believes itself the only worker keeps its connection; among three each gives its place back.
    assert heard[1].text == ("in" if workers == 3 else "")
    assert relay.most == 1


def test_a_probe_below_http_takes_a_place_too_and_is_given_one(tmp_path: Path) -> None:
    with speaking(lambda asked, _: reply(200, b"in")) as gateway, relaying(gateway.address) as relay, \
            wired(connect={"gateway.test:8001": relay.address}, budgets={"connections": 1}) as wire:  # fmt: skip
        step = Step("s", base="http://gateway.test:8001", timeout=1.0)
        heard = [PROBES[probe](step, wire) for probe in ("http", "tcp", "http", "tls")]

    told = [exchange.trouble.detail for exchange in heard if exchange.trouble]
    assert len(told) == 1  # the gateway speaks no TLS
    assert "became free" not in told[0]
    assert relay.most == 1


def broken_off(asked: Any, connection: socket.socket) -> None:
    reset(connection)


def test_what_fails_gives_its_place_back(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # it has no certificate: the handshake breaks off

    one = {"connections": 1}

    with speaking(broken_off) as gateway, speaking(broken_off, context) as shop, \
            wired(gateway, connect={"www.acme.test:443": shop.address}, budgets=one) as wire:  # fmt: skip
        bases = ("http://gateway.test:8001", "https://www.acme.test", "https://www.zeta.test")
        heard = [PROBES["http"](Step("s", base=base, retry=False, timeout=2.0), wire) for base in bases * 2]

    reasons = [exchange.trouble and exchange.trouble.reason for exchange in heard]
    assert Reason.TIMEOUT not in reasons
    assert reasons[:3] == reasons[3:]
