"""A circuit breaker for each upstream."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

FAILURES = 5
OPEN_SECONDS = 2.0


@dataclass
class Breaker:
    """Opens after FAILURES in a row for OPEN_SECONDS; then the next request decides anew."""

    failures: dict[str, int] = field(default_factory=dict)
    opened: dict[str, float] = field(default_factory=dict)

    def is_open(self, name: str) -> bool:
        """Whether the upstream is left alone for now."""
        return time.monotonic() - self.opened.get(name, float("-inf")) < OPEN_SECONDS

    def worked(self, name: str) -> None:
        """An answer came."""
        self.failures[name] = 0

    def failed(self, name: str) -> None:
        """No answer came."""
        self.failures[name] = self.failures.get(name, 0) + 1
        if self.failures[name] >= FAILURES:
            self.opened[name] = time.monotonic()
