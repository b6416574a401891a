"""One run beside those before it: what changed since the last promoted one, what flakes, how fast services were."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHOWN = 5  # checks of which a flake rate is told, and runs of which a p95 is


@dataclass
class Chronicle:
    """`folder` is the history, None where none is kept; `reports` is where this run's verdict is written."""

    folder: Path | None
    reports: Path
    _lines: list[str] = field(default_factory=list)
    _trends: list[str] = field(default_factory=list)

    def compare(self, data: Mapping[str, Any]) -> None:
        """Compare what this run says, as plain data, with the runs that are kept."""
        if self.folder is None:
            return
        # Only a run that keeps a history needs what reads it.
        from stagecheck import comparison, history, past

        now = past.parse(json.dumps(data).encode(), self.reports / past.FILE)
        kept, troubles = history.runs(self.folder)
        before = history.last_promoted(kept, now.environment, now.profile)
        self._lines += troubles
        if before is None:
            self._lines.append("no promoted run before this one to compare with")
        else:
            self._lines.append(f"since the last promoted run, {before.run} of {before.started:%Y-%m-%d %H:%M} UTC:")
            self._lines += list(comparison.of(before, now).lines()) or ["nothing changed"]
        flaky, number = history.flakes((*kept, now), now.environment)
        worst = sorted(flaky.items(), key=lambda one: (-one[1], one[0]))[:SHOWN]
        self._lines += [f"flaky in {times} of the last {number} runs: {id}" for id, times in worst]
        for service, seconds in history.trend((*kept, now), now.environment).items():
            if len(seconds) > 1:
                told = " ".join(f"{one:.3f}" for one in seconds[-SHOWN:])
                self._trends.append(f"p95 of {service} over the last runs: {told} s")

    def lines(self) -> list[str]:
        """What changed, and what flakes, as sentences; nothing without a history."""
        return list(self._lines)

    def trends(self) -> list[str]:
        """How fast each service was in the last runs."""
        return list(self._trends)

    def keep(self) -> None:
        """Put this run's verdict into the history, once it is written."""
        if self.folder is not None:
            from stagecheck import history, past

            history.keep(self.folder, self.reports / past.FILE)
