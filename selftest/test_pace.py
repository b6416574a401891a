"""The pace of a run: what several processes share of it, and what the platform says of it."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from selftest.speaker import reply, speaking, wired
from stagecheck import pace
from stagecheck.bounds import Bounds, begun
from stagecheck.exchange import Troubled
from stagecheck.model import Identity, Request, Step
from stagecheck.outcome import Reason
from stagecheck.pace import LAST, Pace
from stagecheck.probes import PROBES

TOKENS = {"ACME_TOKEN": "token-of-acme"}
ASK = """\
import sys
from pathlib import Path
from stagecheck.exchange import Troubled
from stagecheck.pace import Pace
pace, admitted = Pace(Path(sys.argv[1]), int(sys.argv[2])), 0
try:
    while True:
        pace.admit("acme", "shop", 0.0)
        admitted += 1
except Troubled as told:
    print(admitted, told.trouble.reason)
"""


@pytest.fixture(params=[False, True], ids=["two processes", "two parts of the only one"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Pace, Pace]]:
    """Two processes of one run, as far as they can tell, or two runners of its only one."""
    paces = Pace(tmp_path, 3, only=request.param), Pace(tmp_path, 3, only=request.param)
    yield paces
    for one in paces:
        one.close()


def refusal(one: Pace, tenant: str = "acme", service: str = "shop") -> Reason | None:
    """Why that tenant may not ask that service within no time at all."""
    try:
        one.admit(tenant, service, time.monotonic() + 0.05)
    except Troubled as told:
        return told.trouble.reason
    return None


def test_a_budget_is_one_for_all_processes_and_each_tenant_and_service_has_its_own(two: tuple[Pace, Pace]) -> None:
    first, second = two

    assert [refusal(one) for one in (first, second, first, second, first)] == [None] * 3 + [Reason.DEADLINE] * 2
    assert refusal(second, "zeta") is None
    assert refusal(second, "acme", "mail") is None


def test_one_part_of_a_process_ends_and_the_next_goes_on_within_the_same_budget(tmp_path: Path) -> None:
    janitor = Pace(tmp_path, 3, only=True)
    assert [refusal(janitor) for _ in range(2)] == [None, None]
    janitor.close()

    runner = Pace(tmp_path, 3, only=True)
    assert [refusal(runner) for _ in range(2)] == [None, Reason.DEADLINE]
    assert not list(tmp_path.iterdir())  # no file is needed


def test_another_run_of_the_same_process_has_a_pace_of_its_own(tmp_path: Path) -> None:
    assert [refusal(Pace(tmp_path / name, 1, only=True)) for name in ("one", "other")] == [None, None]


@pytest.mark.parametrize(("options", "files"), [({}, False), ({"workers": 0}, False), ({"workers": 1}, True)])
def test_one_worker_shares_its_pace_with_the_process_that_started_it(
    options: dict[str, int], files: bool, tmp_path: Path
) -> None:
    with wired(bounds=replace(begun("", **options), folder=str(tmp_path))) as wire:
        wire.pace.admit("acme", "shop", math.inf)

    assert (tmp_path / "pace.sqlite").exists() is files


def test_processes_that_ask_at_the_same_time_are_never_over_the_budget_together(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, str(tmp_path), "40"]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [process.communicate(timeout=60)[0].split() for process in started]

    assert sum(int(admitted) for admitted, _ in told) == 40
    assert {reason for _, reason in told} == {"deadline"}


def test_processes_may_begin_at_the_same_moment(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, str(tmp_path), "1"]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    told = [process.communicate(timeout=60)[0].split() for process in started]

    assert sorted(told) == [["0", "deadline"]] * 5 + [["1", "deadline"]]


@pytest.mark.parametrize("shared", [True, False])
def test_a_used_up_budget_is_waited_for(shared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "WINDOW", 400)
    one = Pace(tmp_path if shared else None, 2)
    began = time.monotonic()
    for _ in range(5):
        one.admit("acme", "shop", math.inf)
    one.close()

    assert time.monotonic() - began >= 0.8


def test_what_the_platform_asks_for_holds_for_that_tenant_and_service_in_all_processes(two: tuple[Pace, Pace]) -> None:
    first, second = two
    first.heard("acme", "shop", 429, (("Retry-After", "30"),))
    first.heard("acme", "shop", 200, (("RateLimit-Remaining", "0"), ("RateLimit-Reset", "1")))

    assert refusal(second) is Reason.DEADLINE
    assert refusal(second, "zeta") is None


def test_a_short_wait_is_waited(two: tuple[Pace, Pace]) -> None:
    first, second = two
    first.heard("acme", "shop", 200, (("RateLimit-Remaining", "0"), ("RateLimit-Limit", "120")))
    began = time.monotonic()
    second.admit("acme", "shop", math.inf)

    assert time.monotonic() - began >= 0.4


def test_failing_answers_slow_the_run_down_and_then_stop_it_everywhere(two: tuple[Pace, Pace]) -> None:
    first, second = two
    for _ in range(20):
        first.heard("acme", "shop", 200, ())
    assert refusal(second) is None

    for _ in range(20):
        first.heard("acme", "shop", 503, ())
    assert refusal(second, "zeta") is Reason.DEADLINE  # half of them: it would have to wait for longer
    assert second.overload() == ""

    for _ in range(11):
        first.heard("acme", "shop", 500, ())
    assert refusal(second) is Reason.OVERLOAD or second.overload()
    assert second.overload() == f"the platform is failing: 31 of the last {LAST} answers were 5xx"


def test_a_service_that_is_down_alone_stops_nothing(two: tuple[Pace, Pace]) -> None:
    first, _ = two
    for _ in range(LAST - 1):
        first.heard("acme", "shop", 503, ())

    assert first.overload() == ""


def test_a_platform_that_is_waited_for_may_fail(two: tuple[Pace, Pace]) -> None:
    first, second = two
    for _ in range(2 * LAST):
        first.heard("acme", "shop", 503, (), awaits=True)
    assert (first.overload(), refusal(second)) == ("", None)

    for _ in range(LAST):
        first.heard("acme", "shop", 503, ())
    second.admit("acme", "shop", time.monotonic() + 0.05, awaits=True)
    assert second.overload()


def test_a_silent_platform_is_not_counted(two: tuple[Pace, Pace]) -> None:
    first, _ = two
    for _ in range(2 * LAST):
        first.heard("acme", "shop", None, ())

    assert (first.overload(), refusal(first)) == ("", None)


# -- on the wire


def soon(seconds: float) -> Bounds:
    return Bounds(seconds, time.monotonic() + seconds)


def test_a_wait_is_no_part_of_the_exchanges_time() -> None:
    headers = {"ratelimit_remaining": "0", "ratelimit_limit": "120"}

    with speaking(lambda asked, _: reply(200, b"in", **headers)) as gateway, wired(gateway) as wire:
        began = time.monotonic()
        heard = [PROBES["http"](Step("s", service="shop"), wire) for _ in range(3)]
        took = time.monotonic() - began

    assert took >= 1.0
    assert max(exchange.seconds for exchange in heard) < 0.4


def test_a_step_that_means_to_be_refused_is_not_held_back() -> None:
    with speaking(lambda asked, _: reply(429, retry_after="30")) as gateway, \
            wired(gateway, budgets={"requests_per_minute": 1}, bounds=soon(5)) as wire:  # fmt: skip
        heard = [PROBES["http"](Step("s", service="shop", retry=False, paced=False), wire) for _ in range(3)]
        others = PROBES["http"](Step("s", service="shop", retry=False), wire)

    assert [exchange.status for exchange in (*heard, others)] == [429] * 4


def test_what_would_come_after_the_deadline_is_not_sent() -> None:
    with speaking(lambda asked, _: reply(200)) as gateway, \
            wired(gateway, TOKENS, budgets={"requests_per_minute": 1}, bounds=soon(5)) as wire:  # fmt: skip
        step = Step("s", service="shop", identity=Identity("acme"))
        first, second = (PROBES["http"](step, wire) for _ in range(2))

    assert first.status == 200
    assert second.trouble is not None
    assert second.trouble.reason is Reason.DEADLINE
    assert "the budget of 1 requests a minute is used up" in second.trouble.detail
    assert len(gateway.asked) == 1


def test_a_clean_up_is_sent_though_the_budget_is_used_up_and_the_run_over() -> None:
    with speaking(lambda asked, _: reply(204)) as gateway, \
            wired(gateway, budgets={"requests_per_minute": 1}, bounds=soon(-1)) as wire:  # fmt: skip
        wire.pace.admit("", "shop", math.inf)
        request = Request(method="DELETE", path="/leads/7")
        exchange = PROBES["http"](Step("s", request, service="shop", cleanup=True), wire)

    assert exchange.status == 204
