"""Many words looked for in one text at once."""

from __future__ import annotations

from collections.abc import Sequence

import ahocorasick


class Finder:
    """Which of many words a text holds: one walk over the text (Aho and Corasick), however many words there are."""

    def __init__(self, words: Sequence[str]) -> None:
        self._walk = ahocorasick.Automaton()
        places: dict[str, list[int]] = {}
        for at, word in enumerate(words):
            places.setdefault(word, []).append(at)
        for word, found in places.items():
            self._walk.add_word(word, found)
        self._walk.make_automaton()

    def found(self, text: str) -> list[int]:
        """The places of the words that the text holds, in the order of the words."""
        if not len(self._walk):
            return []
        return sorted({at for _, places in self._walk.iter(text) for at in places})
