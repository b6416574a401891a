from __future__ import annotations

from pathlib import Path

from selftest.test_gate import of, planned
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
        "| area | passed | failed | inconclusive | blocked | known | flaky | unheard |",
        "|---|---|---|---|---|---|---|---|",
        "| routing | 1 | 1 | 0 | 0 | 0 | 0 | 0 |",
        "",
        "- `routing[a/things/answers]` failed, wrong_content: got \\<b\\>503\\</b\\> and more; owner shop-team",
    ]


def test_a_promote_is_short() -> None:
    plan = planned("a")

    assert len(list(summary.lines("staging", judge(plan, [record.of(plan.checks[0], None)])))) == 5


def test_an_old_page_does_not_speak_for_a_new_run(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("# staging: PROMOTE\n")
    summary.begin(path, "staging")

    assert path.read_text() == "# staging: INCONCLUSIVE\n\n- the run has not come to its end\n"


def test_notes_are_told_at_the_end_as_text() -> None:
    told = list(summary.lines("staging", of("passed"), ["janitor: removed 1 record: shop/leads <7> of acme"]))

    assert told[-1] == "- janitor: removed 1 record: shop/leads \\<7\\> of acme"
