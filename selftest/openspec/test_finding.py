"""The registry of rules: each finds its bad sample, no other rule does, and nobody finds anything in a clean one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from selftest.sampled import SAMPLES, case, rules_that_find
from stagecheck.openspec import tree
from stagecheck.openspec.finding import Case, Finding, Found, Rule, count, judged
from stagecheck.openspec.markdown import Place
from stagecheck.openspec.rules import ROWS, RULES

# What one cause is seen as by more than one rule.
ALSO = {"registry-mixed-ports": {"registry-outer-port"}}


@pytest.mark.parametrize("rule", RULES)
def test_a_bad_sample_is_found_by_its_rule_alone(rule: str, tmp_path: Path) -> None:
    found = rules_that_find(rule, "bad", tmp_path)

    assert found == {rule, *ALSO.get(rule, ())}


@pytest.mark.parametrize("rule", RULES)
def test_a_clean_sample_is_clean_to_every_rule(rule: str, tmp_path: Path) -> None:
    found = rules_that_find(rule, "clean", tmp_path)

    assert found == set()


def test_each_rule_has_two_samples_and_there_are_no_others() -> None:
    there = {path.name for path in SAMPLES.iterdir()}

    assert there == {f"{rule}.{which}.md" for rule in RULES for which in ("bad", "clean")}


def test_no_two_rules_share_an_id_and_each_says_what_it_is_for() -> None:
    assert len(RULES) >= 20
    for id, rule in RULES.items():
        assert rule.id == id
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", id)
        assert (rule.check.__doc__ or "").strip().endswith(".")
        assert all(re.fullmatch(r"F\d\d", row) for row in rule.rows)


def test_a_finding_is_one_line_with_what_it_contradicts(tmp_path: Path) -> None:
    there = Place("b.md", 7)
    rule = Rule("some-rule", "something", lambda case: [Found(Place("a.md", 3), "two things", (there,))], "warning")

    assert [*map(str, judged([rule], case("image-floating", "clean", tmp_path)))] == [
        "a.md:3: warning: two things (see b.md:7) [some-rule]"
    ]
    assert str(Finding("r", "error", there, "one thing")) == "b.md:7: error: one thing [r]"


def test_a_number_of_things_is_said_as_a_person_would() -> None:
    assert (count(1, "route"), count(2, "route")) == ("1 route", "2 routes")


def test_the_faults_that_are_answered_name_their_rules() -> None:
    assert ROWS["F31"] == (
        "port-listens-elsewhere",
        "compose-port-differs",
        "compose-command-port",
        "compose-image-port",
    )
    assert all(row in RULES[rule].rows for row, rules in ROWS.items() for rule in rules)


@pytest.mark.parametrize("line", ["if (!x.ok ", 'f"SELECT x ', "fetch(`${X}/api/a/b`", '@app.middleware("http")\n'])
def test_a_page_of_a_hostile_size_does_not_keep_the_reader(line: str, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"# A\n\n```python\n{line * 5_000}\n```\n")

    assert [*judged(RULES.values(), Case(tree.read(tmp_path)))] == []
