"""Shards and vantages as one run: as strict as one run would have been, and never better than its parts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from selftest.yesterday import NOW, SHA, issue, row, run, shard
from stagecheck import merge, past
from stagecheck.errors import BadInput
from stagecheck.merge import Merged, Part
from stagecheck.outcome import Verdict
from stagecheck.past import PastRun
from stagecheck.plan import Plan
from stagecheck.promotion import Terms, refusals
from stagecheck.reports import verdict

IDS = ("routing[a/things/answers]", "routing[b/things/answers]")
READY = "health[shop/ready/stable]"


def one(number: int, *rows: dict[str, Any], of: int = 2, about: Sequence[tuple[str, Any]] = (), **changes: Any) -> Part:
    """A shard with a check of its own; `about` changes what it says of the shard, `changes` what it says of the run."""
    own = rows or (row(IDS[number - 1]),)
    more = {"run": f"r{number}", "plan": f"part-{number}", "partial": True, **changes}
    return Part(f"{number}.json", run(*own, shard=shard(number, of, **dict(about)), **more), f"s{number}")


def merged(*parts: Part, **more: Any) -> Merged:
    return merge.of(parts, **more)


def tries(
    *statuses: int, service: str = "shop", seconds: float = 0.1, request: str = "r", **more: Any
) -> dict[str, Any]:
    attempts = [{"status": status, "trouble": None, "seconds": seconds} for status in statuses]
    return {"service": service, "request": request, "eventually": False, "attempts": attempts, **more}


# ---- shards


def test_all_shards_are_one_run() -> None:
    whole = merged(
        one(2, records={"created": 2, "removed": 2, "cancelled": 0, "left": 0, "swept": 1}),
        one(
            1,
            row(IDS[0], evidence="evidence/a.json"),
            records={"created": 1, "removed": 0, "cancelled": 0, "left": 1, "swept": 0},
        ),
    )

    assert (whole.judgement.verdict, whole.judgement.reasons, whole.partial) == (Verdict.PROMOTE, (), False)
    assert [check["id"] for check in whole.judgement.checks] == list(IDS)
    assert [check["evidence"] for check in whole.judgement.checks] == ["s1/evidence/a.json", ""]
    assert whole.plan == "0123456789abcdef"
    assert whole.records == {"created": 3, "removed": 2, "cancelled": 0, "left": 1, "swept": 1}
    assert [part["name"] for part in whole.parts] == ["shard 2/2", "shard 1/2"]


def test_a_missing_shard_is_named_and_inconclusive() -> None:
    told = merged(one(1, of=3), one(3, row(IDS[1]), of=3))

    assert told.judgement.verdict is Verdict.INCONCLUSIVE
    assert told.judgement.reasons == ("1 of 3 shards missing: shard 2/3",)
    assert (told.partial, told.judgement.filtered) == (True, True)


def test_a_shard_without_an_end_is_missing() -> None:
    killed = one(2, row(IDS[1]), ended=None, verdict="inconclusive", reasons=["the run has not come to its end"])
    told = merged(one(1), Part("2.json", killed.run.model_copy(update={"checks": []})))

    assert told.judgement.verdict is Verdict.INCONCLUSIVE
    assert told.judgement.reasons == ("shard 2/2: the run has not come to its end",)
    assert told.partial


def test_what_holds_one_holds_all_and_roots_are_seen_over_all() -> None:
    down = {"id": IDS[0], "outcome": "failed", "reason": "status", "message": "down"}
    hold = {"verdict": "hold", "reasons": ["x"]}
    told = merged(one(1, row(IDS[0], "failed"), **hold), one(2, row(IDS[1], "blocked", root=down), **hold)).judgement

    assert told.verdict is Verdict.HOLD
    assert told.reasons[:2] == (
        f"1 required check failed: {IDS[0]}",
        f"1 required check blocked by {IDS[0]}: status: down",
    )
    assert [(root.id, root.blocked) for root in told.roots] == [(IDS[0], 1)]


def test_a_root_that_was_down_for_one_shard_alone_holds_all_the_same() -> None:
    down = {"id": IDS[0], "outcome": "failed", "reason": "status", "message": "down"}
    sentence = f"1 required check blocked by {IDS[0]}: status: down"
    blocked = one(2, row(IDS[1], "blocked", root=down), verdict="hold", reasons=[sentence])
    told = merged(one(1), blocked).judgement

    assert told.verdict is Verdict.HOLD
    assert told.reasons == (
        f"shard 2/2: {sentence}",
        f"1 blocked check has no root that failed: {IDS[1]}",
    )


def test_what_a_shard_says_of_its_run_is_kept() -> None:
    told = merged(one(1), one(2, verdict="inconclusive", reasons=["tests/x.py broke at call"])).judgement

    assert (told.verdict, told.reasons) == (Verdict.INCONCLUSIVE, ("shard 2/2: tests/x.py broke at call",))


def test_what_a_run_waits_for_is_in_all_and_the_worst_counts() -> None:
    red, about = row(READY, "failed", reason="not_ready"), [("checks", 3)]
    late = one(2, red, row(IDS[1]), about=about, verdict="hold", reasons=["x"])
    told = merged(one(1, row(READY), row(IDS[0]), about=about), late)

    assert [(check["id"], check["outcome"]) for check in told.judgement.checks][:1] == [(READY, "failed")]
    assert told.judgement.verdict is Verdict.HOLD


# ---- what all of them show together


def test_a_service_that_fails_a_little_everywhere_is_unsteady() -> None:
    asked = [tries(*[502] * 3, *[200] * 12)]
    told = merged(*(one(number, about=[("asked", asked), ("checks", 2)]) for number in (1, 2))).judgement

    assert told.verdict is Verdict.HOLD
    assert told.reasons[0].startswith("unsteady: shop failed 6 of 30 requests (20 %: 502)")
    assert [(one.answers, one.failed) for one in told.steadiness] == [(30, 6)]


def test_what_may_fail_at_first_is_not_unsteady() -> None:
    asked = [tries(*[502] * 6, *[200] * 12, eventually=True)]
    told = merged(one(1, about=[("asked", asked)]), one(2)).judgement

    assert (told.verdict, told.steadiness) == (Verdict.PROMOTE, ())


@pytest.mark.parametrize(("seconds", "verdict"), [(0.1, "promote"), (0.9, "hold")])
def test_the_p95_is_that_of_all_answers(seconds: float, verdict: str) -> None:
    about = [("asked", [tries(*[200] * 12, seconds=seconds)]), ("p95", {"shop": 0.5})]
    told = merged(one(1, about=about), one(2, about=about)).judgement

    assert told.verdict == verdict
    assert [(one.answers, one.p95, one.limit) for one in told.latency] == [(24, seconds, 0.5)]


def test_flaky_passes_are_counted_over_all() -> None:
    parts = [one(number, row(IDS[number - 1], flaky=True), about=[("flaky_at_most", 1)]) for number in (1, 2)]

    assert merged(*parts).judgement.reasons[0].startswith("2 checks passed only on a later attempt")


@pytest.mark.parametrize(("outcome", "verdict"), [("passed", "hold"), ("known", "promote")])
def test_a_pattern_of_the_ledger_is_judged_over_all(outcome: str, verdict: str) -> None:
    entry = issue(check="routing[*]")
    other = row(IDS[1], outcome, ledger=entry if outcome == "known" else None)

    assert merged(one(1, issues=[entry]), one(2, other, issues=[entry])).judgement.verdict == verdict


# ---- what is refused


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([one(1), one(2, environment="local")], "2.json: other environment: local, but staging in 1.json"),
        ([one(1), one(2, revision="")], f"2.json: other revision: none, but {SHA} in 1.json"),
        ([one(1), one(2, profile="nightly")], "2.json: other profile: nightly, but promotion in 1.json"),
        ([one(1), one(2, about=[("plan", "ff")])], "2.json: other plan: ff, but 0123456789abcdef in 1.json"),
        ([one(1), one(1)], "1.json: shard 1/2 is there twice"),
        ([one(1), one(2, of=3)], "2.json: one of 3 shards, but 1.json is one of 2"),
        ([one(1), one(2, row(IDS[0]))], f"2.json: {IDS[0]} is in 1.json, too: these are no shards of one plan"),
        ([one(1), Part("w.json", run())], "w.json: is about the whole plan, and so is there twice beside 1.json"),
        ([Part("v.json", run()), Part("w.json", run())], "v.json: is about the whole plan, and so is there twice"),
        ([one(1), one(2, about=[("checks", 3)]), one(2)], "2.json: shard 2/2 is there twice"),
        ([one(1, about=[("checks", 3)]), one(2)], "1.json: all shards together have 2 checks of a plan of 3"),
        ([one(1), one(2, row(IDS[1], "failed"))], "2.json: says promote, and its checks do not"),
        ([one(1), one(2, verdict="fine")], "2.json: not a verdict: 'fine'"),
        ([Part("w.json", run(plan="", reasons=["refused: x"]))], "w.json: nothing was planned: refused: x"),
        ([Part("w.json", run(vantages=["eu", "us"]))], "w.json: is merged already, from eu and us"),
        ([one(1), one(2, vantages=["eu"])], "1.json: nobody said where this run stood (--vantage), as of the others"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_is_not_of_one_plan_is_refused(parts: list[Part], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        merge.of(parts)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


# ---- vantages


def from_(place: str, *rows: dict[str, Any], **changes: Any) -> Part:
    return Part(f"{place}.json", run(*rows, vantages=[place], **changes), place)


def test_a_check_that_fails_from_one_vantage_holds_and_is_told_with_it() -> None:
    failed = row(outcome="failed", reason="dns", message={"must_hold": "a", "seen": "NXDOMAIN", "cause": "c"})
    told = merged(from_("eu"), from_("us", failed, verdict="hold", reasons=["1 required check failed: x"]))
    (check,) = told.judgement.checks

    assert told.judgement.verdict is Verdict.HOLD
    assert told.judgement.reasons == (
        "routing[shop/things/answers]: passes from eu, dns fails from us",
        "from us: 1 required check failed: x",
    )
    assert (check["outcome"], check["message"]["seen"]) == ("failed", "from us: NXDOMAIN")
    assert check["vantages"] == {
        "eu": {"outcome": "passed", "reason": ""},
        "us": {"outcome": "failed", "reason": "dns"},
    }
    assert told.vantages == ("eu", "us")


def test_shards_of_a_vantage_are_joined_before_it_is_held_beside_others() -> None:
    told = merged(one(1, vantages=["eu"]), from_("us", row(IDS[0]), row(IDS[1])))

    assert told.judgement.reasons == ("from eu: 1 of 2 shards missing: shard 2/2",)
    assert told.partial
    assert [part["name"] for part in told.parts] == ["shard 1/2, from eu", "from us"]


def test_a_vantage_that_must_be_there_is_missed() -> None:
    told = merged(from_("eu"), wanted=["eu", "us"]).judgement

    assert (told.verdict, told.reasons) == (Verdict.INCONCLUSIVE, ("nothing was heard from us",))


def test_each_address_and_the_certificate_that_ends_first_are_kept() -> None:
    def host(address: str, days: float) -> dict[str, Any]:
        certificate = {"issuer": "ca", "not_after": "2030-06-01T00:00:00+00:00", "days_left": days}
        return {"host": "www.acme.test", "addresses": [address], "certificate": certificate}

    (told,) = merged(from_("eu", hosts=[host("10.0.0.2", 9)]), from_("us", hosts=[host("10.0.0.1", 5)])).hosts

    assert (told["addresses"], told["certificate"]["days_left"]) == (["10.0.0.1", "10.0.0.2"], 5)


# ---- the gate


def told_by(whole: Merged, first: PastRun) -> PastRun:
    """The merged run as its verdict.json tells it."""
    about = (first.environment, whole.run_id, whole.started, Plan((), (), whole.plan), first.profile, first.revision)
    data = verdict.merged(verdict.Occasion(*about), whole)
    return past.parse(json.dumps(data).encode(), Path("verdict.json"))


def terms() -> Terms:
    return Terms(SHA, "staging", timedelta(minutes=30), "0123456789abcdef")


def why(*parts: Part) -> list[str]:
    return list(refusals(told_by(merge.of(parts), parts[0].run), terms(), NOW))


def test_the_gate_takes_all_shards_for_a_whole_run_and_nothing_less() -> None:
    assert why(one(1), one(2)) == []
    assert why(one(1), one(2, of=2, ended="2030-05-10T11:00:00+00:00", started="2030-05-10T10:59:00+00:00")) == [
        "too old: the run ended 60 min ago, at most 30 min is allowed"
    ]
    assert why(one(1))[:2] == [
        "partial: a shard is missing",
        "the verdict is inconclusive: 1 of 2 shards missing: shard 2/2",
    ]
    assert "partial: it is shard 1/2 alone; merge all of them first" in refusals(one(1).run, terms(), NOW)
