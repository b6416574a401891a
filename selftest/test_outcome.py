"""The words of a result, which ledgers, reports and the gate match on."""

from __future__ import annotations

import pytest

from stagecheck.outcome import Finding, Outcome, Reason, Verdict, failed, inconclusive


def test_outcomes_and_verdicts_are_closed() -> None:
    assert [*Outcome] == ["passed", "failed", "inconclusive", "blocked", "known"]
    assert [*Verdict] == ["promote", "hold", "inconclusive"]


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_its_own_name_in_small_letters(reason: Reason) -> None:
    assert reason == reason.name.lower()
    assert f"{reason}" == reason.value


@pytest.mark.parametrize(("make", "outcome"), [(failed, Outcome.FAILED), (inconclusive, Outcome.INCONCLUSIVE)])
def test_a_finding_says_all_in_order(make, outcome: Outcome) -> None:
    assert make(Reason.LEAK, "must", "seen", "cause", "step") == Finding(
        outcome, Reason.LEAK, must_hold="must", seen="seen", cause="cause", step="step"
    )
    assert make(Reason.LEAK, "must", "seen", "cause").step == ""
