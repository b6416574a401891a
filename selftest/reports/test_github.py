from __future__ import annotations

from pathlib import Path

from selftest.test_gate import heard, planned
from stagecheck.gate import judge
from stagecheck.reports import github

JOB = {"GITHUB_ACTIONS": "true"}


def test_a_failure_is_told_at_the_line_of_its_target() -> None:
    plan = planned("a")
    records = heard(plan, "failed")
    records[0]["message"] = {"must_hold": "", "seen": "50% of\n::error::it", "cause": "the shop"}

    assert list(github.commands(JOB, judge(plan, records))) == [
        "::error file=targets/shop.yaml,line=7,title=routing[a/things/answers] failed%3A status"
        "::50%25 of%0A::error::it%0Athe shop%0Aowner shop-team"
    ]


def test_ten_at_most_failures_first_and_nothing_that_holds_nothing_up() -> None:
    plan = planned(*(f"s{number:02}" for number in range(14)))
    told = list(github.commands(JOB, judge(plan, heard(plan, *["inconclusive"] * 12, "failed", "passed"))))

    assert len(told) == 10
    assert "s12" in told[0]
    optional = planned("a", required=False)
    assert list(github.commands(JOB, judge(optional, heard(optional, "failed")))) == []


def test_outside_of_a_job_nothing_is_told(tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    page.write_text("# staging\n")
    github.tell({}, page)

    assert list(github.commands({}, judge(planned("a"), heard(planned("a"), "failed")))) == []


def test_the_page_is_added_to_what_other_steps_said(tmp_path: Path) -> None:
    page, job = tmp_path / "summary.md", tmp_path / "job.md"
    page.write_text("# staging\n")
    job.write_text("before\n")
    github.tell({"GITHUB_STEP_SUMMARY": str(job)}, page)

    assert job.read_text() == "before\n# staging\n"
