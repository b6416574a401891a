"""Who may go side by side, and who needs a place for itself alone."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager


class Turns:
    """Places by name, for several threads: each is taken by one alone, or by any number beside each other."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._alone: set[str] = set()
        self._beside: Counter[str] = Counter()

    @contextmanager
    def taken(self, alone: Collection[str], beside: Collection[str] = ()) -> Iterator[None]:
        """All of these places at once, so that nobody waits for a place while holding another."""
        with self._changed:
            self._changed.wait_for(lambda: self._free(alone, beside))
            self._alone.update(alone)
            self._beside.update(beside)
        try:
            yield
        finally:
            with self._changed:
                self._alone.difference_update(alone)
                self._beside.subtract(beside)
                self._changed.notify_all()

    def _free(self, alone: Collection[str], beside: Collection[str]) -> bool:
        held = any(self._beside[name] for name in alone)
        return not held and self._alone.isdisjoint((*alone, *beside))
