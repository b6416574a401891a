"""A mark tells its run, and a run's id when the run began."""

from __future__ import annotations

import pytest

from stagecheck import marks

NOW = 1_800_000_000.0
DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize("later", [0.0, 59.0, 3600.0, -600.0])
def test_the_age_of_a_run_is_known_to_the_minute(later: float) -> None:
    age = marks.age(marks.run_id(NOW), NOW + later)

    assert later <= age < later + 60


def test_two_runs_of_one_minute_differ() -> None:
    assert marks.run_id(NOW) != marks.run_id(NOW)


def test_marks_are_found_in_a_text_and_nothing_else_is() -> None:
    one, two = marks.run_id(NOW), marks.run_id(NOW - 600)
    text = f"Synthetic {marks.mark(one, DIGEST)} and {marks.mark(two, DIGEST)}@example.org"

    assert marks.runs(text) == {one, two}


@pytest.mark.parametrize(
    "text", ["sc-fi", "sc-r1-0123456789abcdef01234567", "disc-{}", "{}0", "SC-{}", "sc-seed-0123456789abcdef01234567"]
)
def test_what_only_looks_like_a_mark_is_none(text: str) -> None:
    assert marks.runs(text.replace("{}", marks.mark(marks.run_id(NOW), DIGEST).removeprefix("sc-"))) == frozenset()
