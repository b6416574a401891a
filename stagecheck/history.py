"""Runs that are kept as plain files, one a run: what later ones are compared with."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from stagecheck import past
from stagecheck.errors import BadInput
from stagecheck.outcome import Verdict
from stagecheck.past import PastRun

KEPT = 100  # runs; the last promoted one of each environment and profile stays beyond that
LOOKED_AT = 20  # runs over which a check's flakes are counted, and a service's trend is told


def keep(folder: Path, verdict: Path) -> Path:
    """Copy a verdict.json into the history, and let go of the oldest runs; returns the copy."""
    data = past.content(verdict)
    run = past.parse(data, verdict)
    folder.mkdir(parents=True, exist_ok=True)
    # The name sorts by the run's beginning, so that a listing of the folder is in order.
    path = folder / f"{run.started:%Y%m%dT%H%M%SZ}-{run.run}.json"
    draft = path.with_suffix(".draft")
    draft.write_bytes(data)
    os.replace(draft, path)
    _let_go(folder)
    return path


def runs(folder: Path) -> tuple[tuple[PastRun, ...], tuple[str, ...]]:
    """The kept runs, oldest first, and a sentence for each file that is not one that can be read."""
    found, troubles = [], []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            found.append(past.read(path))
        except BadInput as refusal:
            troubles.append(f"history: not read: {refusal}")
    return tuple(sorted(found, key=lambda run: run.started)), tuple(troubles)


def last_promoted(kept: Sequence[PastRun], environment: str, profile: str) -> PastRun | None:
    """The newest run of that environment that said promote: of that profile, or else of any."""
    fitting = [run for run in reversed(kept) if run.environment == environment and run.verdict == Verdict.PROMOTE]
    return next((run for run in fitting if run.profile == profile), fitting[0] if fitting else None)


def flakes(kept: Sequence[PastRun], environment: str) -> tuple[dict[str, int], int]:
    """How often each check was flaky in the last runs of that environment, and how many runs these are."""
    last = [run for run in kept if run.environment == environment][-LOOKED_AT:]
    return dict(Counter(row.id for run in last for row in run.checks if row.flaky)), len(last)


def trend(kept: Sequence[PastRun], environment: str) -> dict[str, list[float]]:
    """The p95 of each service in the last runs of that environment, in seconds, oldest first."""
    last = [run for run in kept if run.environment == environment][-LOOKED_AT:]
    services = sorted({speed.service for run in last for speed in run.latency})
    return {
        service: [speed.p95 for run in last for speed in run.latency if speed.service == service and speed.answers]
        for service in services
    }


def _let_go(folder: Path) -> None:
    paths = sorted(folder.glob("*.json"))
    if len(paths) <= KEPT:
        return
    kept, _ = runs(folder)
    occasions = {(run.environment, run.profile) for run in kept}
    promoted = {run.run for run in (last_promoted(kept, *occasion) for occasion in occasions) if run is not None}
    for path in paths[:-KEPT]:
        if not any(path.stem.endswith(f"-{run}") for run in promoted):
            path.unlink()
