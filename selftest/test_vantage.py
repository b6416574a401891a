from __future__ import annotations

from dataclasses import replace

import pytest

from selftest.told import check
from stagecheck import gate, record, vantage
from stagecheck.errors import BadInput
from stagecheck.gate import Judgement
from stagecheck.latency import Latency
from stagecheck.outcome import Finding, Outcome, Reason, Verdict
from stagecheck.plan import Plan
from stagecheck.steadiness import Steadiness


@pytest.mark.parametrize(("given", "name"), [(None, ""), ("eu", "eu"), ("eu-west-1", "eu-west-1")])
def test_a_name_is_kept(given: str | None, name: str) -> None:
    assert vantage.read(given) == name


@pytest.mark.parametrize("given", ["", "EU", "a b", "-eu", "e\nu", "ü", "x" * 41])
def test_what_is_no_name_is_refused(given: str) -> None:
    with pytest.raises(BadInput, match="--vantage: expected a name of small letters"):
        vantage.read(given)


def heard(outcome: Outcome, required: bool = True) -> Judgement:
    """One vantage's judgement on a plan of one check."""
    one = check("answers", expect={"status": 200}, about={"required": required})
    finding = None if outcome is Outcome.PASSED else Finding(outcome, Reason.DNS, "it answers", "nobody", "the name")
    return gate.judge(Plan((one,), (), "digest"), [record.of(one, finding)])


@pytest.mark.parametrize(
    ("outcome", "verdict", "sentence"),
    [
        (Outcome.FAILED, Verdict.HOLD, "passes from asia and eu, dns fails from us"),
        (Outcome.INCONCLUSIVE, Verdict.INCONCLUSIVE, "passes from asia and eu, dns proves nothing from us"),
    ],
)
def test_where_it_holds_and_where_not(outcome: Outcome, verdict: Verdict, sentence: str) -> None:
    good = heard(Outcome.PASSED)
    told = vantage.judged({"asia": good, "eu": good, "us": heard(outcome)})

    assert told.verdict is verdict
    assert told.reasons[0] == f"routing[shop/things/answers]: {sentence}"
    assert all(reason.startswith("from us: ") for reason in told.reasons[1:])
    assert told.counts[outcome] == 1


def test_what_all_see_alike_is_said_of_each() -> None:
    told = vantage.judged({"eu": heard(Outcome.FAILED), "us": heard(Outcome.FAILED)})

    assert [reason.partition(": ")[0] for reason in told.reasons] == ["from eu", "from us"]
    assert told.checks[0]["message"]["seen"] == "nobody"


def test_what_is_not_required_holds_nothing_and_is_told_in_its_row() -> None:
    told = vantage.judged({"eu": heard(Outcome.PASSED), "us": heard(Outcome.FAILED, required=False)})

    assert (told.verdict, told.reasons) == (Verdict.PROMOTE, ())
    assert vantage.difference(told.checks[0]).endswith("passes from eu, dns fails from us")


def test_the_slowest_and_the_shakiest_are_told() -> None:
    def timed(p95: float, failed: int) -> Judgement:
        latency, steadiness = Latency("shop", 30, p95, 0.5), Steadiness("shop", 30, failed, 0.1)
        return replace(heard(Outcome.PASSED), latency=(latency,), steadiness=(steadiness,))

    told = vantage.judged({"eu": timed(0.1, 9), "us": timed(0.9, 1)})

    assert [one.p95 for one in told.latency] == [0.9]
    assert [one.failed for one in told.steadiness] == [9]
