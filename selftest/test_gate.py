from __future__ import annotations

from typing import Any

import pytest

from selftest.told import check
from stagecheck import gate, record
from stagecheck.gate import Judgement, judge
from stagecheck.outcome import Finding, Outcome, Reason, Verdict
from stagecheck.plan import Plan

ROOT = "routing[root/things/answers]"
DOWN = {"id": ROOT, "outcome": "failed", "reason": "connect", "message": "the shop is down"}


def planned(*services: str, required: bool = True) -> Plan:
    checks = (
        check("answers", service=service, expect={"status": 200}, about={"required": required}) for service in services
    )
    return Plan(tuple(checks), (), "digest")


def heard(plan: Plan, *outcomes: str, root: dict[str, str] | None = None, reason: Reason = Reason.STATUS) -> list[Any]:
    """A record for each check of the plan, in its order."""
    findings = (Finding(Outcome(word), reason, "a", "b", "c") if word != "passed" else None for word in outcomes)
    return [
        record.of(one, finding, root=root if word == "blocked" else None)
        for one, word, finding in zip(plan.checks, outcomes, findings, strict=True)
    ]


def of(*outcomes: str, required: bool = True, root: dict[str, str] | None = None, **more: Any) -> Judgement:
    plan = planned(*(f"s{number}" for number in range(len(outcomes))), required=required)
    return judge(plan, heard(plan, *outcomes, root=root), **more)


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        (["passed", "passed"], Verdict.PROMOTE),
        (["passed", "known"], Verdict.PROMOTE),
        (["passed", "failed"], Verdict.HOLD),
        (["passed", "inconclusive"], Verdict.INCONCLUSIVE),
        (["failed", "inconclusive"], Verdict.HOLD),
    ],
)
def test_required_checks_decide(outcomes: list[str], verdict: Verdict) -> None:
    judgement = of(*outcomes)

    assert judgement.verdict is verdict
    assert bool(judgement.reasons) is (verdict is not Verdict.PROMOTE)


@pytest.mark.parametrize("outcome", ["failed", "inconclusive", "blocked"])
def test_what_is_not_required_is_told_and_holds_nothing(outcome: str) -> None:
    judgement = of("passed", outcome, required=False, root=DOWN)

    assert judgement.verdict is Verdict.PROMOTE
    assert judgement.counts[outcome] == 1


def test_a_planned_check_that_was_not_selected_is_filtered() -> None:
    plan = planned("a", "b")
    judgement = judge(plan, heard(plan, "passed", "passed")[:1], selected=[plan.checks[0].id])

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.filtered
    assert [one["reason"] for one in judgement.checks] == ["", "filtered"]
    assert judgement.reasons == ("1 planned check was filtered out: routing[b/things/answers]",)


def test_a_selected_check_that_was_not_reached_is_not_heard() -> None:
    plan = planned("a", "b")
    judgement = judge(plan, heard(plan, "passed", "passed")[:1])

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.checks[1]["reason"] == "not_heard"


def test_even_what_is_not_required_must_be_heard() -> None:
    plan = planned("a", "b", required=False)

    assert judge(plan, heard(plan, "passed", "passed")[:1]).verdict is Verdict.INCONCLUSIVE


def test_a_filtered_run_may_still_hold() -> None:
    plan = planned("a", "b")

    assert judge(plan, heard(plan, "failed", "passed")[:1], selected=[plan.checks[0].id]).verdict is Verdict.HOLD


def test_a_check_heard_twice_proves_nothing() -> None:
    plan = planned("a")
    judgement = judge(plan, heard(plan, "passed") * 2)

    assert judgement.reasons == ("1 check was heard more than once: routing[a/things/answers]",)


def test_a_failure_heard_before_a_pass_is_not_forgotten() -> None:
    plan = planned("a")

    assert judge(plan, [*heard(plan, "failed"), *heard(plan, "passed")]).verdict is not Verdict.PROMOTE


def test_a_check_that_nobody_planned_proves_nothing() -> None:
    judgement = judge(planned("a"), heard(planned("a", "b"), "passed", "passed"))

    assert judgement.reasons == ("1 check was heard that is not planned: routing[b/things/answers]",)


def test_blocked_beside_a_red_root_holds() -> None:
    plan = planned("a", "root")
    judgement = judge(plan, heard(plan, "blocked", "failed", root=DOWN))

    assert judgement.verdict is Verdict.HOLD
    assert judgement.roots == (gate.Root(ROOT, "connect", "the shop is down", 1),)


def test_blocked_holds_where_the_root_itself_was_not_selected() -> None:
    plan = planned("a", "root")
    judgement = judge(plan, heard(plan, "blocked", "failed", root=DOWN)[:1], selected=[plan.checks[0].id])

    assert judgement.verdict is Verdict.HOLD
    assert judgement.reasons[0] == f"1 required check blocked by {ROOT}: connect: the shop is down"


@pytest.mark.parametrize("own", ["failed", "inconclusive"])
def test_of_many_that_are_red_those_are_named_that_others_stand_on(own: str) -> None:
    plan = planned("a", "b", "c", "root", "d")
    judgement = judge(plan, heard(plan, own, own, own, own, "blocked", root=DOWN))

    assert f": {ROOT}, routing[a/things/answers], routing[b/things/answers] and 1 more" in judgement.reasons[0]


@pytest.mark.parametrize("own", ["passed", "inconclusive", "known"])
def test_blocked_beside_a_root_that_is_not_red_is_inconclusive(own: str) -> None:
    plan = planned("a", "root")

    assert judge(plan, heard(plan, "blocked", own, root=DOWN)).verdict is Verdict.INCONCLUSIVE


def test_blocked_by_a_root_that_proved_nothing_is_inconclusive() -> None:
    assert of("blocked", root={**DOWN, "outcome": "inconclusive"}).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(("lowest", "verdict"), [("failed", Verdict.HOLD), ("passed", Verdict.INCONCLUSIVE)])
def test_a_root_that_is_blocked_itself_is_as_red_as_what_blocks_it(lowest: str, verdict: Verdict) -> None:
    plan = planned("a", "root", "base")
    above, root, base = heard(plan, "blocked", "blocked", lowest, root=DOWN)
    root["root"] = {**DOWN, "id": base["id"]}

    judgement = judge(plan, [above, root, base])

    assert judgement.verdict is verdict
    assert judgement.roots == (gate.Root(base["id"], "connect", "the shop is down", 2),)


def test_a_platform_of_the_runs_own_that_ended_is_the_one_reason_and_blames_nobody() -> None:
    plan = planned("a", "b")
    judgement = judge(plan, heard(plan, "failed", "passed"), troubles=["more"], ended="the platform ended by itself")

    assert (judgement.verdict, judgement.reasons) == (Verdict.INCONCLUSIVE, ("the platform ended by itself",))
    assert judgement.counts["failed"] == 1


def test_blocked_by_nothing_is_inconclusive() -> None:
    assert of("blocked").verdict is Verdict.INCONCLUSIVE


def test_troubles_forbid_promote() -> None:
    judgement = of("passed", troubles=["the clean-up broke"])

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reasons == ("the clean-up broke",)


@pytest.mark.parametrize(("outcome", "code"), [("passed", 0), ("failed", 1), ("inconclusive", 6)])
def test_exit_codes(outcome: str, code: int) -> None:
    assert of(outcome).exit_code == code


def test_nothing_planned_never_promotes() -> None:
    judgement = of()

    assert (judgement.verdict, judgement.exit_code) == (Verdict.INCONCLUSIVE, 5)


def test_counts_are_of_all_planned_checks() -> None:
    plan = planned("a", "b", "c")
    flaky = record.of(plan.checks[0], None, attempts=2)

    assert judge(plan, [flaky]).counts == {
        **{"passed": 1, "failed": 0, "inconclusive": 2, "blocked": 0, "known": 0},
        "flaky": 1,
    }


def test_a_long_list_is_cut() -> None:
    judgement = of(*["failed"] * 5)

    assert judgement.reasons[0].startswith("5 required checks failed: ")
    assert judgement.reasons[0].endswith(" and 2 more")


# -- what stopped a run, and how long its answers took


def stopped(reason: Reason, *outcomes: str) -> Judgement:
    """A run of which those without a word were stopped."""
    plan = planned(*(f"s{number}" for number in range(len(outcomes) + 2)))
    why = Finding(Outcome.INCONCLUSIVE, reason, "a", "the time was over", "c")
    left = [record.of(one, why) for one in plan.checks[len(outcomes) :]]
    before = Plan(plan.checks[: len(outcomes)], (), "digest")
    return judge(plan, [*heard(before, *outcomes), *left])


@pytest.mark.parametrize("reason", [Reason.DEADLINE, Reason.OVERLOAD])
def test_what_stopped_a_run_is_one_reason_for_all_that_it_left(reason: Reason) -> None:
    judgement = stopped(reason, "passed")

    assert (judgement.verdict, judgement.exit_code, judgement.filtered) == (Verdict.INCONCLUSIVE, 6, True)
    assert judgement.reasons == ("the time was over: 2 planned checks not asked, or not to the end",)


def test_a_failure_before_the_deadline_is_told_first() -> None:
    judgement = stopped(Reason.DEADLINE, "failed")

    assert judgement.verdict is Verdict.HOLD
    first, second = judgement.reasons
    assert first.startswith("1 required check failed: ")
    assert second.startswith("the time was over: 2 planned checks")


def test_a_failing_platform_is_the_one_reason_also_of_what_failed_before() -> None:
    judgement = stopped(Reason.OVERLOAD, "failed")

    assert judgement.verdict is Verdict.HOLD
    assert judgement.reasons == ("the time was over: 2 planned checks not asked, or not to the end",)


@pytest.mark.parametrize(
    ("seconds", "answers", "verdict", "reason"),
    [
        (1.0, 20, Verdict.PROMOTE, None),
        (2.0, 20, Verdict.HOLD, "p95 is over its limit: s0 2.000 s of 20 answers, at most 1.5 s"),
        (
            *(2.0, 19, Verdict.INCONCLUSIVE),
            "p95 of too few answers to judge: s0 2.000 s of 19 answers, at most 1.5 s",
        ),
    ],
)
def test_a_promised_latency_is_judged_over_the_run(
    seconds: float, answers: int, verdict: Verdict, reason: str | None
) -> None:
    plan = Plan(planned("s0").checks, (), "digest", {"s0": 1.5})
    tries = [{"status": 200, "trouble": None, "seconds": seconds}] * answers
    exchange = {"service": "s0", "request": "curl s0", "measured": True, "attempts": tries}
    judgement = judge(plan, [record.of(plan.checks[0], None, exchanges=[exchange])])

    assert judgement.verdict is verdict
    assert judgement.reasons == ((reason,) if reason else ())
    assert [one.p95 for one in judgement.latency] == [seconds]


def test_a_filtered_run_is_not_blamed_for_answers_that_it_lacks() -> None:
    plan = Plan(planned("s0").checks, (), "digest", {"s0": 1.5})
    judgement = judge(plan, [], selected=[])

    assert judgement.reasons == ("1 planned check was filtered out: routing[s0/things/answers]",)
