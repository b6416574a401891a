"""docs/outcomes.md, cell by cell: what each outcome is on pytest, in JUnit, in Allure, in the verdict."""

from __future__ import annotations

import re

import pytest

from selftest.project import ROOT, Project, Ran

# outcome: pytest's word, JUnit's element (None: no child), Allure's status
TABLE = {
    "passed": ("PASSED", None, "passed"),
    "flaky": ("PASSED", None, "passed"),
    "failed": ("FAILED", "failure", "failed"),
    "inconclusive": ("ERROR", "error", "broken"),
    "blocked": ("SKIPPED", "skipped", "skipped"),
    "known": ("XFAIL", "skipped", "skipped"),
    "crashed": ("ERROR", "error", "broken"),
}
LEDGER = """\
issues:
  - id: old-trouble
    check: "routing[shop/known/*]"
    owner: shop-team
    ticket: SHOP-17
    expires: "{expires}"
    reason: status
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, tomorrow: str) -> Ran:
    project = Project(tmp_path_factory.mktemp("outcomes") / "p")
    project.entry("front", "failed", root=True)
    for word in ("passed", "flaky", "failed", "inconclusive", "blocked"):
        project.entry(word, word)
    project.entry("known", "failed")
    project.entry("crashed", "killed", kind="health")
    project.write("targets/known-issues.yaml", LEDGER.format(expires=tomorrow))
    return project.run("-v", "-n", "2")


def outcome_of(name: str) -> str:
    return {"flaky": "passed", "crashed": "inconclusive"}.get(name, name)


@pytest.mark.parametrize("name", TABLE)
def test_verdict(ran: Ran, name: str) -> None:
    row = ran.check(name)

    assert row["outcome"] == outcome_of(name)
    assert row["flaky"] is (name == "flaky")


@pytest.mark.parametrize("name", TABLE)
def test_pytest(ran: Ran, name: str) -> None:
    assert ran.word(name) == TABLE[name][0]


@pytest.mark.parametrize("name", TABLE)
def test_junit(ran: Ran, name: str) -> None:
    children = [child.tag for child in ran.junit(name) if child.tag != "properties"]

    assert children == ([TABLE[name][1]] if TABLE[name][1] else [])


@pytest.mark.parametrize("name", TABLE)
def test_allure(ran: Ran, name: str) -> None:
    assert ran.allure(name)["status"] == TABLE[name][2]


@pytest.mark.parametrize("name", TABLE)
def test_documented(name: str) -> None:
    page = (ROOT / "docs/outcomes.md").read_text()
    row = next(line for line in page.splitlines() if line.startswith(f"| {name} "))
    word, element, status = TABLE[name]

    assert f"| `{word}`" in row
    assert (f"| `<{element}>` |" if element else "| no child") in row
    assert f"| `{status}`" in row


def test_blocked_names_its_root(ran: Ran) -> None:
    skipped = ran.junit("blocked").find("skipped")

    assert skipped is not None
    assert skipped.attrib["message"] == "blocked by routing[shop/front/answers]"
    assert ran.check("blocked")["root"]["id"] == "routing[shop/front/answers]"
    assert "(1 blocked)" in ran.out


def test_flaky_is_a_label(ran: Ran) -> None:
    assert {"name": "tag", "value": "flaky"} in ran.allure("flaky")["labels"]
    assert ran.junit("flaky").find("properties/property[@name='flaky']").attrib["value"] == "2 attempts"


def test_known_names_its_ticket(ran: Ran) -> None:
    assert "known old-trouble: SHOP-17" in ran.junit("known").find("skipped").attrib["message"]


def test_crash_takes_nothing_back(ran: Ran) -> None:
    assert ran.code == 1
    assert ran.check("crashed")["reason"] == "crashed"
    assert len(ran.results) == len(ran.verdict["checks"]) == 8
    assert not [row for row in ran.verdict["checks"] if row["reason"] == "not_heard"]


def test_failure_is_its_text_alone(ran: Ran) -> None:
    failure = ran.junit("failed").find("failure")

    assert failure is not None
    assert failure.text == (
        "routing[shop/failed/answers] FAILED: status\n"
        "  must hold  it answers\n"
        "  seen       status: expected 200, got 503, $ACME_TOKEN"
    )
    assert failure.text in ran.out
    assert "Traceback" not in ran.out
    assert not re.search(r"\.py:\d+", ran.out)


def test_no_secret_is_told(ran: Ran) -> None:
    files = [path for path in ran.reports.rglob("*") if path.is_file()]

    assert len(files) > 10
    assert not [path for path in files if b"planted-secret" in path.read_bytes()]
    assert "planted-secret" not in ran.out + ran.err
