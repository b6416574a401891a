from __future__ import annotations

import datetime

import pytest

from selftest.scripted_runner import FRONT, SECRET, ScriptedRunner
from selftest.told import check
from stagecheck.errors import Blocked, CheckFailed, Inconclusive
from stagecheck.hearing import Hearing, Hearings
from stagecheck.known import Issue, Ledger
from stagecheck.outcome import Reason

CHECK = check("answers", expect={"status": 200})
TODAY = datetime.date(2030, 5, 10)


def known(reason: Reason = Reason.STATUS) -> Ledger:
    issue = Issue(id="old", check=CHECK.id, owner="shop-team", ticket="SHOP-17", expires=TODAY, reason=reason)
    return Ledger((issue,), TODAY)


def hearing(word: str, ledger: Ledger | None = None) -> Hearing:
    return Hearing(CHECK, ScriptedRunner({"things": word}), ledger or Ledger((), TODAY))


def test_a_pass_has_its_exchanges() -> None:
    heard = hearing("passed")

    assert heard.judge(heard.answers()) is None
    assert heard.record()["outcome"] == "passed"
    assert [exchange["step"] for exchange in heard.record()["exchanges"]] == ["answer"]


def test_a_failure_keeps_the_runners_own_text() -> None:
    heard = hearing("failed")
    answers = heard.answers()

    with pytest.raises(CheckFailed) as told:
        heard.judge(answers)
    assert heard.record()["text"] == str(told.value)


def test_blocked_names_its_root_and_whether_that_is_red() -> None:
    heard = hearing("blocked")

    with pytest.raises(Blocked):
        heard.answers()
    assert heard.root == FRONT
    assert heard.record()["outcome"] == "blocked"
    assert heard.record()["root"] == {
        "id": FRONT,
        "outcome": "failed",
        "reason": "status",
        "message": "the shop does not answer",
    }


def test_inconclusive_is_raised_before_any_judgement() -> None:
    heard = hearing("inconclusive")

    with pytest.raises(Inconclusive):
        heard.answers()
    assert (heard.record()["outcome"], heard.record()["reason"]) == ("inconclusive", "control_failed")


def test_a_known_failure_is_no_error() -> None:
    heard = hearing("failed", known())
    issue = heard.judge(heard.answers())

    assert issue is not None
    assert heard.record()["outcome"] == "known"
    assert heard.record()["ledger"]["ticket"] == "SHOP-17"


def test_a_known_failure_that_passes_is_red() -> None:
    heard = hearing("passed", known())
    answers = heard.answers()

    with pytest.raises(CheckFailed, match="known_passes"):
        heard.judge(answers)
    assert heard.record()["reason"] == "known_passes"


@pytest.mark.parametrize("word", ["broken", "broken-later"])
def test_an_error_of_the_engine_is_inconclusive_and_redacted(word: str) -> None:
    heard = hearing(word)

    with pytest.raises(Inconclusive, match=r"KeyError: '\$ACME_TOKEN'") as told:
        heard.judge(heard.answers())
    assert heard.record()["reason"] == "crashed"
    assert SECRET not in str(told.value) + str(heard.record())


def test_nothing_of_a_record_is_secret() -> None:
    heard = hearing("failed")
    answers = heard.answers()

    with pytest.raises(CheckFailed):
        heard.judge(answers)
    assert heard.record()["message"]["seen"] == "status: expected 200, got 503, $ACME_TOKEN"


def test_an_answer_that_cannot_be_shown_leaves_no_verdict() -> None:
    heard = hearing("unshowable")

    assert heard.judge(heard.answers()) is None
    told = heard.record()
    assert (told["outcome"], told["reason"], told["exchanges"]) == ("inconclusive", "crashed", [])
    assert SECRET not in told["text"]


def test_a_hearing_is_the_checks_until_it_ends() -> None:
    runner = ScriptedRunner({"things": "passed"})
    hearings = Hearings(runner, Ledger((), TODAY))
    assert hearings.known(CHECK) is None

    begun = hearings.begin(CHECK)
    begun.answers()
    assert hearings.known(CHECK) is hearings.of(CHECK) is begun
    assert runner.heard(CHECK) is not None

    hearings.end(CHECK)
    assert (hearings.known(CHECK), runner.heard(CHECK)) == (None, None)


def test_whoever_judges_without_having_asked_begins_a_hearing() -> None:
    hearings = Hearings(ScriptedRunner({"things": "passed"}), Ledger((), TODAY))

    assert hearings.of(CHECK) is hearings.known(CHECK) is not None


def test_a_check_that_is_asked_again_is_heard_anew() -> None:
    hearings = Hearings(ScriptedRunner({"things": "passed"}), Ledger((), TODAY))
    first = hearings.begin(CHECK)

    assert hearings.begin(CHECK) is hearings.of(CHECK) is not first
