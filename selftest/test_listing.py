"""A sentence stays short, and says how much it leaves out."""

from __future__ import annotations

import pytest

from stagecheck import listing


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a, b"),
        (["a", "b", "c"], "a, b and 1 more"),
        (list("abcdef"), "a, b and 4 more"),
    ],
)
def test_the_first_names_are_shown_and_the_rest_is_a_number(names: list[str], told: str) -> None:
    assert listing.some(names, 2) == told
