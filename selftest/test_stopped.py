"""What a run that must stop leaves behind, and a time budget that the suite's own load must not break."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from selftest.project import ENVIRONMENT, Project, Ran
from selftest.speaker import Asked, Say, Speaker, reply, speaking
from selftest.told import check, environment, stored_check
from stagecheck import bounds, pace, runner
from stagecheck.bounds import Bounds
from stagecheck.errors import CheckFailed, Inconclusive
from stagecheck.outcome import Reason
from stagecheck.pace import LAST
from stagecheck.plan import Check, Plan
from stagecheck.runner import Runner

TOKENS = {"ACME_TOKEN": "acme-token-1c0ffee5", "ZETA_TOKEN": "zeta-token-2c0ffee6"}
ANSWERS = check("answers", expect={"status": 200})
QUICK = check("answers", expect={"status": 200, "within": 0.3})
STORED = stored_check()


@contextmanager
def running(say: Say, *checks: Check, limits: Bounds | None = None, **budgets: Any) -> Iterator[tuple[Runner, Speaker]]:
    """A runner of these checks against a server that says that."""
    with speaking(say) as speaker:
        here = environment(
            gateway=f"http://{speaker.address}",
            services={},
            budgets={"requests_per_minute": 6000, "attempts": 1, "timeout": 5.0, **budgets},
        )
        made = Runner(here, Plan(checks, (), "digest"), "r1", TOKENS, bounds=limits)
        yield made, speaker
        made.close()


def ending(seconds: float) -> Bounds:
    return Bounds(seconds, time.monotonic() + seconds)


def refusal(made: Runner, one: Check) -> Inconclusive:
    with pytest.raises(Inconclusive) as raised:
        made.answers(one)
    return raised.value


def silent(asked: Asked, connection: Any) -> None:
    connection.recv(1)


# -- the run's deadline


def test_after_the_deadline_nothing_is_asked() -> None:
    with running(lambda asked, _: reply(200), ANSWERS, limits=ending(-1)) as (made, speaker):
        told = refusal(made, ANSWERS)

    assert speaker.asked == []
    assert told.finding.reason is Reason.DEADLINE
    seen = "the run's deadline of -1 s was over; it was not asked, or not to the end"
    assert str(told) == f"{ANSWERS.id} INCONCLUSIVE: deadline: {seen}"


def test_a_check_that_the_deadline_cuts_off_is_no_failure_of_the_platform() -> None:
    began = time.monotonic()

    with running(silent, ANSWERS, limits=ending(0.4)) as (made, _):
        told = refusal(made, ANSWERS)

    assert told.finding.reason is Reason.DEADLINE
    assert time.monotonic() - began < 3


def test_a_platform_that_takes_its_whole_time_has_failed() -> None:
    with running(silent, ANSWERS, limits=ending(60), timeout=0.3) as (made, _), pytest.raises(CheckFailed) as raised:
        made.must_hold(ANSWERS, made.answers(ANSWERS))

    assert raised.value.finding.reason is Reason.TIMEOUT


def test_a_root_that_the_deadline_cuts_off_blocks_nothing() -> None:
    root = check("answers", expect={"status": 200}, about={"id": "root"})
    above = check("whole", about={"roots": ("root",)})

    with running(silent, root, above, limits=ending(0.4)) as (made, _):
        told = refusal(made, above)

    assert told.finding.reason is Reason.DEADLINE


def keeping(asked: Asked, connection: Any) -> bytes | None:
    """Creates and removes at once, and never answers what is read."""
    if asked.method == "GET":
        return silent(asked, connection)
    return reply(201, b'{"id": 7}', content_type="application/json")


def test_what_was_planted_is_removed_after_the_deadline_too() -> None:
    with running(keeping, STORED, limits=ending(0.5), timeout=2.0) as (made, speaker):
        told = refusal(made, STORED)

    assert told.finding.reason is Reason.DEADLINE
    assert "DELETE" in [asked.method for asked in speaker.asked]


def test_the_clean_up_has_a_deadline_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CLEANUP", 0.5)

    def sulking(asked: Asked, connection: Any) -> bytes | None:
        if asked.method == "POST":
            return reply(201, b'{"id": 7}', content_type="application/json")
        return silent(asked, connection)

    began = time.monotonic()
    with running(sulking, STORED, limits=ending(0.3)) as (made, _):
        refusal(made, STORED)
        heard = made.heard(STORED)
    took = time.monotonic() - began

    assert took < 4
    assert heard is not None
    last = [exchange.trouble for exchange in heard.exchanges.values() if exchange.step.cleanup]
    assert [trouble.reason for trouble in last if trouble] == [Reason.DEADLINE] * len(last) != []


class Leads:
    """Keeps one record; `deletes` off, it does not answer a removal."""

    def __init__(self, deletes: bool = True) -> None:
        self.deletes = deletes
        self.record: dict[str, Any] | None = None

    def __call__(self, asked: Asked, connection: Any) -> bytes | None:
        if asked.method == "DELETE":
            if not self.deletes:
                return silent(asked, connection)
            self.record = None
            return reply(204)
        if asked.method == "POST":
            self.record = {"id": 7, **json.loads(asked.body)}
        body = json.dumps(self.record).encode()
        status = 404 if self.record is None else 201 if asked.method == "POST" else 200
        return reply(status, body, content_type="application/json")


def test_what_a_clean_up_that_was_cut_off_leaves_is_not_the_platforms_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CLEANUP", 0.3)

    with running(Leads(deletes=False), STORED) as (made, _):
        told = refusal(made, STORED)

    assert told.finding.reason is Reason.DEADLINE
    assert "may be left behind" in told.finding.cause


def test_a_clean_up_waits_for_the_budget_without_using_up_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "WINDOW", 1500)
    monkeypatch.setattr(runner, "CLEANUP", 1.0)

    with running(Leads(), STORED, requests_per_minute=2) as (made, speaker):
        made.must_hold(STORED, made.answers(STORED))

    assert [asked.method for asked in speaker.asked] == ["POST", "GET", "DELETE", "GET"]


def test_the_clean_up_outlives_the_run_by_a_bounded_time() -> None:
    assert 0 < bounds.CLEANUP < math.inf


# -- a platform that fails


def test_a_failing_platform_stops_the_run() -> None:
    with running(lambda asked, _: reply(503), ANSWERS) as (made, speaker):
        for _ in range(LAST):
            made.wire.pace.heard("acme", "shop", 503, ())
        told = refusal(made, ANSWERS)

    assert speaker.asked == []
    assert told.finding.reason is Reason.OVERLOAD
    assert f"{LAST} of the last {LAST} answers were 5xx" in str(told)


# -- time budgets


def after(*seconds: float) -> tuple[Say, list[float]]:
    """Answers after so many seconds, one after the other."""
    left = list(seconds)

    def say(asked: Asked, connection: Any) -> bytes:
        time.sleep(left.pop(0))
        return reply(200)

    return say, left


def test_a_slow_answer_is_measured_once_more_and_told() -> None:
    say, left = after(0.5, 0.0)

    with running(say, QUICK) as (made, _):
        heard = made.answers(QUICK)
        made.must_hold(QUICK, heard)

    assert left == []
    assert heard.attempts == 2
    assert heard["answer"].facts["not_alone_s"] >= 0.5


HEALTH = check("components", {"at": "$.services.*", "good": ["up"]})


@pytest.mark.parametrize(("states", "reason"), [(["down", "up"], None), (["down", "down"], Reason.COMPONENT_DOWN)])
def test_what_a_health_says_of_one_moment_is_asked_once_more(states: list[str], reason: Reason | None) -> None:
    bodies = [json.dumps({"services": {"mail": state}}).encode() for state in states]
    told = [reply(200, body, content_type="application/json") for body in bodies]

    found = None
    with running(lambda asked, connection: told.pop(0), HEALTH) as (made, _):
        try:
            made.must_hold(HEALTH, made.answers(HEALTH))
        except CheckFailed as failed:
            found = failed.finding.reason

    assert (told, found) == ([], reason)


def test_what_is_slow_alone_too_fails_with_both_times() -> None:
    say, _ = after(0.6, 0.4)

    with running(say, QUICK) as (made, speaker), pytest.raises(CheckFailed) as raised:
        made.must_hold(QUICK, made.answers(QUICK))

    assert len(speaker.asked) == 2
    assert raised.value.finding.reason is Reason.SLOW
    assert "expected within 0.3 s, took 0.4" in raised.value.finding.seen
    assert "s alone, and 0.6" in raised.value.finding.seen


def test_a_slow_write_is_not_sent_twice() -> None:
    say, _ = after(0.5, 0.0)
    write = {"method": "POST", "path": "/things", "body": {}}
    slow = check("answers", expect={"status": 200, "within": 0.3}, request=write)

    with running(say, slow) as (made, speaker), pytest.raises(CheckFailed):
        made.must_hold(slow, made.answers(slow))

    assert len(speaker.asked) == 1


# -- a whole run


def project(tmp_path: Path, speaker: Speaker, entries: int) -> Project:
    """A project whose checks are asked for real."""
    made = Project(tmp_path / "p")
    (made.folder / "tests" / "conftest.py").unlink()
    here = ENVIRONMENT.format(name="local").replace("127.0.0.1:9", speaker.address)
    made.write("targets/environments/local.yaml", here + "budgets: {requests_per_minute: 6000, attempts: 1}\n")
    for number in range(entries):
        made.entry(f"n{number:03}")
    return made


def outcomes(ran: Ran) -> set[tuple[str, str]]:
    return {(row["outcome"], row["reason"]) for row in ran.verdict["checks"]}


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_run_ends_within_its_deadline_and_tells_what_is_left(workers: list[str], tmp_path: Path) -> None:
    with speaking(silent) as speaker:
        ran = project(tmp_path, speaker, 6).run("--deadline", "4", *workers, ACME_TOKEN="t")

    assert (ran.code, ran.verdict["verdict"]) == (6, "inconclusive")
    assert outcomes(ran) == {("inconclusive", "deadline")}
    assert ran.verdict["reasons"] == [
        "the run's deadline of 4 s was over: 6 planned checks not asked, or not to the end"
    ]
    assert len((ran.reports / "heard.jsonl").read_text().splitlines()) == 6
    assert (ran.reports / "summary.md").exists()


def test_a_wait_ends_with_the_deadline_and_the_rest_is_not_asked(tmp_path: Path) -> None:
    with speaking(lambda asked, _: reply(503)) as speaker:
        made = project(tmp_path, speaker, 0)
        made.entry("front", root=True)
        made.entry("other")
        began = time.monotonic()
        ran = made.run("--wait", "600", "--deadline", "3", ACME_TOKEN="t")
        took = time.monotonic() - began

    told = {row["id"]: (row["outcome"], row["reason"]) for row in ran.verdict["checks"]}
    assert set(told.values()) == {("inconclusive", "deadline")}
    assert len(told) == 3
    assert ran.code == 6
    assert "got 503" in ran.out  # what was seen until then is told
    assert took < 60


def test_a_deadline_leaves_time_to_a_wait_that_is_short(tmp_path: Path) -> None:
    with speaking(lambda asked, _: reply(200)) as speaker:
        made = project(tmp_path, speaker, 0)
        made.entry("front", root=True)
        ran = made.run("--wait", "30", "--deadline", "300", ACME_TOKEN="t")

    assert (ran.code, ran.verdict["verdict"]) == (0, "promote"), ran.out


def test_a_failing_platform_stops_a_run_with_that_as_its_one_reason(tmp_path: Path) -> None:
    with speaking(lambda asked, _: reply(503)) as speaker:
        ran = project(tmp_path, speaker, LAST + 20).run("-n", "2", ACME_TOKEN="t")

    # Held, since checks failed until then; what was not asked proves nothing.
    assert (ran.code, len(ran.verdict["reasons"])) == (1, 1), ran.verdict["reasons"]
    assert ran.verdict["reasons"][0].startswith(f"the platform is failing: {LAST} of the last {LAST} answers were 5xx")
    assert outcomes(ran) == {("failed", "upstream_down"), ("inconclusive", "overload")}
    assert LAST <= len(speaker.asked) < LAST + 10


def test_p95_holds_a_run(tmp_path: Path) -> None:
    def slow(asked: Asked, connection: Any) -> bytes:
        time.sleep(0.05)
        return reply(200)

    with speaking(slow) as speaker:
        made = project(tmp_path, speaker, 20)
        path = made.folder / "targets" / "shop.yaml"
        path.write_text(path.read_text().replace("owner:", "p95: 0.04\nowner:"))
        ran = made.run("--reports", "first", reports="first", ACME_TOKEN="t")
        path.write_text(path.read_text().replace("0.04", "9.5"))
        again = made.run(ACME_TOKEN="t")

    told = ran.verdict["latency"]
    assert (ran.code, [one["service"] for one in told], told[0]["answers"]) == (1, ["shop"], 20)
    assert ran.verdict["reasons"][0].startswith("p95 is over its limit: shop 0.")
    assert "at most 0.04 s" in ran.out
    assert (again.code, again.verdict["reasons"]) == (0, [])


def test_a_deadline_that_is_none_is_bad_input(tmp_path: Path) -> None:
    with speaking(silent) as speaker:
        ran = project(tmp_path, speaker, 1).run("--deadline", "soon")

    assert ran.code == 4
    assert ran.err.strip() == "ERROR: --deadline: expected a number of seconds above 0, got 'soon'"
    assert json.loads((ran.reports / "verdict.json").read_text())["verdict"] == "inconclusive"
