"""What bounds a whole run, over all of its processes: its deadline, its workers, and the folder that they share."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import Any

from stagecheck.errors import BadInput

# Seconds that the clean-up of one check may take, also when the run's own time is over.
CLEANUP = 15.0


@dataclass(frozen=True)
class Bounds:
    """`seconds` is what was asked for, `ends` its end on `time.monotonic`, which all processes of a machine share.

    `folder` holds what the processes must know of each other; empty where there is one process.
    """

    seconds: float = math.inf
    ends: float = math.inf
    workers: int = 1
    folder: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing more may be asked."""
        return time.monotonic() >= self.ends

    @property
    def left(self) -> float:
        """Seconds until it is over, and never fewer than none."""
        return max(self.ends - time.monotonic(), 0.0)

    @property
    def sentence(self) -> str:
        """Why nothing more is asked, once it is over."""
        return f"the run's deadline of {self.seconds:g} s was over"

    def plain(self) -> dict[str, Any]:
        """These bounds as builtins; `Bounds(**plain)` makes them again."""
        return asdict(self)


def begun(deadline: str, workers: int = 1) -> Bounds:
    """The bounds of a run that begins now; `deadline` is in seconds, empty for none. Raises `BadInput`."""
    if not deadline:
        return Bounds(workers=workers)
    try:
        seconds = float(deadline)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise BadInput(f"--deadline: expected a number of seconds above 0, got '{deadline}'")
    return Bounds(seconds, time.monotonic() + seconds, workers)
