"""The raw results that the real allure-pytest writes of a run, and what we write beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from selftest.project import Project, Ran
from stagecheck.outcome import Reason
from stagecheck.reports import allure


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    project = Project(tmp_path_factory.mktemp("allure") / "p")
    for word in ("passed", "failed", "inconclusive", "killed"):
        project.entry(word, word)
    project.entry("extra", required=False)
    return project.run("-n", "1")


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
def test_the_exchange_is_attached(ran: Ran, name: str) -> None:
    (attachment,) = ran.allure(name)["attachments"]
    told = json.loads((ran.reports / "allure-results" / attachment["source"]).read_text())

    assert attachment["name"] == "answer"
    assert told == {"step": "answer", "status": 200, "url": "http://127.0.0.1:9/"}


def test_the_runbook_is_a_link(ran: Ran) -> None:
    assert [link["url"] for link in ran.allure("passed")["links"]] == ["https://runbooks.example.org/shop"]


def test_no_traceback_of_ours(ran: Ran) -> None:
    files = list((ran.reports / "allure-results").iterdir())

    assert not [path for path in files if b"conftest.py" in path.read_bytes()]


def test_every_red_result_has_a_category(ran: Ran) -> None:
    categories = json.loads((ran.reports / "allure-results" / "categories.json").read_text())
    patterns = {one["name"]: re.compile(one["messageRegex"].removeprefix("(?s)"), re.DOTALL) for one in categories}

    def category(name: str) -> str:
        message = ran.allure(name)["statusDetails"]["message"]
        return next((title for title, pattern in patterns.items() if pattern.fullmatch(message)), "")

    assert (category("inconclusive"), category("killed")) == ("nothing was proven", "nothing was proven")
    assert category("failed") == "the answer"


def test_categories_hold_every_reason_once() -> None:
    told = {str(reason) for reason in Reason} - {"blocked", "filtered", "not_heard"}
    found = [
        [name for name, kinds in allure.CATEGORIES.items() if re.fullmatch(kinds, reason)] for reason in sorted(told)
    ]

    assert [len(names) for names in found] == [1] * len(told), dict(zip(sorted(told), found, strict=True))


def test_environment_is_told(ran: Ran) -> None:
    assert "environment=local\n" in (ran.reports / "allure-results" / "environment.properties").read_text()
