"""Words that overlap, stand twice or are not there."""

from __future__ import annotations

import pytest

from stagecheck.finder import Finder


@pytest.mark.parametrize(
    ("words", "text", "places"),
    [
        (["her", "she", "hers"], "ushers", [0, 1, 2]),
        (["one", "two", "one"], "there is one", [0, 2]),
        (["two"], "there is one", []),
        (["größe", "\U0001f600"], "die größe \U0001f600", [0, 1]),
        ([""], "anything", []),
        ([], "anything", []),
    ],
)
def test_all_words_of_a_text_are_found(words: list[str], text: str, places: list[int]) -> None:
    assert Finder(words).found(text) == places
