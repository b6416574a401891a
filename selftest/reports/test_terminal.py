from __future__ import annotations

from typing import Any

from selftest.test_gate import DOWN, heard, of, planned
from stagecheck.gate import judge
from stagecheck.reports import terminal


def test_the_whole_page() -> None:
    plan = planned("a", "b", "c")
    judgement = judge(plan, heard(plan, "blocked", "blocked", "passed", root=DOWN))

    assert list(terminal.lines(judgement, "reports")) == [
        "area     passed  failed  inconclusive  blocked  known  flaky  unheard",
        "routing       1       .             .        2      .      .        .",
        "all           1       .             .        2      .      .        .",
        "",
        "root causes",
        "  routing[root/things/answers]: connect: the shop is down (2 blocked)",
        "",
        "verdict: HOLD",
        "  - 2 required checks blocked by routing[root/things/answers]: connect: the shop is down",
        "  reports in reports",
    ]


def test_a_root_that_was_not_selected_says_whose_it_is_and_how_to_ask_it() -> None:
    plan = planned("root", "a")
    root, blocked = plan.checks
    told = {**DOWN, "id": root.id}
    judgement = judge(plan, heard(plan, "passed", "blocked", root=told)[1:], selected=[blocked.id])

    lines = list(terminal.lines(judgement, "reports", again={root.id: "pytest root"}))
    at = next(number for number, line in enumerate(lines) if line.startswith(f"  {root.id}: connect"))
    whose = "    target     targets/shop.yaml:7  owner shop-team"
    assert lines[at + 1 : at + 3] == [whose, "    again      pytest root"]
    assert not any("again" in line for line in terminal.lines(judge(plan, heard(plan, "failed", "passed")), "reports"))


def test_a_promote_has_no_reasons() -> None:
    assert list(terminal.lines(of("passed"), "there"))[-2:] == ["verdict: PROMOTE", "  reports in there"]


def test_nothing_planned_has_a_table_all_the_same() -> None:
    assert list(terminal.areas(())) == [
        "area  passed  failed  inconclusive  blocked  known  flaky  unheard",
        "all        .       .             .        .      .      .        .",
    ]


def test_what_was_not_heard_is_no_finding() -> None:
    plan = planned("a", "b")
    judgement = judge(plan, heard(plan, "passed", "passed")[:1], selected=[plan.checks[0].id])

    assert (
        list(terminal.areas(judgement.checks))[1]
        == "routing       1       .             .        .      .      .        1"
    )


def test_the_chief_reasons_why_checks_are_not_covered_are_shown_and_the_others_counted() -> None:
    left_out = [(f"{why}{number}", why) for number, why in enumerate("aaabbcdefg")]

    assert list(terminal.not_covered(left_out[:5])) == ["not covered here: 5 checks", "  3 because a", "  2 because b"]
    assert list(terminal.not_covered(left_out)) == [
        "not covered here: 10 checks",
        "  3 because a",
        "  2 because b",
        "  1 because c",
        "  1 because d",
        "  1 because e",
        "  2 for other reasons: see summary.md",
    ]


def test_notes_stand_before_the_verdict() -> None:
    told = list(terminal.lines(of("passed"), "there", ["records: created 2, removed 2, left 0"]))

    assert told[-4:] == ["records: created 2, removed 2, left 0", "", "verdict: PROMOTE", "  reports in there"]


def failed(id: str, service: str, cause: str = "the filter is dropped", outcome: str = "failed") -> dict[str, Any]:
    return {"id": id, "service": service, "outcome": outcome, "reason": "too_many", "message": {"cause": cause}}


def test_of_failures_with_one_cause_the_first_is_shown_and_the_others_named() -> None:
    records = [
        *(failed(id, "crm") for id in "ab"),
        failed("c", "crm", "another"),
        failed("d", "cms"),
        failed("e", "crm"),
        *(failed(id, "crm", outcome="inconclusive") for id in "fg"),
    ]
    told = [(f"{one['id']} FAILED\n  seen  {one['id']}", one) for one in records]
    texts = [text for text, _ in told]

    also = "\n  also       2 with this reason and cause, which -v shows: b, e"
    assert list(terminal.screens(told)) == [texts[0] + also, texts[2], texts[3], *texts[5:]]
    assert list(terminal.screens(told, each=True)) == texts


def test_what_many_checks_say_in_the_same_line_is_said_once() -> None:
    line = "INCONCLUSIVE: credential_missing: it stands on routing[root/things/answers]: no token; it was not asked"
    checks = [{"id": id} for id in "abcde"]
    told = [(f"{one['id']} {line}", one) for one in checks]
    screen, alone = ("x FAILED: status\n  seen  500", failed("x", "crm")), ("y INCONCLUSIVE: deadline", {"id": "y"})

    assert list(terminal.screens([told[0], screen, *told[1:], alone, ("broken", None)])) == [
        screen[0],
        "broken",
        f"5 checks, a, b, c and 2 more {line}",
        alone[0],
    ]


def test_beside_failures_a_run_says_that_its_own_platform_has_ended() -> None:
    plan = planned("a", "b")

    def told(by_hand: str, *outcomes: str) -> list[str]:
        return list(terminal.gone(by_hand, heard(plan, *outcomes)))

    (line,) = told("make up", "passed", "failed")
    assert line.endswith("has ended; make up starts one that stays, for the requests above")
    assert told("make up", "passed", "inconclusive") == [line]
    assert told("make up", "passed", "passed") == told("", "passed", "failed") == []
