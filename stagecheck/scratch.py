"""A process's own folder under the system's temporary one; the next run removes those whose process was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "stagecheck-"
# Locked by the process that made the folder for as long as it lives, so that no number of a process is guessed at. A
# folder without this file is somebody else's.
ALIVE = "alive.lock"
NEW = 60.0  # seconds of a folder's life in which it may not be locked yet


class Scratch:
    """A folder that is there until `close`."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = os.open(self.path / ALIVE, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Remove the folder, with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def sweep() -> None:
    """Remove the folders of this user's processes that are gone."""
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{ALIVE}"):
        try:
            told = lock.stat()
            if told.st_uid == os.getuid() and time.time() - told.st_mtime > NEW and _is_free(lock):
                shutil.rmtree(lock.parent, ignore_errors=True)
        except OSError:
            continue  # another run was faster


def _is_free(lock: Path) -> bool:
    held = os.open(lock, os.O_RDWR)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(held)
    return True
