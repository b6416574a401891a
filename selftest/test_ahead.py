"""Checks are asked side by side before their items come, and each is told as if it had been asked alone."""

from __future__ import annotations

import json
import re
import threading
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from selftest import shops
from selftest.relay import relaying
from selftest.speaker import Asked, Say, reply, speaking
from selftest.told import check, environment, stored_check
from stagecheck import runner as runners
from stagecheck.ahead import Ahead, TooLate
from stagecheck.bounds import Bounds
from stagecheck.errors import Blocked, Inconclusive
from stagecheck.outcome import Reason
from stagecheck.plan import Check, Plan
from stagecheck.pytest_plugin import RUN, to_come

TOKENS = {"ACME_TOKEN": "acme-token-1c0ffee5", "ZETA_TOKEN": "zeta-token-2c0ffee6"}


def asking(n: int, **about: Any) -> Check:
    """A check that asks /things/N."""
    id = f"routing[shop/{n}/answers]"
    return check("answers", expect={"status": 200}, request={"path": f"/things/{n}"}, about={"id": id, **about})


CHECKS = [asking(n) for n in range(6)]


@dataclass
class Busy:
    """Answers 200, and notes how many requests were on their way at once; each takes `seconds`."""

    seconds: float = 0.05
    most: int = 0
    now: int = 0
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, asked: Asked, connection: Any) -> bytes:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.asked.append(f"{asked.method} {asked.target}")
        time.sleep(self.seconds)
        with self.lock:
            self.now -= 1
        return reply(200, b"{}", content_type="application/json")


@contextmanager
def ahead(say: Say, *checks: Check, begun: bool = True, **budgets: Any) -> Iterator[Ahead]:
    with speaking(say) as speaker:
        limits = {"requests_per_minute": 6000, "attempts": 1, "timeout": 5.0, **budgets}
        here = environment(gateway=f"http://{speaker.address}", services={}, budgets=limits)
        made = Ahead(here, Plan(checks, (), "digest"), "r1", TOKENS)
        if begun:
            made.begin(checks)
        try:
            yield made
        finally:
            made.close()


def test_checks_are_asked_side_by_side() -> None:
    together = threading.Barrier(len(CHECKS))

    def say(asked: Asked, connection: Any) -> bytes:
        together.wait(5)  # breaks unless all of them are on their way
        return reply(200, b"{}")

    with ahead(say, *CHECKS) as runner:
        heard = [runner.answers(one)["answer"].status for one in CHECKS]

    assert heard == [200] * len(CHECKS)


def test_an_item_waits_for_its_own_check_only() -> None:
    go_on = threading.Event()

    def say(asked: Asked, connection: Any) -> bytes:
        if asked.target == "/things/0":
            go_on.wait(5)
        return reply(200, b"{}")

    with ahead(say, *CHECKS[:2]) as runner:
        assert runner.answers(CHECKS[1])["answer"].status == 200
        assert runner.heard(CHECKS[0]) is None
        go_on.set()
        assert runner.answers(CHECKS[0])["answer"].status == 200


def test_no_more_connections_are_open_than_the_environment_allows() -> None:
    busy = Busy(0.01)
    checks = [asking(n, tenant=who) for n in range(40) for who in ("acme", "zeta", "")]
    checks = [replace(one, id=f"{one.id}@{one.tenant}") for one in checks]
    with speaking(busy) as speaker, relaying(speaker.address) as relay:
        budgets = {"requests_per_minute": 60000, "attempts": 1, "timeout": 5.0, "connections": 3}
        here = environment(gateway=f"http://{relay.address}", services={}, budgets=budgets)
        runner = Ahead(here, Plan(tuple(checks), (), "digest"), "r1", TOKENS)
        runner.begin(checks)
        exchanges = []
        for one in checks:
            exchanges.append(runner.answers(one)["answer"])
            runner.forget(one)
        runner.close()

    assert {(exchange.status, len(exchange.attempts)) for exchange in exchanges} == {(200, 1)}
    assert len(busy.asked) == len(checks)
    assert relay.most <= 3


def test_what_waits_for_a_connection_does_not_grow_slow_by_it() -> None:
    checks = [asking(n) for n in range(12)]

    with ahead(Busy(0.1), *checks, connections=1, timeout=1.0) as runner:
        exchanges = [runner.answers(one)["answer"] for one in checks]

    assert [exchange.trouble for exchange in exchanges] == [None] * len(checks)
    assert max(exchange.seconds for exchange in exchanges) < 1.0


@pytest.mark.parametrize(("about", "most"), [({}, 6), ({"serial": "one-at-a-time"}, 1)])
def test_checks_of_one_serial_key_are_asked_one_after_the_other(about: dict[str, str], most: int) -> None:
    checks = [asking(n, **about) for n in range(6)]
    busy = Busy()
    with ahead(busy, *checks) as runner:
        for one in checks:
            runner.answers(one)

    assert busy.most <= most
    assert busy.most > most / 3


def test_who_writes_is_alone_among_the_checks_of_its_service_and_keeps_its_order() -> None:
    stored, kept = stored_check(), []
    with_others: list[str] = []
    busy = Busy()

    def say(asked: Asked, connection: Any) -> bytes:
        if asked.target.startswith("/leads"):
            kept.append(asked.method)
            if busy.now:
                with_others.append(asked.target)
            body = json.dumps({"id": 7}).encode() if len(kept) < 4 else b"{}"
            return reply(404 if len(kept) == 4 else 200, body, content_type="application/json")
        return busy(asked, connection)

    with ahead(say, *CHECKS[:3], stored, *CHECKS[3:]) as runner:
        for one in (*CHECKS, stored):
            runner.answers(one)

    assert kept == ["POST", "GET", "DELETE", "GET"]
    assert with_others == []


def test_who_goes_beyond_a_limiters_bound_is_alone() -> None:
    limited = check("limited", {"limit": 3}, request={"path": "/limited"}, about={"service": "mail"})
    busy, met = Busy(0.02), []

    def say(asked: Asked, connection: Any) -> bytes:
        if asked.target == "/limited":
            met.append(busy.now)
            return reply(200, b"{}")
        return busy(asked, connection)

    with ahead(say, *CHECKS[:3], limited, *CHECKS[3:]) as runner:
        for one in (*CHECKS, limited):
            runner.answers(one)

    assert met
    assert set(met) == {0}


def test_a_root_is_judged_once_whoever_stands_on_it() -> None:
    root = asking(99)
    above = [asking(n, roots=(root.id,)) for n in range(24)]
    asked: list[str] = []

    def say(what: Asked, connection: Any) -> bytes:
        asked.append(what.target)
        time.sleep(0.05)
        return reply(503)

    with ahead(say, root, *above) as runner:
        for one in above:
            with pytest.raises(Blocked, match=r"^blocked by routing\[shop/99/answers\]"):
                runner.answers(one)

    assert asked == ["/things/99"]


def test_what_was_heard_is_judged_once_by_whoever_asks_and_whoever_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    procedure, judged = runners.procedure_of, Counter[str]()

    def counted(one: Check) -> Any:
        def holds(check: Check, setting: Any, answers: Any) -> Any:
            judged[check.id] += 1
            return procedure(one).holds(check, setting, answers)

        return replace(procedure(one), holds=holds)

    monkeypatch.setattr(runners, "procedure_of", counted)
    with ahead(Busy(0.0), *CHECKS) as runner:
        for one in CHECKS:
            runner.must_hold(one, runner.answers(one))

    assert judged == {one.id: 1 for one in CHECKS}


def test_what_breaks_ahead_breaks_its_own_item_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    procedure = runners.procedure_of

    def breaks(one: Check) -> Any:
        if one is CHECKS[0]:
            raise KeyError("broken")
        return procedure(one)

    monkeypatch.setattr(runners, "procedure_of", breaks)
    with ahead(Busy(0.0), *CHECKS) as runner:
        assert [runner.answers(one)["answer"].status for one in CHECKS[1:]] == [200] * 5
        with pytest.raises(KeyError):
            runner.answers(CHECKS[0])


def test_the_time_of_a_check_is_that_of_its_asking() -> None:
    with ahead(Busy(0.2), CHECKS[0], CHECKS[1]) as runner:
        runner.answers(CHECKS[0])
        began = time.monotonic()
        runner.answers(CHECKS[1])
        waited = time.monotonic() - began
        assert runner.took(CHECKS[1]) >= 0.2 > waited
        assert runner.took(asking(7)) == 0


def test_few_answers_wait_to_be_needed() -> None:
    checks = [asking(n) for n in range(40)]
    busy = Busy(0.0)
    with ahead(busy, *checks, connections_in_all=2) as runner:
        patience = time.monotonic() + 20
        while len(busy.asked) < 4 and time.monotonic() < patience:
            time.sleep(0.05)
        time.sleep(0.2)
        unneeded = len(busy.asked)
        for one in checks:
            runner.answers(one)
            runner.forget(one)

    assert unneeded == 4
    assert len(busy.asked) == 40


def test_what_its_own_item_was_quicker_to_tell_is_not_asked_again() -> None:
    busy = Busy(0.0)
    with ahead(busy) as runner:
        runner.answers(CHECKS[0])
        runner.forget(CHECKS[0])
        with pytest.raises(TooLate):
            runner.answers(CHECKS[0])

    assert len(busy.asked) == 1


# -- what ends it


def test_once_it_is_closed_nothing_more_is_sent() -> None:
    checks = [asking(n) for n in range(40)]
    busy = Busy(0.1)
    with ahead(busy, *checks, connections_in_all=2):
        time.sleep(0.05)

    assert len(busy.asked) == 2


def test_what_was_planted_is_removed_though_the_run_is_stopped() -> None:
    stored, kept = stored_check(), []
    planted = threading.Event()

    def say(asked: Asked, connection: Any) -> bytes:
        kept.append(asked.method)
        if asked.method == "POST":
            planted.set()
            time.sleep(0.2)
        return reply(200, json.dumps({"id": 7}).encode(), content_type="application/json")

    with ahead(say, stored):
        planted.wait(5)

    assert kept == ["POST", "DELETE", "GET"]


def test_who_waits_for_the_pace_is_woken_when_the_run_is_stopped() -> None:
    began = time.monotonic()
    with ahead(Busy(0.0), *CHECKS[:2], requests_per_minute=1) as runner:
        time.sleep(0.3)

    heard = [runner.heard(one) for one in CHECKS[:2]]
    troubles = [one["answer"].trouble.detail for one in heard if one is not None and one["answer"].trouble is not None]
    assert troubles == ["the run was stopped"]
    assert time.monotonic() - began < 10


def test_what_was_heard_in_time_is_told_after_the_deadline() -> None:
    with speaking(Busy(0.0)) as speaker:
        budgets = {"requests_per_minute": 6000, "attempts": 1, "timeout": 5.0}
        here = environment(gateway=f"http://{speaker.address}", services={}, budgets=budgets)
        ends = Bounds(1.0, time.monotonic() + 1.0)
        runner = Ahead(here, Plan(tuple(CHECKS), (), "digest"), "r1", TOKENS, bounds=ends)
        runner.begin(CHECKS[:5])
        time.sleep(1.2)
        heard = [runner.answers(one)["answer"].status for one in CHECKS[:5]]
        with pytest.raises(Inconclusive) as raised:
            runner.answers(CHECKS[5])
        runner.close()

    assert heard == [200] * 5
    assert raised.value.finding.reason is Reason.DEADLINE


# -- which checks


def session(checks: list[Check], workers: int = 1, **options: Any) -> Any:
    items = [
        SimpleNamespace(nodeid=f"tests/test_routing.py::test_{one.id}") for one in (*checks, replace(checks[0], id="x"))
    ]
    plan = Plan(tuple(checks), (), "digest")
    run = SimpleNamespace(bounds=Bounds(workers=workers), check=lambda node: plan.find(node.partition("::test_")[2]))
    option = SimpleNamespace(**{"maxfail": 0, **options})
    return SimpleNamespace(items=items, config=SimpleNamespace(stash={RUN: run}, option=option))


STOPS: dict[str, Callable[[], Any]] = {
    "-x and --maxfail": lambda: session(CHECKS, maxfail=1),
    "--stepwise": lambda: session(CHECKS, stepwise=True),
    "-n 2": lambda: session(CHECKS, workers=2),
}


def test_all_items_to_come_are_asked_ahead_in_their_order() -> None:
    assert to_come(session(CHECKS[::-1])) == CHECKS[::-1]


@pytest.mark.parametrize("stops", STOPS.values(), ids=STOPS)
def test_nothing_is_asked_ahead_where_it_may_never_be_needed_or_another_asks_it(stops: Callable[[], Any]) -> None:
    assert to_come(stops()) == []


def test_nothing_is_kept_of_what_its_item_was_done_with_before() -> None:
    root, other = CHECKS[0], replace(CHECKS[1], roots=(CHECKS[0].id,))

    with ahead(Busy(), root, other, begun=False) as runner:
        for one in (root, other):
            runner.answers(one)
            runner.forget(one)
        runner.begin([root, other])
        while runner._next < 2 or any(thread.is_alive() for thread in runner._threads):
            time.sleep(0.01)

    assert (runner._bytes, runner._judged, runner._found) == ({}, {}, {})
    assert runner.heard(root) is not None
    assert runner.heard(other) is None


# -- a whole run


NAMES = ("first-slow", "second-slow", "third-quick", "fourth-quick")
SPEAKS = """\
    print("printed by", check.name)
    print("with", __import__("os").environ["ACME_TOKEN"])
    __import__("os").system("echo by a child process, $ACME_TOKEN >&2")
    __import__("logging").getLogger("anybody").warning("logged by %s", check.name)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, ET.Element], dict[str, str]]:
    """Of a run whose items speak: the case in JUnit by entry, and what Allure has of its output."""

    def say(asked: Asked, connection: Any) -> bytes:
        time.sleep(0.5 if asked.target.endswith("slow") else 0)
        return reply(200)

    with speaking(say) as gateway:
        project = shops.folder(tmp_path_factory.mktemp("told") / "p", gateway.address)
        entries = [
            {"id": name, "kind": "routing", "as": "anonymous", "request": {"path": f"/{name}"}}
            | {"expect": {"status": 200}, "proofs": {"answers": {}}}
            for name in NAMES
        ]
        project.target("things", checks=entries)
        module = project.path / "tests" / "test_routing.py"
        module.write_text(module.read_text() + SPEAKS)
        ran = project.run("-o", "junit_logging=all", ACME_TOKEN="planted-token-of-acme")
        assert ran.code == 0, ran.out
        assert "planted-token-of-acme" not in ran.out
    reports = project.path / "reports"
    cases = {case.attrib["name"]: case for case in ET.parse(reports / "junit.xml").iter("testcase")}
    results = [json.loads(path.read_text()) for path in (reports / "allure-results").glob("*-result.json")]
    output = {
        result["name"]: "".join(
            (reports / "allure-results" / one["source"]).read_text() for one in result["attachments"]
        )
        for result in results
    }
    kept = [f"routing[things/{name}/answers]" for name in NAMES]
    return {id: cases[f"test_{id}"] for id in kept}, {id: output[id] for id in kept}


def test_the_time_of_an_item_is_that_of_its_own_asking(told: tuple[dict[str, ET.Element], dict[str, str]]) -> None:
    times = [float(case.attrib["time"]) for case in told[0].values()]

    # Both slow ones were asked at once, so whoever came second had its answer by then.
    assert min(times[:2]) >= 0.5
    assert min(times[:2]) > min(times[2:])


def test_what_an_item_prints_and_logs_stands_with_it_alone_and_without_secrets(
    told: tuple[dict[str, ET.Element], dict[str, str]],
) -> None:
    cases, output = told
    for id, case in cases.items():
        name = id.removeprefix("routing[").removesuffix("]")
        for text in ("".join(case.itertext()), output[id]):
            assert re.findall(r"printed by (\S+)", text) == [name]
            assert re.findall(r"logged by (\S+)", text) == [name]
            assert re.findall(r"with (\S+)", text) == ["$ACME_TOKEN"]
            assert re.findall(r"by a child process, (\S+)", text) == ["$ACME_TOKEN"]
