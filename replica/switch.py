"""Which faults are on: a text file in the replica's state folder, looked at again and again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

# Seconds for which what was read is believed. A request asks for dozens of faults; each process tells that it acts on a
# change only after it looked at it anew, so a switch that was waited for is never seen late.
BELIEVED = 0.02

_names: frozenset[str] = frozenset()
_stamp: tuple[int, int] | None = None
_looked = 0.0


def _file(state: str | None = None) -> str:
    return os.path.join(state or os.environ["REPLICA_STATE"], "faults")  # looked at too often for a Path


def active() -> frozenset[str]:
    """The names of the faults that are on now, by a new look at the file."""
    global _names, _stamp, _looked
    path = _file()
    _looked = time.monotonic()
    try:
        found = os.stat(path)
    except FileNotFoundError:
        _names, _stamp = frozenset(), None
        return _names
    stamp = (found.st_mtime_ns, found.st_ino)
    if stamp != _stamp:
        _names, _stamp = frozenset(Path(path).read_text().split()), stamp
    return _names


def is_on(name: str) -> bool:
    """Whether the fault of that name is on, as of the last few milliseconds."""
    return name in (_names if time.monotonic() - _looked < BELIEVED else active())


def put(names: Iterable[str], state: str | None = None) -> None:
    """Turn on exactly these faults; readers see the old set or the new one, never half of it."""
    global _looked
    path = Path(_file(state))
    draft = path.with_suffix(".draft")
    draft.write_text("\n".join(sorted(names)))
    os.replace(draft, path)
    _looked = 0.0
