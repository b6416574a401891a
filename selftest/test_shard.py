"""A shard is a part of the plan, the same on every machine; what it says alone promotes nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from selftest import shops
from selftest.detection import TARGETS
from selftest.project import ROOT
from selftest.speaker import reply, speaking
from selftest.told import check, environment
from selftest.whole_run import Folder
from stagecheck import environment as environments
from stagecheck import plan as plans
from stagecheck import ready, record, shard, targets
from stagecheck.__main__ import main
from stagecheck.errors import BadInput
from stagecheck.gate import judge
from stagecheck.known import Issue, Ledger
from stagecheck.plan import Plan
from stagecheck.shard import Shard

SCHEMA = json.loads((ROOT / "docs/verdict.schema.json").read_text())


@pytest.fixture(scope="module")
def whole() -> Plan:
    """The plan of the suite itself, for a run that waits."""
    loaded = targets.load(TARGETS)
    here = environments.read("local", TARGETS, {}, loaded)
    return ready.planned(plans.make(loaded, here), loaded, here)


# ---- the option


def test_no_shard_is_the_whole_plan(whole: Plan) -> None:
    assert shard.read(None) is None
    assert shard.planned(whole, None) is whole
    assert shard.read("2/3") == Shard(2, 3)
    assert (str(Shard(2, 3)), Shard(2, 3).file) == ("shard 2/3", "verdict-2-of-3.json")


@pytest.mark.parametrize(
    "given", ["", "2", "0/3", "4/3", "1/0", "-1/3", "1/3/4", "a/b", "1 /3", "01/3", "٢/3", "1/99999"]
)
def test_what_is_no_shard_is_refused_in_one_line(given: str) -> None:
    with pytest.raises(BadInput, match=r"^--shard: expected K/N with K from 1 to N, such as 2/3, got ") as refused:
        shard.read(given)
    assert "\n" not in str(refused.value)


def test_more_shards_than_parts_are_refused(whole: Plan) -> None:
    with pytest.raises(BadInput, match=r"^--shard 1/99: this plan has \d+ parts to share, and not more$"):
        shard.planned(whole, Shard(1, 99))


# ---- the parts


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_each_check_is_in_just_one_shard(whole: Plan, of: int) -> None:
    parts = [shard.planned(whole, Shard(number, of)) for number in range(1, of + 1)]
    found = Counter(one.id for part in parts for one in part.checks if not ready.is_ready(one))
    sizes = [len(part.checks) for part in parts]

    assert set(found.values()) == {1}
    assert set(found) == {one.id for one in whole.checks if not ready.is_ready(one)}
    assert max(sizes) < 1.3 * min(sizes)
    assert len({part.digest for part in parts}) == of


def test_the_parts_are_the_same_in_whatever_order_the_checks_come(whole: Plan) -> None:
    turned = replace(whole, checks=whole.checks[::-1])
    one, other = (shard.planned(plan, Shard(2, 3)) for plan in (whole, turned))

    assert {check.id for check in one.checks} == {check.id for check in other.checks}


def test_a_resource_stays_together_and_all_wait(whole: Plan) -> None:
    parts = [shard.planned(whole, Shard(number, 5)) for number in range(1, 6)]
    homes = [{(one.service, one.resource.id) for one in part.checks if one.resource} for part in parts]
    waits = [{one.id for one in plan.checks if ready.is_ready(one)} for plan in (whole, *parts)]

    assert sum(map(len, homes)) == len(set.union(*homes)) > 3
    assert len(waits[0]) > 3
    assert all(ids == waits[0] for ids in waits)


def test_what_a_check_stands_on_is_known_though_another_shard_judges_it(whole: Plan) -> None:
    part = shard.planned(whole, Shard(1, 5))
    own = {one.id for one in part.checks}
    foreign = {root for one in part.checks for root in one.roots} - own

    assert foreign
    assert {part.get(root).id for root in foreign} == foreign
    assert part.whole is whole
    assert (part.p95, part.flaky) == ({}, 1.0)  # what all checks show together is not judged by a part


@pytest.mark.parametrize(("of", "each"), [(1, 100), (3, 33), (100, 1), (250, 1)])
def test_a_shard_takes_its_part_of_the_requests_a_minute_and_of_nothing_else(of: int, each: int) -> None:
    here = environment(budgets={"requests_per_minute": 100, "connections": 6})
    budgets = shard.budgeted(here, Shard(1, of)).budgets

    assert budgets == here.budgets.model_copy(update={"requests_per_minute": each})
    assert shard.budgeted(here, None) is here


# ---- what is kept for the merge


def test_each_question_is_kept_with_its_tries() -> None:
    plan = Plan((check("answers", expect={"status": 200}),), (), "digest")
    tries = [{"status": 502, "trouble": None, "seconds": 0.5}, {"status": 200, "trouble": None, "seconds": 0.25}]
    exchange = {"measured": True, "service": "shop", "request": "curl x", "attempts": tries}
    asked = shard.asked(plan, [record.of(plan.checks[0], None, exchanges=[exchange, exchange, {"measured": False}])])

    assert [(one["service"], one["eventually"], one["attempts"]) for one in asked] == [("shop", False, tries * 2)]
    assert "curl" not in json.dumps(asked)


def test_a_pattern_of_the_ledger_that_another_shard_knows_more_of_is_not_out_of_date() -> None:
    checks = tuple(check("answers", service=name, expect={"status": 200}) for name in ("a", "b"))
    plan = Plan(checks, (), "digest")
    words = {"id": "old", "check": "routing[*]", "owner": "x", "ticket": "T-1", "reason": "status"}
    issue = Issue.model_validate_json(json.dumps({**words, "expires": "2030-01-01"}))
    ledger = Ledger((issue,), issue.expires)
    part = shard.planned(plan, Shard(1, 2))

    assert judge(plan, [record.of(one, None) for one in checks], ledger=ledger).verdict == "hold"
    assert judge(part, [record.of(one, None) for one in part.checks], ledger=ledger).verdict == "promote"


# ---- a run


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Folder]:
    with speaking(lambda asked, _: reply(503 if asked.target == "/shop" else 200)) as gateway:
        yield shops.folder(tmp_path / "p", gateway.address)


def verdict(project: Folder, number: int) -> dict[str, Any]:
    told = json.loads((project.path / "reports" / f"verdict-{number}-of-3.json").read_text())
    jsonschema.validate(told, SCHEMA)
    return told


def test_a_shard_says_what_became_of_its_own_checks(project: Folder) -> None:
    reports = project.path / "reports"
    reports.mkdir()
    (reports / "verdict.json").write_text('{"verdict": "promote"}')
    (reports / "verdict-3-of-3.json").write_text('{"verdict": "promote"}')
    ran = project.run("--shard", "2/3", "-n", "2")
    told = verdict(project, 2)

    assert (ran.code, told["verdict"], told["reasons"]) == (0, "promote", []), ran.out
    assert (told["partial"], told["shard"]["number"], told["shard"]["of"], told["shard"]["checks"]) == (True, 2, 3, 3)
    assert [row["id"] for row in told["checks"]] == ["routing[mall/things/answers]"]
    assert told["plan"] != told["shard"]["plan"]
    assert {one["service"] for one in told["shard"]["asked"]} == {"mall"}
    assert [path.name for path in reports.glob("verdict*")] == ["verdict-2-of-3.json"]
    assert "environment: local, shard 2/3, 1 of 3 checks planned" in ran.out
    assert "shard 2/3 alone promotes nothing" in ran.out
    assert "# local, shard 2/3: PROMOTE" in (reports / "summary.md").read_text()


def test_a_failure_holds_and_a_filter_is_one_as_ever(project: Folder) -> None:
    failed = project.run("--shard", "3/3")
    assert (failed.code, verdict(project, 3)["verdict"]) == (1, "hold")

    filtered = project.run("--shard", "2/3", "-k", "shop")
    assert (filtered.code, verdict(project, 2)["filtered"]) == (6, True)


def test_a_root_that_another_shard_judges_blocks_all_the_same(tmp_path: Path) -> None:
    with speaking(lambda asked, _: reply(500 if asked.target == "/health" else 200)) as gateway:
        project = shops.folder(tmp_path / "p", gateway.address)
        ran = project.run("--shard", "2/3")
    told = verdict(project, 2)

    assert ran.code == 1
    assert [row["outcome"] for row in told["checks"]] == ["blocked"]
    assert told["reasons"][0].startswith(f"1 required check blocked by {shops.GATEWAY}: status: ")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--shard", "4/3"], "--shard: expected K/N"),
        (["--shard", "1/9"], "--shard 1/9: this plan has 3 parts to share"),
        (["--shard", "1/3", "--history", "runs"], "--history: no history is kept of a shard"),
        (["--vantage", "E U"], "--vantage: expected a name"),
    ],
)
def test_bad_input_is_4_and_one_line(project: Folder, options: list[str], sentence: str) -> None:
    ran = project.run(*options)

    assert ran.code == 4
    assert sentence in ran.out
    assert ran.verdict["verdict"] == "inconclusive"
    assert sentence in ran.verdict["reasons"][0]


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=str)
def test_a_run_of_a_shard_keeps_to_its_part_of_the_minutes_budget(workers: tuple[str, ...], tmp_path: Path) -> None:
    with speaking(lambda asked, _: reply(200)) as gateway:
        project = shops.folder(tmp_path / "p", gateway.address, budgets={"requests_per_minute": 7})
        entries = [
            {"id": f"n{n}", "kind": "routing", "as": "anonymous", "request": {"path": f"/many/{n}"},
             "expect": {"status": 200}, "proofs": {"answers": {}}}
            for n in range(4)
        ]  # fmt: skip
        project.target("many", checks=entries)
        # Whoever would have to wait for the next minute is not asked before this deadline.
        ran = project.run("--shard", "1/3", "--deadline", "40", *workers)

    left = [row for row in verdict(project, 1)["checks"] if row["outcome"] != "passed"]
    assert sum(asked.target.startswith("/many/") for asked in gateway.asked) == 2, ran.out
    assert [row["reason"] for row in left] == ["deadline"] * 2
    assert "the budget of 2 requests a minute is used up" in left[0]["message"]["seen"]


def test_nothing_is_touched_by_a_look(project: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    ran = project.run("--shard", "2/3", "--collect-only", "-q")
    code = main(["plan", "--targets", str(project.path / "targets"), "--shard", "2/3"])
    told = capsys.readouterr().out.splitlines()

    assert (ran.code, "[mall/" in ran.out, "[shop/" in ran.out) == (0, True, False), ran.out
    assert not (project.path / "reports").exists()
    assert (code, told[0], told[-1][:9]) == (0, "routing[mall/things/answers]", "1 checks,")


def test_a_vantage_is_in_the_verdict_and_keeps_results_apart(project: Folder) -> None:
    def results() -> dict[str, Any]:
        found = (project.path / "reports" / "allure-results").glob("*-result.json")
        (told,) = (one for one in (json.loads(path.read_text()) for path in found) if "mall" in one["name"])
        return told

    ids = set()
    for options in ([], ["--vantage", "eu"], ["--vantage", "us"]):
        ran = project.run(*options, "-k", "mall")
        ids.add(results()["historyId"])

    assert ran.verdict["vantages"] == ["us"]
    assert {"name": "vantage", "value": "us"} in results()["labels"]
    assert len(ids) == 3
