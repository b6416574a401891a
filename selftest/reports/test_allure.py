"""The raw results that a run writes: ours of each check, and those of allure-pytest of tests that are no checks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import allure_commons
import pytest
from allure_commons.logger import AllureFileLogger

from selftest.project import Project, Ran
from selftest.told import check
from selftest.yesterday import issue
from stagecheck import record
from stagecheck.outcome import Finding, Outcome, Reason
from stagecheck.reports import allure

CHECK = check("answers", expect={"status": 200})
NODE = "tests/test_routing.py::test_routing[shop/passed/answers]"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    project = Project(tmp_path_factory.mktemp("allure") / "p")
    for word in ("passed", "failed", "inconclusive", "killed"):
        project.entry(word, word)
    project.entry("extra", required=False)
    return project.run("-n", "1")


def result(one: record.Record, variables: Mapping[str, str] | None = None, stop: int = 1) -> dict[str, Any]:
    return allure.result(one, NODE, "local", "", variables or {}, stop)


def labels(ran: Ran, name: str) -> dict[str, str]:
    return {label["name"]: label["value"] for label in ran.allure(name)["labels"] if label["name"] != "tag"}


@pytest.mark.parametrize("name", ["passed", "failed", "inconclusive", "killed"])
def test_where_it_stands(ran: Ran, name: str) -> None:
    told = labels(ran, name)

    assert [told[key] for key in ("parentSuite", "suite", "subSuite", "owner", "severity")] == [
        *("local", "routing", "shop"),
        *("shop-team", "critical"),
    ]
    assert labels(ran, "extra")["severity"] == "minor"


@pytest.mark.parametrize("name", ["passed", "killed"])
def test_the_id_is_the_only_parameter(ran: Ran, name: str) -> None:
    (parameter,) = ran.allure(name)["parameters"]

    assert parameter == {"name": "check", "value": f"'routing[shop/{name}/answers]'"}


def test_a_crash_joins_the_history_of_its_check(ran: Ran, tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    project.entry("killed")
    later = project.run()

    assert ran.allure("killed")["historyId"] == later.allure("killed")["historyId"]
    assert ran.allure("killed")["fullName"] == later.allure("killed")["fullName"]


def test_histories_do_not_collapse(ran: Ran) -> None:
    assert len({result["historyId"] for result in ran.results}) == len(ran.results) == 5


@pytest.mark.parametrize("name", ["passed", "failed", "inconclusive"])
def test_each_exchange_is_a_step_with_its_evidence(ran: Ran, name: str) -> None:
    (step,) = ran.allure(name)["steps"]
    (attachment,) = step["attachments"]
    told = json.loads((ran.reports / "allure-results" / attachment["source"]).read_text())

    assert (step["name"], step["status"]) == ("answer, 200: http://127.0.0.1:9/", "passed")
    assert told == {"step": "answer", "status": 200, "url": "http://127.0.0.1:9/"}


def test_what_a_browser_showed_stands_behind_the_exchanges(tmp_path: Path) -> None:
    one = record.of(CHECK, None, exchanges=[{"step": "page"}])
    allure.Results(tmp_path, "local", "", {}).add(one, NODE, "gw1", {"page": b"\x89PNG"}, {"stdout": "told", "log": ""})
    told = json.loads(next(tmp_path.glob("*-result.json")).read_text())
    kept = [*told["steps"][0]["attachments"], *told["attachments"]]

    assert [(one["name"], one["type"]) for one in kept] == [
        *(("page", "application/json"), ("page, as a browser shows it", "image/png"), ("stdout", "text/plain")),
    ]
    assert [(tmp_path / one["source"]).read_bytes() for one in kept[1:]] == [b"\x89PNG", b"told"]
    assert {"name": "thread", "value": "gw1"} in told["labels"]


def test_times_are_those_of_the_exchanges() -> None:
    tries = [{"status": None, "trouble": None, "seconds": 0.5}, {"status": 200, "trouble": None, "seconds": 0.25}]
    exchanges = [{"step": "one", "seconds": 0.25, "attempts": tries}, {"step": "two", "seconds": 0.1}]
    one = record.of(CHECK, None, seconds=9, exchanges=exchanges)
    told = result(one, stop=10_000)

    assert (told["start"], told["stop"]) == (9_150, 10_000)
    assert [(step["start"], step["stop"]) for step in told["steps"]] == [(9_150, 9_900), (9_900, 10_000)]


def test_the_message_is_the_reason_and_the_screen_is_behind_it(ran: Ran) -> None:
    details = ran.allure("failed")["statusDetails"]

    assert details["message"] == "status: status: expected 200, got 503, $ACME_TOKEN\nthe shop does not answer"
    assert details["trace"].startswith("routing[shop/failed/answers] FAILED: status\n  must hold  it answers")
    assert ran.allure("passed")["statusDetails"] == {}


def test_the_description_begins_with_what_must_hold_here_and_the_cause() -> None:
    failed = record.of(CHECK, Finding(Outcome.FAILED, Reason.STATUS, "it answers 200", "a 503", "nobody is there"))

    assert result(failed)["description"].split("\n\n")[:3] == [
        *("must hold: it answers 200", "cause: nobody is there"),
        CHECK.title,
    ]
    assert result(record.of(CHECK, None))["description"].startswith(f"{CHECK.title}\n\n")


def test_what_is_blocked_has_its_root_and_no_reason_of_its_own() -> None:
    root = {"id": "a[x]", "outcome": "failed", "reason": "connect", "message": "nobody listens"}
    one = record.of(CHECK, Finding(Outcome.BLOCKED, Reason.CONNECT, "a", "b", "c"), root=root)

    assert ("root", "a[x]") in allure.labels(one, "local")
    assert not [label for label in allure.labels(one, "local") if label[0] == "reason"]
    message = result(one)["statusDetails"]["message"]
    assert (message, category(message)) == ("blocked by a[x]: connect: nobody listens", "blocked")


def test_what_is_known_has_its_ticket() -> None:
    one = record.of(CHECK, Finding(Outcome.KNOWN, Reason.STATUS, "a", "b", "c"), ledger=issue())
    message = result(one)["statusDetails"]["message"]

    assert (message, category(message)) == ("known old: SHOP-17, until 2030-05-20: status: b\nc", "known")


def test_links_lead_to_the_targets_line_and_the_specification() -> None:
    one = record.of(replace(CHECK, spec="https://specs.example/shop", runbook="not an address"), None)
    job = {"GITHUB_SERVER_URL": "https://git.example", "GITHUB_REPOSITORY": "us/suite", "GITHUB_SHA": "4f1c2ab"}
    told = result(one, job)

    assert [link["url"] for link in told["links"]] == [
        "https://git.example/us/suite/blob/4f1c2ab/targets/shop.yaml#L7",
        "https://specs.example/shop",
    ]
    assert result(record.of(CHECK, None))["links"] == []


def test_the_runbook_is_a_link(ran: Ran) -> None:
    assert [link["url"] for link in ran.allure("passed")["links"]] == ["https://runbooks.example.org/shop"]


def test_a_test_that_is_no_check_is_told_by_allure_pytest(tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    project.entry("passed")
    project.write("tests/test_other.py", "def test_other(tmp_path):\n    print('said')\n")
    told = {one["name"]: one for one in project.run().results}

    assert sorted(told) == ["routing[shop/passed/answers]", "test_other"]
    assert told["test_other"]["fullName"] == "tests.test_other#test_other"
    assert [one["name"] for one in told["test_other"]["attachments"]] == ["stdout"]
    assert [len(one["steps"]) for one in told.values() if one["name"] != "test_other"] == [1]


def test_no_traceback_of_ours(ran: Ran) -> None:
    files = list((ran.reports / "allure-results").iterdir())

    assert not [path for path in files if b"conftest.py" in path.read_bytes()]


def test_no_fixture_of_ours_is_told(ran: Ran) -> None:
    assert not list((ran.reports / "allure-results").glob("*-container.json"))


def test_allure_pytest_has_its_own_writer_back_afterwards(tmp_path: Path) -> None:
    theirs = AllureFileLogger(str(tmp_path))
    allure_commons.plugin_manager.register(theirs)
    try:
        with allure.of_others_alone(tmp_path):
            assert not allure_commons.plugin_manager.is_registered(theirs)
        assert allure_commons.plugin_manager.is_registered(theirs)
    finally:
        allure_commons.plugin_manager.unregister(theirs)


def category(message: str) -> str:
    found = (name for name, kinds in allure.CATEGORIES.items() if re.search(rf"^(?:{kinds}): [\s\S]*$", message))
    return next(found, "")


def test_every_red_result_has_a_category(ran: Ran) -> None:
    told = json.loads((ran.reports / "allure-results" / "categories.json").read_text())
    found = [category(ran.allure(name)["statusDetails"]["message"]) for name in ("failed", "inconclusive", "killed")]

    assert found == ["the answer", "nothing was proven", "nothing was proven"]
    assert [one["name"] for one in told] == list(allure.CATEGORIES)


def test_categories_hold_every_reason_once() -> None:
    told = {str(reason) for reason in Reason} - {"blocked", "filtered", "not_heard"}
    found = [
        [name for name, kinds in allure.CATEGORIES.items() if re.fullmatch(kinds, reason)] for reason in sorted(told)
    ]

    assert [len(names) for names in found] == [1] * len(told), dict(zip(sorted(told), found, strict=True))


def test_environment_is_told(ran: Ran) -> None:
    told = (ran.reports / "allure-results" / "environment.properties").read_text()

    assert "environment=local\n" in told
    assert "verdict=hold\n" in told
