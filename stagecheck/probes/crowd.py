"""How many connections a run holds at once, over all of its processes, and the one request that is sent alone.

Each open connection holds two locks, one of its origin's and one of all: files in the run's folder, which the system
frees when a process dies, or plain locks where the run is one process. Within a process each request has a turn before
its time begins, so that no more are on their way than there are places: what the run itself waits for is no part of an
answer's time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from stagecheck.exchange import Trouble, Troubled
from stagecheck.outcome import Reason

if TYPE_CHECKING:
    from filelock import ReadWriteLock

_AGAIN = 0.02  # seconds between two looks for a place
_ALL = "all"

Origin = tuple[str, str, int]
MakeRoom = Callable[[Origin | None], None]


class _Lock:
    """One of so many; whoever has taken it may release it from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @property
    def is_taken(self) -> bool:
        return self._lock.locked()

    def take(self) -> bool:
        """Whether it is taken now, by this call."""
        return self._lock.acquire(blocking=False)

    def release(self) -> None:
        self._lock.release()


class _LockOfAll(_Lock):
    """One that all processes of a run share; `is_taken` is whether this process has it."""

    def __init__(self, path: Path) -> None:
        from filelock import FileLock  # only a run of several processes needs it

        self._file = FileLock(path, thread_local=False)

    @property
    def is_taken(self) -> bool:
        return self._file.is_locked

    def take(self) -> bool:
        from filelock import Timeout

        try:
            self._file.acquire(blocking=False)
        except Timeout:
            return False
        return True

    def release(self) -> None:
        self._file.release()


class _Locks(dict[str, list[_Lock]]):
    """The locks by what they are of, in the order in which they are taken."""


# By folder, the locks of a run that is one process: a janitor's connections count beside those of the checks.
_OF_THIS_PROCESS: WeakValueDictionary[Path, _Locks] = WeakValueDictionary()
_FINDING = threading.Lock()


def _of_this_process(folder: Path) -> _Locks:
    with _FINDING:
        locks = _OF_THIS_PROCESS.get(folder)
        if locks is None:
            locks = _OF_THIS_PROCESS[folder] = _Locks()
        return locks


class Place:
    """The right to hold one connection; given back once, whoever closes it. May be used as a context."""

    def __init__(self, locks: Iterable[_Lock]) -> None:
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
    """One process's part in the crowd of a run: `per_origin` and `in_all` are the most connections at once.

    `only` says that no other process shares `folder`, so that no file is needed.
    """

    def __init__(self, folder: Path, per_origin: int, in_all: int, workers: int = 1, only: bool = False) -> None:
        self._folder = folder
        self._only = only
        self._per_origin = per_origin
        self._in_all = in_all
        # What this process may leave open while it asks nothing, so that no other waits for it.
        self.idle_per_origin = per_origin // workers
        self.idle_in_all = in_all // workers
        self._shared = workers > 1
        self._mine = threading.local()
        self._taking = threading.Lock()
        self._locks = _of_this_process(folder) if only else _Locks()
        self._turns: dict[str, threading.Semaphore] = {}
        self._quiet = threading.Condition()
        self._going = 0  # requests of this process that are on their way
        self._measuring = False

    def enter(self, origin: Origin, ends: float, make_room: MakeRoom | None = None) -> Place:
        """A place for one more connection; waits until `ends`, then raises `Troubled` (timeout).

        `make_room` is called before each look, with the origin whose places are looked through, then with None for all.
        """
        room = make_room or _nothing
        of_origin = self._one(_name(origin), self._per_origin, ends, partial(room, origin))
        try:
            return Place([of_origin, self._one(_ALL, self._in_all, ends, partial(room, None))])
        except BaseException:
            of_origin.release()
            raise

    def held(self, origin: Origin | None = None) -> int:
        """How many places this process holds, of an origin or in all."""
        with self._taking:
            return sum(lock.is_taken for lock in self._locks.get(_name(origin) if origin else _ALL, ()))

    @contextmanager
    def turn(self, origin: Origin, ends: float) -> Iterator[None]:
        """While a thread of this process has one request on its way there; not waited for longer than until `ends`."""
        with self._taking:
            of_origin = self._turns.setdefault(_name(origin), threading.Semaphore(self._per_origin))
            of_all = self._turns.setdefault(_ALL, threading.Semaphore(self._in_all))
        with _taken(of_origin, ends), _taken(of_all, ends):
            yield

    @contextmanager
    def among_others(self, ends: float) -> Iterator[None]:
        """While one request is on its way; waits while another thread or process measures alone."""
        if getattr(self._mine, "alone", False):
            yield
            return
        with self._among_threads(ends), self._among_processes(ends):
            yield

    @contextmanager
    def alone(self, ends: float) -> Iterator[None]:
        """While no other request of this run is on its way; not waited for longer than until `ends`."""
        with self._alone_of_threads(ends), self._alone_of_processes(ends), self.unheeding():
            yield

    @contextmanager
    def unheeding(self) -> Iterator[None]:
        """While this thread waits for nobody who measures alone, as one that waits for this thread may be doing."""
        before = getattr(self._mine, "alone", False)
        self._mine.alone = True
        try:
            yield
        finally:
            self._mine.alone = before

    def close(self) -> None:
        """Close this thread's part of the shared lock."""
        lock: ReadWriteLock | None = self._mine.__dict__.pop("lock", None)
        if lock is not None:
            lock.close()

    @contextmanager
    def _among_threads(self, ends: float) -> Iterator[None]:
        with self._quiet:
            self._quiet.wait_for(lambda: not self._measuring, _until(ends))
            self._going += 1
        try:
            yield
        finally:
            with self._quiet:
                self._going -= 1
                if not self._going:
                    self._quiet.notify_all()

    @contextmanager
    def _alone_of_threads(self, ends: float) -> Iterator[None]:
        with self._quiet:
            mine = self._quiet.wait_for(lambda: not self._measuring, _until(ends))
            if mine:
                self._measuring = True
                self._quiet.wait_for(lambda: not self._going, _until(ends))
        try:
            yield
        finally:
            if mine:
                with self._quiet:
                    self._measuring = False
                    self._quiet.notify_all()

    def _among_processes(self, ends: float) -> AbstractContextManager[None]:
        return self._held(self._lock().acquire_read, ends) if self._shared else nullcontext()

    def _alone_of_processes(self, ends: float) -> AbstractContextManager[None]:
        return self._held(self._lock().acquire_write, ends) if self._shared else nullcontext()

    @contextmanager
    def _held(self, acquire: Callable[[float], object], ends: float) -> Iterator[None]:
        from filelock import Timeout

        try:
            acquire(_until(ends))
        except Timeout:
            yield  # asked all the same: its own deadline is about to end it
            return
        try:
            yield
        finally:
            self._lock().release()

    def _lock(self) -> ReadWriteLock:
        if not hasattr(self._mine, "lock"):
            from filelock import ReadWriteLock

            self._mine.lock = ReadWriteLock(self._folder / "alone.db", is_singleton=False)
        lock: ReadWriteLock = self._mine.lock
        return lock

    def _one(self, name: str, most: int, ends: float, make_room: Callable[[], None]) -> _Lock:
        while True:
            make_room()
            if (lock := self._free(name, most)) is not None:
                return lock
            if time.monotonic() + _AGAIN > ends:
                raise Troubled(Trouble(Reason.TIMEOUT, f"no connection of the run's {most} became free in time"))
            time.sleep(_AGAIN)

    def _free(self, name: str, most: int) -> _Lock | None:
        """One lock that nobody holds, now held; those that this process holds itself are not asked of the system."""
        with self._taking:
            locks = self._locks.get(name) or self._locks.setdefault(name, self._made(name, most))
            return next((lock for lock in locks if not lock.is_taken and lock.take()), None)

    def _made(self, name: str, most: int) -> list[_Lock]:
        if self._only:
            return [_Lock() for _ in range(most)]
        return [_LockOfAll(self._folder / f"{name}-{number}.lock") for number in range(most)]


@contextmanager
def _taken(turns: threading.Semaphore, ends: float) -> Iterator[None]:
    has = turns.acquire(timeout=_until(ends))
    try:
        yield  # without a turn it goes on all the same: its own deadline is about to end it
    finally:
        if has:
            turns.release()


def _until(ends: float) -> float:
    """Seconds until then, as a lock takes them: never endless."""
    return min(max(ends - time.monotonic(), 0.0), 3600.0)


def _name(origin: Origin) -> str:
    _, host, port = origin
    return sha256(f"{host}:{port}".encode()).hexdigest()[:16]


def _nothing(origin: Origin | None) -> None:
    """Nobody has room to make."""
