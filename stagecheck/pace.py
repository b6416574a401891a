"""How fast a run asks: within the environment's budget, slower when the platform says so, and not at all when it fails.

The budget holds for each tenant and service over all processes of a run, by pyrate-limiter's SQLite bucket in the
run's folder; where a run is one process, its parts keep it together in memory. A window that slides is never over the
limit of a platform that counts in windows or in tokens.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from pyrate_limiter import AbstractBucket, Decision, InMemoryBucket, Rate, RateItem, SQLiteBucket

from stagecheck import allowance
from stagecheck.exchange import Trouble, Troubled
from stagecheck.outcome import Reason

# A minute, and a second for requests that take longer on the way than those before them; in milliseconds.
WINDOW = 61_000
# Of the last LAST answers: above SLOW of them 5xx each request waits, and above STOP the run asks nothing more.
LAST = 50
SLOW = 0.2
STOP = 0.6
FEWEST = 10  # answers before which a share says nothing
LONGEST_PAUSE = 0.25  # seconds before each request, at a share of 1

Headers = tuple[tuple[str, str], ...]

_TABLES = """
CREATE TABLE IF NOT EXISTS answers (id INTEGER PRIMARY KEY, failed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS holds (bucket TEXT PRIMARY KEY, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS stop (sentence TEXT NOT NULL);
"""


class _Kept:
    """What the one process of a run has asked and heard.

    Plain data under a lock: SQLite in memory lets other threads go on in each of its calls, so that all waited for the
    one that had the lock.
    """

    def __init__(self, per_minute: int) -> None:
        self.lock = threading.Lock()
        self.rate = Rate(per_minute, WINDOW)
        self._buckets: dict[str, AbstractBucket] = {}
        self._last: deque[bool] = deque(maxlen=LAST)
        self._holds: dict[str, float] = {}
        self._stop = ""

    def bucket(self, name: str) -> AbstractBucket:
        with self.lock:
            if name not in self._buckets:
                self._buckets[name] = self.made(name)
            return self._buckets[name]

    def made(self, name: str) -> AbstractBucket:
        return InMemoryBucket([self.rate])

    def hear(self, failed: bool) -> None:
        """An answer more; too many failed ones of the last stop the run."""
        with self.lock:
            self._last.append(failed)
            self._stop = self._stop or _too_many(sum(self._last), len(self._last))

    def hold(self, name: str, until: float) -> None:
        """Ask that bucket's tenant and service nothing until that time, in seconds since 1970."""
        with self.lock:
            self._holds[name] = max(until, self._holds.get(name, 0.0))

    def held(self, name: str) -> float:
        """Until when, in seconds since 1970, nothing is to be asked; 0 where nobody said so."""
        with self.lock:
            return self._holds.get(name, 0.0)

    def failing(self) -> tuple[int, int]:
        """How many of the last answers failed, and how many answers these are."""
        with self.lock:
            return sum(self._last), len(self._last)

    def stop(self) -> str:
        """Why nothing more is to be asked; empty when it may."""
        with self.lock:
            return self._stop

    def close(self) -> None:
        with self.lock:
            for bucket in self._buckets.values():
                bucket.close()
            self._buckets.clear()


class _KeptInFiles(_Kept):
    """What all processes of a run have asked and heard, in files of its folder."""

    def __init__(self, folder: Path, per_minute: int) -> None:
        super().__init__(per_minute)
        from filelock import FileLock  # only a run of several processes needs it

        self._folder = folder
        self._state = sqlite3.connect(folder / "pace.sqlite", timeout=10, check_same_thread=False)
        self._state.execute("PRAGMA synchronous=OFF")  # the file does not outlive the run
        # SQLite refuses at once, without waiting, where two processes make the tables at the same moment.
        with FileLock(folder / "pace.lock"):
            self._state.executescript(_TABLES)

    def made(self, name: str) -> AbstractBucket:
        # A file of its own, so that no bucket waits for the lock of another.
        path = str(self._folder / f"{name}.sqlite")
        return SQLiteBucket.init_from_file([self.rate], db_path=path, use_file_lock=True)

    def hear(self, failed: bool) -> None:
        with self._changing():
            self._state.execute("INSERT INTO answers (failed) VALUES (?)", (int(failed),))
            if not self._sentence() and (told := _too_many(*self._failing())):
                self._state.execute("INSERT INTO stop VALUES (?)", (told,))

    def hold(self, name: str, until: float) -> None:
        with self._changing():
            self._state.execute(
                "INSERT INTO holds VALUES (?, ?) ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
                (name, until),
            )

    def held(self, name: str) -> float:
        with self.lock:
            row = self._state.execute("SELECT until FROM holds WHERE bucket = ?", (name,)).fetchone()
        return float(row[0]) if row else 0.0

    def failing(self) -> tuple[int, int]:
        with self.lock:
            return self._failing()

    def stop(self) -> str:
        with self.lock:
            return self._sentence()

    def close(self) -> None:
        super().close()
        with self.lock:
            self._state.close()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self.lock, self._state:
            self._state.execute("BEGIN IMMEDIATE")
            yield

    def _sentence(self) -> str:
        row = self._state.execute("SELECT sentence FROM stop LIMIT 1").fetchone()
        return str(row[0]) if row else ""

    def _failing(self) -> tuple[int, int]:
        last = "SELECT failed FROM answers ORDER BY id DESC LIMIT ?"
        failed, answers = self._state.execute(f"SELECT total(failed), count(*) FROM ({last})", (LAST,)).fetchone()  # noqa: S608
        return int(failed), int(answers)


def _too_many(failed: int, answers: int) -> str:
    """Why the run asks nothing more after so many failed answers of the last; empty when it may."""
    if answers < LAST or failed <= STOP * LAST:
        return ""
    return f"the platform is failing: {failed} of the last {answers} answers were 5xx"


@lru_cache(maxsize=8)
def _of_this_process(folder: Path, per_minute: int) -> _Kept:
    """What the one process of the run in `folder` keeps: a janitor's requests count beside those of the checks."""
    return _Kept(per_minute)


class Pace:
    """One process's view of the pace of its run; all that share `folder` share the pace, None is alone.

    `only` says that no other process shares it, so that no file is needed. Nobody waits any more once `stopped` is set.
    """

    def __init__(
        self, folder: Path | None, per_minute: int, stopped: threading.Event | None = None, only: bool = False
    ) -> None:
        self._stopped = stopped or threading.Event()
        self._limit = per_minute
        self._outlives = only and folder is not None
        if folder is None:
            self._kept = _Kept(per_minute)
        else:
            self._kept = _of_this_process(folder, per_minute) if only else _KeptInFiles(folder, per_minute)

    def close(self) -> None:
        """Close its files; what the process's other paces share stays."""
        if not self._outlives:
            self._kept.close()

    def admit(self, tenant: str, service: str, ends: float, awaits: bool = False) -> None:
        """Wait until one more request may go out; raises `Troubled`: overload, or deadline when `ends` comes before.

        `awaits` asks though the platform fails, since it is being waited for.
        """
        name = _name(tenant, service)
        if not awaits:
            self._wait(self._slowed(), ends, "the platform fails too often to be asked faster")
        while True:
            if not awaits and (sentence := self.overload()):
                raise Troubled(Trouble(Reason.OVERLOAD, sentence))
            held = self._kept.held(name) - time.time()
            if held > 0:
                self._wait(held, ends, f"the platform asked to leave {service} alone for {held:.0f} s more")
                continue
            decision = self._kept.bucket(name).put_decision(RateItem(name, time.time_ns() // 1_000_000))
            assert isinstance(decision, Decision)  # an Awaitable is for the asynchronous buckets
            if decision.allowed:
                return
            wait = (decision.retry_after_ms or 0) / 1000 + 0.01
            self._wait(wait, ends, f"the budget of {self._limit} requests a minute is used up for {wait:.0f} s")

    def heard(self, tenant: str, service: str, status: int | None, headers: Headers, awaits: bool = False) -> None:
        """Learn from an answer: how long to leave the platform alone, and whether it fails, unless it `awaits`."""
        wait = allowance.pause(status, headers)
        if wait > 0:
            self._kept.hold(_name(tenant, service), time.time() + wait)
        if status is not None and not awaits:
            self._kept.hear(status >= 500)

    def overload(self) -> str:
        """Why the run must ask nothing more; empty when it may."""
        return self._kept.stop()

    def _slowed(self) -> float:
        """Seconds before each request: more, the more of the last answers were 5xx."""
        failed, answers = self._kept.failing()
        share = failed / answers if answers >= FEWEST else 0.0
        return share * LONGEST_PAUSE if share >= SLOW else 0.0

    def _wait(self, seconds: float, ends: float, why: str) -> None:
        if seconds <= 0:
            return
        if time.monotonic() + seconds > ends:
            raise Troubled(Trouble(Reason.DEADLINE, f"not asked before the run's deadline: {why}"))
        if self._stopped.wait(seconds):
            raise Troubled(Trouble(Reason.DEADLINE, "the run was stopped"))


def _name(tenant: str, service: str) -> str:
    return sha256(f"{tenant} {service}".encode()).hexdigest()[:16]
