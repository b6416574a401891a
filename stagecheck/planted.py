"""Whose records carry which marks of this run: what one check planted must not come back to another tenant's."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from stagecheck import marks
from stagecheck.model import Step
from stagecheck.probes import http

# The mark of a record -> the tenants in whose name it was written.
Owners = Mapping[str, frozenset[str]]


class Planted:
    """What a process wrote so far, by the marks in it; safe to use from several threads."""

    def __init__(self, run: str) -> None:
        self._mark = marks.of(run)
        self._lock = threading.Lock()
        self._owners: dict[str, frozenset[str]] = {}

    def note(self, step: Step) -> None:
        """Remember in whose name a filled step writes a mark; what nobody writes is for everybody."""
        if not step.request.writes or not step.identity.tenant:
            return
        for mark in self._mark.findall((http.content_of(step) or b"").decode()):
            with self._lock:
                self._owners[mark] = self._owners.get(mark, frozenset()) | {step.identity.tenant}

    def owners(self, text: str) -> Owners:
        """The marks in a text that somebody wrote, and who."""
        with self._lock:
            return {mark: self._owners[mark] for mark in self._mark.findall(text) if mark in self._owners}
