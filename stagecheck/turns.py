"""Who may go side by side, and who needs a place for itself alone."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(eq=False)
class _Waiting:
    """Somebody who waits; `has` is set by whoever gives them their places."""

    alone: Collection[str]
    beside: Collection[str]
    has: threading.Event = field(default_factory=threading.Event)


class Turns:
    """Places by name, for several threads: each is taken by one alone, or by any number beside each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._alone: set[str] = set()
        self._beside: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []

    @contextmanager
    def taken(self, alone: Collection[str], beside: Collection[str] = ()) -> Iterator[None]:
        """All of these places at once, so that nobody waits for a place while holding another."""
        me = _Waiting(alone, beside)
        try:
            with self._lock:
                self._waiting.append(me)
                self._give()
            me.has.wait()
            yield
        finally:
            with self._lock:
                self._leave(me)
                self._give()

    def _give(self) -> None:
        """Each place that is free to whoever waits for it, the first first; nobody else is woken."""
        for one in [*self._waiting]:
            if self._free(one):
                self._waiting.remove(one)
                self._alone.update(one.alone)
                self._beside.update(one.beside)
                one.has.set()

    def _leave(self, one: _Waiting) -> None:
        if one in self._waiting:  # interrupted before it had them
            self._waiting.remove(one)
        elif one.has.is_set():
            self._alone.difference_update(one.alone)
            self._beside.subtract(one.beside)

    def _free(self, one: _Waiting) -> bool:
        held = any(self._beside[name] for name in one.alone)
        return not held and self._alone.isdisjoint((*one.alone, *one.beside))
