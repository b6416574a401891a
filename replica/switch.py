"""Which faults are on: a text file in the replica's state folder, looked at on every request."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_seen: tuple[tuple[int, int], frozenset[str]] | None = None


def _file(state: str | None = None) -> Path:
    return Path(state or os.environ["REPLICA_STATE"]) / "faults"


def active() -> frozenset[str]:
    """The names of the faults that are on now."""
    global _seen
    try:
        found = _file().stat()
    except FileNotFoundError:
        return frozenset()
    stamp = (found.st_mtime_ns, found.st_ino)
    if _seen is None or _seen[0] != stamp:
        _seen = (stamp, frozenset(_file().read_text().split()))
    return _seen[1]


def is_on(name: str) -> bool:
    """Whether the fault of that name is on."""
    return name in active()


def put(names: Iterable[str], state: str | None = None) -> None:
    """Turn on exactly these faults; readers see the old set or the new one, never half of it."""
    path = _file(state)
    draft = path.with_suffix(".draft")
    draft.write_text("\n".join(sorted(names)))
    os.replace(draft, path)
