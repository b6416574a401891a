"""A check that may take its time, against servers that become good, never do, or say that they never will."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

import pytest

from selftest.speaker import Asked, Say, reply
from selftest.test_stopped import ending, running
from selftest.told import check
from stagecheck import evidence, record
from stagecheck.errors import CheckFailed, Inconclusive
from stagecheck.eventually import word
from stagecheck.plan import Check
from stagecheck.runner import Runner

DONE = {"json": {"$.state": "done"}}
QUICK = {"backoff": 0.05, "timeout": 30.0}


def saying(*states: str | int) -> Say:
    """Each request gets the next state, or status; the last one again and again."""
    left = list(states)

    def say(asked: Asked, connection: Any) -> bytes:
        state = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(state, int):
            return reply(state, b"not yet")
        return reply(200, json.dumps({"state": state}).encode(), content_type="application/json")

    return say


def job(expect: dict[str, Any] = DONE, **eventually: Any) -> Check:
    return check("answers", expect=expect, eventually={**QUICK, **eventually})


def must_hold(made: Runner, one: Check) -> None:
    made.must_hold(one, made.answers(one))


def failure(made: Runner, one: Check) -> CheckFailed:
    with pytest.raises(CheckFailed) as raised:
        must_hold(made, one)
    return raised.value


def test_what_becomes_good_passes_flaky_with_all_that_was_seen() -> None:
    one = job()
    with running(saying(404, "queued", "queued", "done"), one) as (made, speaker):
        must_hold(made, one)
        heard = made.heard(one)

        assert heard is not None
        exchange = heard["answer"]
        shown = evidence.of(exchange, made.wire.credentials)
    assert [attempt.status for attempt in exchange.attempts] == [404, 200, 200, 200]
    assert record.of(one, None, attempts=heard.attempts)["flaky"]
    assert (shown["first"]["status"], shown["first"]["body"], shown["status"]) == (404, "not yet", 200)
    assert len(speaker.asked) == 4


def test_what_is_good_at_once_is_asked_once_and_is_not_flaky() -> None:
    one = job()
    with running(saying("done"), one) as (made, speaker):
        must_hold(made, one)
        heard = made.heard(one)

    assert heard is not None
    assert (heard.attempts, heard["answer"].first, len(speaker.asked)) == (1, None, 1)


def test_pauses_grow() -> None:
    one, times = job(backoff=0.2), []

    def say(asked: Asked, connection: Any) -> bytes:
        times.append(time.monotonic())
        return saying("queued" if len(times) < 4 else "done")(asked, connection)

    with running(say, one) as (made, _):
        must_hold(made, one)

    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert [pause >= least for pause, least in zip(pauses, (0.2, 0.3, 0.45), strict=True)] == [True] * 3


def test_what_never_becomes_good_fails_as_it_was_at_last() -> None:
    one = job(timeout=1.0)
    with running(saying(404, "queued"), one) as (made, speaker):
        told = failure(made, one)
        heard = made.heard(one)

    assert (told.finding.reason, "queued" in told.finding.seen) == ("wrong_content", True)
    assert heard is not None
    assert len(speaker.asked) == heard.attempts > 3
    assert heard["answer"].first is not None


def test_halt_if_ends_it_at_once_as_failed() -> None:
    one = job(halt_if={"json": {"$.state": "broken"}})
    with running(saying("queued", "broken", "done"), one) as (made, speaker):
        told = failure(made, one)

    assert (told.finding.reason, len(speaker.asked)) == ("wrong_content", 2)
    assert "halt_if" in told.finding.seen


def test_halt_if_fails_also_what_would_hold() -> None:
    one = job(expect={"status": 200}, halt_if={"json": {"$.state": "broken"}})
    with running(saying("broken"), one) as (made, _):
        told = failure(made, one)

    assert "for good" in told.finding.cause


def test_halt_if_sees_a_body_that_tells_an_error() -> None:
    one = job(halt_if={"matches": "gone for ever"})
    with running(lambda *_: reply(200, b'{"error": "gone for ever"}', content_type="application/json"), one) as (
        made,
        it,
    ):
        failure(made, one)

    assert len(it.asked) == 1


def test_until_is_waited_for_though_the_check_would_hold() -> None:
    one = job(expect={"status": 200}, until=DONE)
    with running(saying("queued", "queued", "done"), one) as (made, speaker):
        must_hold(made, one)

    assert len(speaker.asked) == 3


def test_an_until_that_never_comes_is_what_fails() -> None:
    one = job(expect={"status": 200}, until=DONE, timeout=0.3)
    with running(saying("queued"), one) as (made, _):
        told = failure(made, one)

    assert "'until'" in told.finding.must_hold


def test_what_does_not_hold_once_until_has_come_is_not_asked_again() -> None:
    one = job(expect={"status": 200, "lacks": ["done"]}, until=DONE)
    with running(saying("queued", "done"), one) as (made, speaker):
        told = failure(made, one)

    assert (told.finding.reason, len(speaker.asked)) == ("wrong_content", 2)


def test_the_deadline_of_the_run_comes_first_and_is_no_failure_of_the_platform() -> None:
    one = job(timeout=60.0)
    began = time.monotonic()
    with running(saying("queued"), one, limits=ending(1.0)) as (made, _), pytest.raises(Inconclusive) as raised:
        made.answers(one)

    assert (raised.value.finding.reason, time.monotonic() - began < 20) == ("deadline", True)


def test_a_check_without_it_is_asked_once() -> None:
    one = check("answers", expect=DONE)
    with running(saying("queued", "done"), one) as (made, speaker):
        failure(made, one)

    assert (word(one), len(speaker.asked)) == (None, 1)
