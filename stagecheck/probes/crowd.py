"""How many connections a run holds at once, over all of its processes, and the one request that is sent alone.

Each open connection holds two locked files in the run's folder, one of its origin's and one of all; the system frees
them when a process dies. A process that shares its run with no other has nobody to wait for when it measures.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType

from filelock import BaseFileLock, FileLock, ReadWriteLock, Timeout

from stagecheck.exchange import Trouble, Troubled
from stagecheck.outcome import Reason

_AGAIN = 0.02  # seconds between two looks for a place

Origin = tuple[str, str, int]


class Place:
    """The right to hold one connection; given back once, whoever closes it. May be used as a context."""

    def __init__(self, locks: Iterable[BaseFileLock]) -> None:
        self._locks = list(locks)

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Give it back; a second time does nothing."""
        while self._locks:
            self._locks.pop().release()


class Crowd:
    """One process's part in the crowd of a run: `per_origin` and `in_all` are the most connections at once."""

    def __init__(self, folder: Path, per_origin: int, in_all: int, workers: int = 1) -> None:
        self._folder = folder
        self._per_origin = per_origin
        self._in_all = in_all
        # What this process may leave open while it asks nothing, so that no other waits for it.
        self.idle_per_origin = per_origin // workers
        self.idle_in_all = in_all // workers
        self._shared = workers > 1
        self._mine = threading.local()
        self._taking = threading.Lock()
        self._locks: dict[str, list[FileLock]] = {}

    def enter(self, origin: Origin, ends: float) -> Place:
        """A place for one more connection; waits until `ends`, then raises `Troubled` (timeout)."""
        _, host, port = origin
        name = sha256(f"{host}:{port}".encode()).hexdigest()[:16]
        of_origin = self._one(name, self._per_origin, ends)
        try:
            return Place([of_origin, self._one("all", self._in_all, ends)])
        except Troubled:
            of_origin.release()
            raise

    @contextmanager
    def among_others(self, ends: float) -> Iterator[None]:
        """While one request is on its way; waits while another process measures alone."""
        if not self._shared or getattr(self._mine, "alone", False):
            yield
            return
        with self._held(self._lock().acquire_read, ends):
            yield

    @contextmanager
    def alone(self, ends: float) -> Iterator[None]:
        """While no other request of this run is on its way; not waited for longer than until `ends`."""
        if not self._shared:
            yield
            return
        with self._held(self._lock().acquire_write, ends):
            self._mine.alone = True
            try:
                yield
            finally:
                self._mine.alone = False

    def close(self) -> None:
        """Close this thread's part of the shared lock."""
        lock: ReadWriteLock | None = self._mine.__dict__.pop("lock", None)
        if lock is not None:
            lock.close()

    @contextmanager
    def _held(self, acquire: Callable[[float], object], ends: float) -> Iterator[None]:
        try:
            acquire(min(max(ends - time.monotonic(), 0.0), 3600.0))
        except Timeout:
            yield  # asked all the same: its own deadline is about to end it
            return
        try:
            yield
        finally:
            self._lock().release()

    def _lock(self) -> ReadWriteLock:
        if not hasattr(self._mine, "lock"):
            self._mine.lock = ReadWriteLock(self._folder / "alone.db", is_singleton=False)
        lock: ReadWriteLock = self._mine.lock
        return lock

    def _one(self, name: str, most: int, ends: float) -> BaseFileLock:
        while True:
            if (lock := self._free(name, most)) is not None:
                return lock
            if time.monotonic() + _AGAIN > ends:
                raise Troubled(Trouble(Reason.TIMEOUT, f"no connection of the run's {most} became free in time"))
            time.sleep(_AGAIN)

    def _free(self, name: str, most: int) -> BaseFileLock | None:
        """One lock that nobody holds, now held; those that this process holds itself are not asked of the system."""
        with self._taking:
            if name not in self._locks:
                paths = [self._folder / f"{name}-{number}.lock" for number in range(most)]
                self._locks[name] = [FileLock(path, thread_local=False) for path in paths]
            for lock in self._locks[name]:
                if not lock.is_locked:
                    try:
                        lock.acquire(blocking=False)
                    except Timeout:
                        continue
                    return lock
        return None
