from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from selftest.yesterday import NOW, SHA, issue, row, run, shard
from stagecheck.past import PastRun
from stagecheck.promotion import Terms, refusals, spoken

ROOT = {"id": "health[gateway/health/answers]", "outcome": "failed", "reason": "connect", "message": "down"}


def part(ended: str) -> dict[str, str]:
    told = {"name": "shard 1/2", "run": "r1", "started": "2030-05-10T10:00:00+00:00", "verdict": "promote"}
    return {**told, "ended": f"2030-05-10T{ended}:00+00:00"}


def why(told: PastRun, **terms: Any) -> list[str]:
    wanted = {"revision": SHA, "environment": "staging", "max_age": timedelta(minutes=30), **terms}
    return list(refusals(told, Terms(**wanted), NOW))


def test_a_promote_that_is_about_just_this_is_believed() -> None:
    known = row("routing[shop/old/answers]", "known", ledger=issue())

    assert why(run()) == []
    assert why(run(row(), known, row("routing[shop/x/answers]", "failed", required=False))) == []
    assert why(run(), plan_digest="0123456789abcdef") == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"environment": "local"}, "other environment: the run is about local, expected staging"),
        ({"revision": ""}, f"other revision: the run is about none, expected {SHA}"),
        ({"revision": SHA[:10]}, f"other revision: the run is about {SHA[:10]}, expected {SHA}"),
        ({"profile": "nightly"}, "other profile: the run is about nightly, expected promotion"),
        ({"plan": ""}, "nothing was planned"),
        ({"ended": None}, "the run did not come to its end"),
        ({"ended": "2030-05-10T11:00:00+00:00"}, "too old: the run ended 60 min ago, at most 30 min is allowed"),
        ({"ended": "2030-05-10T12:30:00+00:00"}, "the run ends 30 min in the future: a clock is wrong"),
        ({"ended": "2030-05-10T11:53:00+00:00"}, "the run ended before it began"),
        ({"partial": True, "shard": shard(2, 3)}, "partial: it is shard 2/3 alone; merge all of them first"),
        ({"partial": True}, "partial: a shard is missing"),
        ({"parts": [part("11:55"), part("11:00")]}, "too old: the run ended 60 min ago"),
        ({"verdict": "hold", "reasons": ["p95"]}, "the verdict is hold: p95"),
        ({"verdict": "inconclusive", "reasons": ["x"]}, "the verdict is inconclusive: x"),
        ({"verdict": "partial"}, "the verdict is partial"),
        ({"verdict": "Promote"}, "the verdict is Promote"),
        ({"reasons": ["p95"]}, "the verdict is promote, and gives reasons against it: p95"),
        ({"filtered": True}, "the run was filtered: fewer checks were heard than planned"),
        ({"counts": {"passed": 2}}, "the counts do not add up: passed 2, counted 1"),
        ({"counts": {}}, "the counts do not add up: passed missing, counted 1"),
        ({"issues": [issue(expires="2030-05-09")]}, "known issue old (SHOP-17, owner shop-team) expired on 2030-05-09"),
    ],
    ids=str,
)
def test_each_reason_is_named(changes: dict[str, Any], sentence: str) -> None:
    told = why(run(**changes))

    assert [one for one in told if one.startswith(sentence)], told


def test_another_plan_is_refused() -> None:
    assert why(run(), plan_digest="ffff") == ["other plan: the run is about 0123456789abcdef, expected ffff"]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([row(outcome="failed")], "1 required check is failed: routing[shop/things/answers]"),
        ([row(outcome="inconclusive")], "1 required check is inconclusive: routing[shop/things/answers]"),
        ([row(outcome="blocked", root=ROOT)], "1 required check is blocked: routing[shop/things/answers]"),
        ([row(outcome="inconclusive", reason="filtered")], "1 planned check was not heard: "),
        ([row(outcome="inconclusive", reason="deadline", required=False)], "1 planned check was not heard: "),
        ([row(f"a[{n}]", "failed") for n in range(5)], "5 required checks are failed: a[0], a[1], a[2] and 2 more"),
        ([row(), row()], "1 check stands there more than once: routing[shop/things/answers]"),
        ([row(outcome="known")], "routing[shop/things/answers] is known without an entry of the ledger"),
        (
            [row(outcome="known", reason="leak", ledger=issue(reason="leak"))],
            "routing[shop/things/answers] is known as old, which cannot be known as leak",
        ),
        (
            [row(outcome="known", reason="timeout", ledger=issue())],
            "routing[shop/things/answers] is known as old, which cannot be known as timeout",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_checks_are_counted_again_whatever_the_file_says_of_itself(rows: list[Any], sentence: str) -> None:
    told = why(run(*rows))

    assert [one for one in told if one.startswith(sentence)], told


def test_nothing_heard_is_not_promoted() -> None:
    assert "nothing was planned" in why(run(checks=[], counts={}))


def test_spans_as_people_say_them() -> None:
    spans = (timedelta(seconds=45), timedelta(minutes=12), timedelta(hours=3, minutes=20))

    assert [spoken(span) for span in spans] == ["45 s", "12 min", "3 h 20 min"]
