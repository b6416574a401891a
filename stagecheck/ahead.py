"""A runner that asks before its answers are needed: many checks side by side, each in its own order."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from stagecheck.exchange import Answers
from stagecheck.plan import Check
from stagecheck.runner import Runner

# Bytes of bodies and pictures; each body takes several times as much memory once it is read as text and as JSON.
MOST_AHEAD = 16_000_000


class TooLate(Exception):
    """The check's own item was quicker, and has told it: nobody needs its answer any more."""


class Ahead(Runner):
    """A runner whose `begin` asks the checks to come in threads, as many as the run may hold connections.

    Whoever needs an answer waits for that check's own, or asks it if nobody does yet. Answers that nobody has needed
    yet are few: twice as many as there are threads, and their bodies no more than MOST_AHEAD. `close` ends it; what was
    planted until then is removed.
    """

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._threads: list[threading.Thread] = []
        self._checks: Sequence[Check] = ()
        self._moved = threading.Condition()
        self._next = 0
        self._done: set[str] = set()  # by check id: whose item has let go of it
        self._bytes: dict[str, int] = {}

    def begin(self, checks: Sequence[Check]) -> None:
        """Ask these, in this order; returns at once."""
        self._checks = checks
        most = min(self.setting.environment.budgets.connections_in_all, len(checks))
        self._threads = [threading.Thread(target=self._work, name=f"ahead-{n}", daemon=True) for n in range(most)]
        for thread in self._threads:
            thread.start()

    def forget(self, check: Check) -> None:
        with self._moved:
            super().forget(check)
            self._done.add(check.id)
            self._bytes.pop(check.id, None)
            self._moved.notify()

    def close(self) -> None:
        self.stop()
        with self._moved:
            self._moved.notify_all()
        for thread in self._threads:
            thread.join()
        super().close()

    def _in_turn(self, check: Check) -> Answers:
        """Raises TooLate where its own item has told it: a check that writes must not do so twice."""
        with self._moved:
            if check.id in self._done and check.id not in self._roots:
                raise TooLate(check.id)
        return super()._in_turn(check)

    def _work(self) -> None:
        while (check := self._taken()) is not None:
            # Whatever it comes to, its own item hears it again, and tells it.
            with suppress(Exception):
                self.answers(check)
            with self._moved:
                if check.id in self._done:  # its item was quicker
                    super().forget(check)
                elif (heard := self.heard(check)) is not None:
                    self._bytes[check.id] = sum(len(one.body) + len(one.picture) for one in heard.exchanges.values())

    def _taken(self) -> Check | None:
        """The next check, once there is room for its answer; None when it is over."""
        with self._moved:
            self._moved.wait_for(lambda: self.stopped or self._has_room())
            if self.stopped or self._next >= len(self._checks):
                return None
            self._next += 1
            self._moved.notify()  # there may be room for one more
            return self._checks[self._next - 1]

    def _has_room(self) -> bool:
        few = self._next < len(self._done) + 2 * len(self._threads)
        return few and sum(self._bytes.values()) < MOST_AHEAD
