from __future__ import annotations

from pathlib import Path

from selftest.test_gate import heard, of, planned
from stagecheck import record
from stagecheck.gate import judge
from stagecheck.outcome import Reason, failed
from stagecheck.reports import summary


def test_a_page_for_a_pull_request(tmp_path: Path) -> None:
    plan = planned("a", "b")
    red = failed(Reason.WRONG_CONTENT, "it answers", "got <b>503</b>\nand more", "the shop")
    summary.write(
        tmp_path / "summary.md",
        "staging",
        judge(plan, [record.of(plan.checks[0], red), record.of(plan.checks[1], None)]),
    )

    assert (tmp_path / "summary.md").read_text().splitlines() == [
        "# staging: HOLD",
        "",
        "- 1 required check failed: routing\\[a/things/answers\\]",
        "",
        "**Causes**",
        "",
        "- `routing[a/things/answers]` failed, wrong_content: got \\<b\\>503\\</b\\> and more; owner shop-team; "
        "the shop; targets/shop.yaml:7",
        "",
        "| area | passed | failed | inconclusive | blocked | known | flaky | unheard |",
        "|---|---|---|---|---|---|---|---|",
        "| routing | 1 | 1 | 0 | 0 | 0 | 0 | 0 |",
    ]


def test_the_first_screen_is_verdict_reasons_causes_and_what_changed() -> None:
    plan = planned(*(f"s{number}" for number in range(7)))
    records = heard(plan, "known", *["inconclusive"] * 5, "failed")
    for one in records:
        one["message"]["seen"] = one["id"]
    judgement = judge(plan, records)
    told = list(summary.lines("staging", judgement, (), ["fixed (1): a[x]"], "profile promotion"))

    assert told[2] == "profile promotion"
    assert told.index("**Causes**") < told.index("**What changed**") < told.index("- fixed (1): a\\[x\\]") < 25
    causes = [line for line in told if line.startswith("- `")]
    assert [line.split("`")[1][8:10] for line in causes] == ["s6", "s1", "s2", "s3", "s4", "s5", "s0"]


def test_what_is_red_in_the_same_words_is_one_line() -> None:
    plan = planned(*(f"s{number}" for number in range(5)))
    judgement = judge(plan, heard(plan, *["inconclusive"] * 4, "failed"))
    told = [line for line in summary.lines("staging", judgement) if line.startswith("- `")]

    assert len(told) == 2
    assert told[0].startswith("- `routing[s4/things/answers]` failed")
    assert told[1].startswith("- `routing[s0/things/answers]`, `routing[s1/things/answers]`")
    assert "and 1 more inconclusive" in told[1]
    assert told[1].count("owner shop-team") == 1


def test_what_was_not_asked_is_a_number_so_that_a_filtered_run_is_short() -> None:
    plan = planned(*(f"s{number}" for number in range(150)))
    told = list(summary.lines("staging", judge(plan, heard(plan, *["passed"] * 150)[:1], [plan.checks[0].id])))

    assert len(told) < 10
    assert "149 planned checks were filtered out" in told[2]


def test_however_much_is_red_the_page_stays_small(tmp_path: Path) -> None:
    plan = planned(*(f"s{number}" for number in range(900)))
    records = heard(plan, *["failed"] * 900)
    for one in records:
        one["message"]["seen"] = "é" * 5000 + one["id"]
    summary.write(tmp_path / "summary.md", "staging", judge(plan, records))
    page = (tmp_path / "summary.md").read_text()

    assert len(page.encode()) < 64 * 1024
    assert page.splitlines()[-1].endswith("more lines: see `verdict.json`")


def test_a_promote_is_short() -> None:
    plan = planned("a")

    assert len(list(summary.lines("staging", judge(plan, [record.of(plan.checks[0], None)])))) == 5


def test_an_old_page_does_not_speak_for_a_new_run(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("# staging: PROMOTE\n")
    summary.begin(path, "staging", "the run has not come to its end")

    assert path.read_text() == "# staging: INCONCLUSIVE\n\n- the run has not come to its end\n"


def test_notes_are_told_at_the_end_as_text() -> None:
    told = list(summary.lines("staging", of("passed"), ["janitor: removed 1 record: shop/leads <7> of acme"]))

    assert told[-1] == "- janitor: removed 1 record: shop/leads \\<7\\> of acme"
