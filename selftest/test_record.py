from __future__ import annotations

import json

import pytest

from selftest.told import check
from stagecheck import record
from stagecheck.outcome import Reason, failed

CHECK = check("answers", expect={"status": 200})
RED = failed(Reason.STATUS, "it answers", "503", "the shop")


def test_no_finding_is_a_pass() -> None:
    made = record.of(CHECK, None)

    assert (made["outcome"], made["flaky"], made["reason"]) == ("passed", False, "")


def test_only_a_pass_is_flaky() -> None:
    assert record.of(CHECK, None, attempts=2)["flaky"] is True
    assert record.of(CHECK, RED, attempts=2)["flaky"] is False


@pytest.mark.parametrize("made", [record.of(CHECK, RED, root={"id": "x"}), record.crashed(CHECK, "it died")])
def test_a_record_is_plain_builtins(made: record.Record) -> None:
    assert json.loads(json.dumps(made)) == made
    assert type(made["outcome"]) is type(made["reason"]) is str


def test_a_crash_proves_nothing() -> None:
    made = record.crashed(CHECK, "worker 'gw0' crashed")

    assert (made["outcome"], made["reason"]) == ("inconclusive", "crashed")
    assert made["text"].splitlines()[0] == "routing[shop/things/answers] INCONCLUSIVE: crashed"
    assert "worker 'gw0' crashed" in made["text"]


@pytest.mark.parametrize("reason", [Reason.FILTERED, Reason.NOT_HEARD])
def test_what_was_not_heard_took_no_attempt(reason: Reason) -> None:
    made = record.not_heard(CHECK, reason)

    assert (made["outcome"], made["reason"], made["attempts"]) == ("inconclusive", reason, 0)
