"""The real plugin in a real pytest: options, exit codes, what is touched and when."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from selftest.project import ENVIRONMENT, ROOT, Project
from stagecheck.pytest_plugin import joined


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "p")
    project.entry("front", root=True)
    project.entry("other")
    return project


def old_promote(project: Project) -> Path:
    """What an earlier run left behind."""
    (project.folder / "reports" / "allure-results").mkdir(parents=True)
    project.write("reports/allure-results/old-result.json", "{}")
    project.write("reports/allure-results/mine.txt", "kept")
    return project.write("reports/verdict.json", '{"verdict": "promote"}')


# ---- exit codes


def test_all_passed_is_promote(project: Project) -> None:
    ran = project.run()

    assert (ran.code, ran.verdict["verdict"], ran.verdict["reasons"]) == (0, "promote", [])
    assert "verdict: PROMOTE" in ran.out


@pytest.mark.parametrize(
    ("becomes", "code"), [("failed", 1), ("inconclusive", 6), ("flaky", 0), ("warned", 0), ("broken", 6)]
)
def test_exit_code(project: Project, becomes: str, code: int) -> None:
    project.script["other"] = becomes

    assert project.run().code == code


def test_what_is_not_required_holds_nothing(project: Project) -> None:
    project.entry("extra", "failed", required=False)
    ran = project.run("-q")

    assert (ran.code, ran.verdict["counts"]["failed"]) == (0, 1)
    assert "routing[shop/extra/answers] FAILED: status" in ran.out


def test_nothing_planned_is_5(project: Project) -> None:
    project.write("targets/shop.yaml", (project.folder / "targets/shop.yaml").read_text().replace("routing", "domain"))
    ran = project.run()

    assert (ran.code, ran.verdict["reasons"]) == (5, ["nothing was planned"])


def test_blocked_by_a_root_that_proved_nothing_is_6(project: Project) -> None:
    project.script |= {"front": "inconclusive", "other": "blocked-vaguely"}
    ran = project.run()

    assert (ran.code, ran.check("other")["outcome"]) == (6, "blocked")


def test_interrupted_keeps_2(project: Project) -> None:
    project.write("tests/test_broken.py", "raise RuntimeError('no test')")
    ran = project.run()

    assert (ran.code, ran.verdict["verdict"]) == (2, "inconclusive")


@pytest.mark.parametrize(
    ("body", "error"), [("assert answers is None", "AssertionError"), ("pytest.skip('not today')", "Skipped")]
)
def test_a_test_that_breaks_by_itself_forbids_promote(project: Project, body: str, error: str) -> None:
    project.entry("passed")
    module = project.folder / "tests" / "test_routing.py"
    module.write_text(f"{module.read_text()}    {body}\n")
    ran = project.run()

    assert (ran.code, ran.verdict["verdict"]) == (6, "inconclusive")
    assert (ran.check("passed")["outcome"], ran.check("passed")["reason"]) == ("inconclusive", "crashed")
    assert ran.allure("passed")["status"] == "broken"
    assert ran.check("passed")["message"]["seen"] == f"{error} in the test itself"


def test_a_test_that_judges_nothing_forbids_promote(project: Project) -> None:
    project.write("tests/test_routing.py", "def test_routing(check, answers):\n    pass\n")
    ran = project.run()

    assert (ran.code, ran.verdict["verdict"]) == (6, "inconclusive")
    assert {row["message"]["seen"] for row in ran.verdict["checks"]} == {"the test asked, and judged nothing"}
    assert {one["status"] for one in ran.results} == {"broken"}


def test_a_test_that_is_no_check_forbids_promote(project: Project) -> None:
    project.write("tests/test_more.py", "def test_more():\n    assert False\n")
    ran = project.run()

    assert ran.code == 6
    assert ran.verdict["reasons"] == ["tests/test_more.py::test_more broke at call, outside any check"]


# ---- fewer heard than planned


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-k", "front"], "filtered"),
        (["-m", "health"], "filtered"),
        (["-k", "nothing-of-the-kind"], "filtered"),
        (["tests/test_routing.py::test_routing[shop/front/answers]"], "filtered"),
        (["tests/test_routing.py::test_routing[shop/front/answers]", "-n", "2"], "filtered"),
    ],
)
def test_a_filtered_run_never_promotes(project: Project, arguments: list[str], reason: str) -> None:
    ran = project.run(*arguments)

    assert (ran.code, ran.verdict["filtered"]) == (6, True)
    assert ran.check("other")["reason"] == reason


def test_a_misspelt_check_is_told_with_the_nearest(project: Project) -> None:
    ran = project.run("tests/test_routing.py::test_routing[shop/front/answer]")

    assert ran.code == 4
    assert "no check is called routing[shop/front/answer]; did you mean 'routing[shop/front/answers]'?" in ran.out


def test_stopped_early_is_not_heard(project: Project) -> None:
    project.script["front"] = "failed"
    ran = project.run("-x")

    assert (ran.code, ran.verdict["filtered"], ran.check("other")["reason"]) == (1, True, "not_heard")


def test_the_root_is_named_where_it_was_not_selected(project: Project) -> None:
    project.script |= {"front": "failed", "other": "blocked"}
    ran = project.run("-k", "other")

    assert ran.code == 1
    assert "routing[shop/front/answers]: status: the shop does not answer (1 blocked)" in ran.out


# ---- looking


def test_collect_only_touches_nothing(project: Project) -> None:
    project.write("targets/environments/local.yaml", STARTED)
    ran = project.run("--collect-only", "-q")

    assert ran.code == 0
    assert "tests/test_routing.py::test_routing[shop/front/answers]" in ran.out
    assert not (project.folder / "reports").exists()
    assert not (project.folder / "platform.log").exists()


@pytest.mark.parametrize("checkout", [".", "../x"])
def test_the_projects_own_tests_are_not_of_the_suite(project: Project, checkout: str) -> None:
    (project.folder / "selftest").mkdir()
    project.write("selftest/test_own.py", "def test_own() -> None: ...\n")
    checkout = checkout.replace("x", project.folder.name)
    ran = project.run(checkout, "--collect-only", "-q")

    assert ran.code == 0
    assert "test_routing[shop/front/answers]" in ran.out
    assert "test_own" not in ran.out


def test_collect_only_leaves_old_reports(project: Project) -> None:
    old = old_promote(project)
    ran = project.run("--collect-only", "--junitxml=mine.xml", "--alluredir=mine")

    assert (ran.code, old.read_text()) == (0, '{"verdict": "promote"}')
    assert not [name for name in ("mine.xml", "mine") if (project.folder / name).exists()]


def test_the_suite_is_the_same_from_any_folder_of_the_project(project: Project) -> None:
    (project.folder / "docs").mkdir()
    ran = project.run(cwd=project.folder / "docs")

    assert (ran.code, ran.verdict["verdict"]) == (0, "promote")


def test_a_project_without_targets_is_left_alone(tmp_path: Path) -> None:
    plain = "import gc; print(gc.get_threshold())"
    own = f"print(subprocess.run([sys.executable, '-c', {plain!r}], capture_output=True, text=True).stdout)"
    (tmp_path / "test_it.py").write_text(f"import gc, subprocess, sys\ndef test_it():\n    {own}\n    {plain}\n")
    project = Project(tmp_path / "p")
    ran = project.run("--rootdir=.", "-c", "/dev/null", "-s", "test_it.py", cwd=tmp_path)

    assert ran.code == 0
    garbage = re.findall(r"\(\d+, \d+, \d+\)", ran.out)
    assert garbage[0] == garbage[1]
    assert not (tmp_path / "reports").exists()


# ---- bad input


@pytest.mark.parametrize("more", [[], ["-n", "2"], ["--collect-only"]])
def test_bad_input_is_one_line(project: Project, more: list[str]) -> None:
    path = project.folder / "targets/shop.yaml"
    path.write_text(path.read_text().replace("owner:", "ownr:"))
    ran = project.run(*more)

    assert ran.code == 4
    assert ran.err.strip() == "ERROR: targets/shop.yaml:3: ownr: unknown key; did you mean 'owner'?"
    assert "Traceback" not in ran.out


def test_bad_input_is_no_promote(project: Project) -> None:
    old = old_promote(project)
    ran = project.run("--env", "nowhere")

    assert ran.code == 4
    assert json.loads(old.read_text())["verdict"] == "inconclusive"
    assert ran.verdict["reasons"][0].startswith("refused: unknown environment 'nowhere'")
    assert "- refused: unknown environment 'nowhere'" in (ran.reports / "summary.md").read_text()


def test_a_fault_needs_a_platform_of_ours(project: Project) -> None:
    ran = project.run("--fault", "anything")

    assert ran.code == 4
    assert "--fault: the environment 'local' does not start its platform" in ran.err


# ---- options


@pytest.mark.parametrize("spelling", ["space", "equals"])
@pytest.mark.parametrize("workers", [[], ["-n", "1"]])
def test_both_spellings_outside_the_checkout(
    project: Project, tmp_path: Path, spelling: str, workers: list[str]
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "far.yaml").write_text(ENVIRONMENT.format(name="far"))
    paths = {"--env": outside / "far.yaml", "--reports": outside / "told", "--targets": project.folder / "targets"}
    project.folder.joinpath("targets").rename(outside / "targets")
    paths["--targets"] = outside / "targets"
    pairs = ([name, str(path)] if spelling == "space" else [f"{name}={path}"] for name, path in paths.items())
    ran = project.run(*(word for pair in pairs for word in pair), *workers, reports=str(outside / "told"))

    assert (ran.code, ran.verdict["environment"]) == (0, "far")
    assert f"rootdir: {project.folder}\n" in ran.out
    assert "Warning" not in ran.out + ran.err
    assert not (project.folder / "reports").exists()


def test_joined_leaves_names_alone(tmp_path: Path) -> None:
    arguments = ["--env", "staging", "-k", "x", "--targets", str(tmp_path), "--fault", "tmp"]

    assert joined(arguments) == ["--env", "staging", "-k", "x", f"--targets={tmp_path}", "--fault", "tmp"]


def test_reports_are_the_projects_from_any_folder(project: Project) -> None:
    ran = project.run(cwd=project.folder / "tests")

    assert (ran.code, ran.verdict["verdict"]) == (0, "promote")
    assert not (project.folder / "tests" / "reports").exists()


# ---- reports


def test_first_act_replaces_an_old_promote(project: Project) -> None:
    old = old_promote(project)
    project.script["front"] = "killed"
    project.run()

    assert json.loads(old.read_text())["verdict"] == "inconclusive"


def test_old_allure_results_are_gone(project: Project) -> None:
    old_promote(project)
    ran = project.run("-n", "2")

    assert len(ran.results) == 2
    assert (ran.reports / "allure-results" / "mine.txt").exists()


def test_a_killed_run_keeps_what_it_heard(project: Project) -> None:
    project.script["other"] = "killed"
    ran = project.run()
    lines = (ran.reports / "heard.jsonl").read_text().splitlines()

    assert [json.loads(line)["id"] for line in lines] == ["routing[shop/front/answers]"]


def test_an_error_of_the_engine_is_told_without_secrets(project: Project) -> None:
    project.script |= {"front": "broken", "other": "broken-later"}
    ran = project.run()
    rows = [ran.check("front"), ran.check("other")]

    assert [(row["outcome"], row["reason"]) for row in rows] == [("inconclusive", "crashed")] * 2
    assert "KeyError: '$ACME_TOKEN'" in rows[0]["message"]["seen"]
    assert "planted-secret" not in ran.out + (ran.reports / "junit.xml").read_text()


# ---- what a run waits for


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--wait", "soon"], "--wait: expected seconds, such as 180, got 'soon'"),
        (["--wait=-1"], "--wait: expected seconds, such as 180, got '-1'"),
        (["--revision", ""], "--revision: expected a release such as a commit's SHA, got ''"),
        (["--revision", "a b"], "--revision: expected a release such as a commit's SHA, got 'a b'"),
        (["--revision", "abc"], "--revision: no target says where its release stands (key 'revision')"),
    ],
)
def test_a_wait_that_makes_no_sense_is_bad_input(project: Project, options: list[str], sentence: str) -> None:
    ran = project.run(*options)

    assert (ran.code, ran.err.strip()) == (4, f"ERROR: {sentence}")
    assert ran.verdict["verdict"] == "inconclusive"


@pytest.mark.parametrize("workers", [[], ["-n", "2"], ["-k", "other"], ["-x"]], ids=str)
def test_what_a_run_waits_for_is_in_every_report_though_it_is_no_item(project: Project, workers: list[str]) -> None:
    ran = project.run("--wait", "0", *workers, ACME_TOKEN="acme-token-1c0ffee5")

    stable = "health[shop/ready/stable]"
    rows = [row for row in ran.verdict["checks"] if row["id"] == stable]
    assert (ran.code, ran.verdict["verdict"]) == (1, "hold")
    assert [(row["outcome"], row["reason"]) for row in rows] == [("failed", "not_ready")]
    assert "Connection refused (" in rows[0]["message"]["seen"]
    assert (ran.reports / rows[0]["evidence"]).is_file()
    assert ran.out.count(f"{stable} FAILED: not_ready") == 1
    cases = [case for case in ET.parse(ran.reports / "junit.xml").iter("testcase") if "stable" in case.attrib["name"]]
    assert [[child.tag for child in case if child.tag != "properties"] for case in cases] == [["failure"]]
    assert [result["status"] for result in ran.results if result["name"] == stable] == ["failed"]
    heard = [json.loads(line)["id"] for line in (ran.reports / "heard.jsonl").read_text().splitlines()]
    assert (heard[0], heard.count(stable)) == (stable, 1)


def test_nothing_is_waited_for_when_pytest_only_looks(project: Project) -> None:
    ran = project.run("--collect-only", "--wait", "60")

    assert (ran.code, "ready" in ran.out) == (0, False)
    assert not ran.reports.exists()


# ---- the platform

STARTED = ENVIRONMENT.format(name="local") + "start: [python, platform_.py]\n"


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_the_platform_is_started_once_and_stopped(project: Project, workers: list[str]) -> None:
    project.write("targets/environments/local.yaml", STARTED)
    ran = project.run("--fault", "one", "--fault", "two", *workers)

    assert ran.code == 0
    assert (project.folder / "platform.log").read_text().splitlines() == ["started --fault one --fault two", "stopped"]


def test_a_platform_that_does_not_start_is_bad_input(project: Project) -> None:
    project.write("targets/environments/local.yaml", STARTED)
    project.write("platform_.py", "import sys; sys.exit('no room')")
    ran = project.run("-n", "2")

    assert ran.code == 4
    assert ran.err.strip() == "ERROR: environment 'local': python platform_.py did not start: no room"
    assert ran.verdict["verdict"] == "inconclusive"


# ---- the specification

SPECIFICATION = """\
# Shop

## Service Identity
- **Type**: Backend - API Gateway

## API Endpoints
- `GET /front` - the front
- `POST /front` - nobody asks for it
"""


def specified(project: Project, at_least: int) -> None:
    (project.folder / "spec").mkdir()
    project.write("spec/shop.md", SPECIFICATION)
    project.write("targets/profiles.yaml", f"profiles:\n  night: {{spec_at_least: {at_least}}}\n")


def test_the_summary_says_how_much_of_the_specification_is_covered(project: Project) -> None:
    specified(project, at_least=50)
    ran = project.run("--spec", "spec", "--profile", "night", "-n", "1")

    assert ran.code == 0
    assert "specification: 1 of 2 statements covered (50 %)" in ran.out
    assert "specification: 1 of 2 statements covered" in (ran.reports / "summary.md").read_text()


def test_less_than_the_profile_wants_covered_forbids_promote(project: Project) -> None:
    specified(project, at_least=51)
    ran = project.run("--spec", "spec", "--profile", "night")

    assert (ran.code, ran.verdict["reasons"]) == (
        6,
        ["the checks cover 1 of 2 statements of the specification; the floor is 51 %"],
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--profile", "night"], "--profile night: needs --spec DIR, since it says how much of it must be covered"),
        (["--spec", "nothing"], "nothing: no such folder of a specification"),
    ],
)
def test_a_specification_that_is_not_there_is_refused(project: Project, arguments: list[str], sentence: str) -> None:
    specified(project, at_least=50)
    ran = project.run(*arguments)

    assert ran.code == 4
    assert sentence in ran.err


def test_the_first_failure_is_told_at_once_and_once(project: Project) -> None:
    project.entry("bad", "failed")
    project.entry("worse", "failed")
    project.entry("last")
    project.write("targets/profiles.yaml", "profiles: {quick: {tell_first: true}, late: {}}")

    ran, late = project.run("-v", "--profile", "quick"), project.run("-v", "--profile", "late")

    assert ran.out.count("first failure") == 1
    at = ran.out.index("first failure\nrouting[shop/bad/answers] FAILED: status")
    assert at < ran.out.index("[shop/last/answers] PASSED") < ran.out.index("[shop/worse/answers] FAILED")
    assert "first failure" not in late.out


def test_a_path_inside_the_selftests_is_told_in_both_spellings(project: Project) -> None:
    (project.folder / "selftest").mkdir()
    shutil.copy(ROOT / "selftest" / "pytest.ini", project.folder / "selftest")
    (project.folder / "selftest" / "lab.yaml").write_text(ENVIRONMENT.format(name="lab"))

    ran = project.run("--env", "selftest/lab.yaml")

    assert (ran.code, ran.verdict["environment"]) == (0, "lab"), ran.err
