"""What bounds a whole run, over all of its processes: its deadline, its workers, and the folder that they share."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

from stagecheck.errors import BadInput

# Seconds that the clean-up of one check may take, also when the run's own time is over.
CLEANUP = 15.0


@dataclass(frozen=True)
class Bounds:
    """`seconds` is what was asked for, `ends` its end on `time.monotonic`, which all processes of a machine share.

    `workers` is how many processes ask, and `folder` holds what the processes must know of each other; with
    `one_process` no other has a part in the run.
    """

    seconds: float = math.inf
    ends: float = math.inf
    workers: int = 1
    folder: str = ""
    one_process: bool = True

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


def begun(deadline: str, workers: int = 0) -> Bounds:
    """The bounds of a run that begins now; `deadline` is in seconds, empty for none. Raises `BadInput`.

    Without `workers` of its own, the one process asks.
    """
    bounds = Bounds(workers=max(workers, 1), one_process=not workers)
    if not deadline:
        return bounds
    try:
        seconds = float(deadline)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise BadInput(f"--deadline: expected a number of seconds above 0, got '{deadline}'")
    return replace(bounds, seconds=seconds, ends=time.monotonic() + seconds)
