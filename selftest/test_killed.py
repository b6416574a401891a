"""Runs that are killed: no promote, what was heard is kept, and the next run removes what was left behind."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from selftest import forked, store
from selftest.lean import lean_copy
from selftest.store import SENTINELS, TARGET, TOKENS, Store
from selftest.whole_run import ROOT, Folder
from stagecheck import marks

SEED = 20240917
# In every process of a run: its id in a file, and a file once it knows of Ctrl-C; in the main one: how often something
# is written under reports/, and the end of the process at a given time, before that is written.
MOMENTS = """\
import os, pathlib, signal, sys, time

worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
pathlib.Path(f"pid-{worker}").write_text(str(os.getpid()))
reports, at, count = os.path.abspath("reports"), int(os.environ.get("KILL_AT", "0")), 0
WRITES = os.O_WRONLY | os.O_RDWR

def hook(event, arguments):
    global count
    if event not in ("open", "os.rename", "os.remove") or not isinstance(arguments[0], (str, os.PathLike)):
        return
    if event == "open" and not (arguments[2] or 0) & WRITES:
        return
    path = os.path.abspath(arguments[0])
    if path.startswith(reports + os.sep):
        count += 1
        os.write(log, f"{event} {os.path.relpath(path, reports)}\\n".encode())
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

def pytest_keyboard_interrupt():
    pathlib.Path("interrupted").touch()
    time.sleep(0.5)  # as pytest takes its time to show where it was

if worker == "main":
    log = os.open("written.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    sys.addaudithook(hook)
"""
# Ctrl-C while the threads that ask ahead are being started, and a file once those that were are told to stop.
BREAKS_OFF = """\
import pathlib
from stagecheck import pytest_plugin

class BreaksOff(pytest_plugin.Ahead):
    def begin(self, checks):
        super().begin(checks)
        self.broke_off = True
        raise KeyboardInterrupt

    def stop(self):
        if hasattr(self, "broke_off"):
            pathlib.Path("stopped").touch()
        super().stop()

pytest_plugin.Ahead = BreaksOff
"""
PROMOTE = {"verdict": "promote", "reasons": [], "checks": [{"id": "old"}]}


@dataclass
class Platform:
    """The store, the project that checks it, and what is to befall a run of it."""

    store: Store
    folder: Folder
    decoys: set[str]
    happened: list[tuple[str, int]] = field(default_factory=list)
    struck: int = 0  # how many moments had been when the signal came,
    told: list[str] = field(default_factory=list)  # and which checks were told by then

    @property
    def planted(self) -> set[str]:
        """The ids of the records that runs created and that are still there."""
        return self.store.all() - self.decoys

    def run(
        self,
        *arguments: str,
        at: int = 0,
        kill: int = signal.SIGKILL,
        who: str = "main",
        ahead: bool = False,
        **more: str,
    ) -> Any:
        """A run to its end; at the given moment of the store, counted from 1, the process `who` gets the signal.

        Of a run that asks `ahead`, of which no two are alike, only plantings count, once a check has been told.
        """
        self.happened.clear()
        interrupted = self.folder.path / "interrupted"
        interrupted.unlink(missing_ok=True)
        counted = itertools.count(1)

        def moment(what: str) -> None:
            self.happened.append((what, len(self.planted)))
            counts = not ahead or (what == "POST is done" and bool(self.report("heard.jsonl")))
            if counts and next(counted) == at:
                self.struck, self.told = len(self.happened), self.heard if ahead else []
                os.kill(int((self.folder.path / f"pid-{who}").read_text()), kill)
                if kill == signal.SIGKILL:
                    time.sleep(0.2)  # it is dead before it could hear the answer
                until = time.monotonic() + 20
                while ahead and kill == signal.SIGINT and not interrupted.exists() and time.monotonic() < until:
                    time.sleep(0.01)  # it knows before it could hear the answer

        self.store.moment = moment
        # With --maxfail nothing is asked ahead, so the moments of one run are those of another.
        in_order = [] if ahead else ["--maxfail=1000"]
        command = self.folder.command("-p", "moments", *in_order, *arguments)
        ran = forked.run(*command, cwd=self.folder.path, env=self.folder.variables({**TOKENS, **more}), timeout=60)
        with self.store.busy:  # a request that was sent is answered, though nobody hears it
            self.store.moment = lambda what: None
        return ran.returncode, ran.stdout + ran.stderr

    def report(self, name: str) -> str:
        return (self.folder.path / "reports" / name).read_text()

    @property
    def verdict(self) -> dict[str, Any]:
        return json.loads(self.report("verdict.json"))

    @property
    def heard(self) -> list[str]:
        return [json.loads(line)["id"] for line in self.report("heard.jsonl").splitlines()]

    def leave_an_old_promote(self) -> None:
        reports = self.folder.path / "reports"
        reports.mkdir(exist_ok=True)
        (reports / "verdict.json").write_text(json.dumps(PROMOTE))
        (reports / "summary.md").write_text("# local: PROMOTE\n")


def old_mark(minutes: float = 0) -> str:
    return marks.mark(marks.run_id(time.time() + minutes * 60), "0123456789abcdef" * 2)


def decoys(kept: Store) -> set[str]:
    """Records that look a little like ours, in both tenants."""
    for tenant, sentinel in SENTINELS.items():
        kept.put(tenant, name="A customer", mail="someone@example.org")
        kept.put(tenant, name="Synthetic sc-fi", mail="sc-fi@example.org")
        kept.put(tenant, name=f"see Synthetic {old_mark(-500)}, a lead of the checks", mail="someone@example.org")
        kept.put(tenant, name=f"Synthetic {old_mark(-500)[:-1]}", mail="cut@example.org")
        kept.put(tenant, name=f"Synthetic {old_mark(+60)}", mail="another-run-that-begins-later@example.org")
        kept.put(tenant, name=f"Synthetic {old_mark(-500)}", mail=f"{sentinel}@example.org")
        kept.put(tenant, name=f"Synthetic {old_mark(-500)}", mail=f"{old_mark(+60)}@example.org")
    return kept.all()


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with store.running() as kept:
        folder = Folder(tmp_path / "p")
        folder.target("shop", **TARGET)
        folder.environment(**kept.environment(stale_after=0))
        (folder.path / "moments.py").write_text(MOMENTS)
        yield Platform(kept, folder, decoys(kept))


def chosen(platform: Platform, number: int, skip: int = 0) -> list[int]:
    """Moments of a whole run at which records of it are on the platform; seeded, so that a failure can be had again."""
    code, out = platform.run()
    assert (code, platform.planted) == (0, set()), out
    counts = [planted for _, planted in platform.happened]
    # The request that is under way at the kill still takes place: something must be left after it.
    between = [at for at, (one, after) in enumerate(itertools.pairwise(counts), 1) if one > 0 and after > 0]
    return sorted(random.Random(SEED + skip).sample(between, number))


def test_a_whole_run_counts_what_it_creates_and_removes(platform: Platform) -> None:
    _, out = platform.run()
    counts = platform.verdict["records"]

    assert platform.verdict["verdict"] == "promote", out
    assert counts["created"] == counts["removed"] > 5
    assert (counts["left"], counts["swept"]) == (0, 0)
    assert (
        f"records: created {counts['created']}, removed {counts['removed']}, cancelled {counts['cancelled']}, left 0"
        in out
    )
    assert platform.store.all() == platform.decoys


def test_killed_between_planting_and_removal(platform: Platform) -> None:
    moments = chosen(platform, 6)
    whole = platform.heard
    for at in moments:
        platform.leave_an_old_promote()
        code, _ = platform.run(at=at)
        left = platform.planted

        assert code == -signal.SIGKILL
        assert platform.happened[at - 1][1] > 0
        assert left
        assert platform.verdict["verdict"] == "inconclusive"
        assert "PROMOTE" not in platform.report("summary.md")
        assert platform.heard == whole[: len(platform.heard)]

        code, out = platform.run()

        assert platform.store.all() == platform.decoys
        assert (code, platform.verdict["verdict"], platform.verdict["records"]["swept"]) == (0, "promote", len(left))
        assert f"janitor: removed {len(left)} record" in out
        assert "of earlier runs: shop/leads " in platform.report("summary.md").replace("\\", "")


def test_what_was_heard_before_a_kill_is_kept(platform: Platform) -> None:
    at = chosen(platform, 1)[0]
    whole, after = platform.heard, [what for what, _ in platform.happened]
    last = max(number for number, what in enumerate(after, 1) if what == "DELETE is done")
    platform.run(at=max(at, last))

    assert len(platform.heard) >= len(whole) - 1
    assert all(json.loads(line)["outcome"] == "passed" for line in platform.report("heard.jsonl").splitlines())


def test_a_killed_worker(platform: Platform) -> None:
    """The run goes on: it cleans up after the worker itself, and has no verdict on the check that was cut off."""
    for at in chosen(platform, 3, skip=1):
        platform.leave_an_old_promote()
        code, out = platform.run("-n", "1", at=at, who="gw0")
        swept = platform.verdict["records"]["swept"]

        assert (code, platform.verdict["verdict"]) == (6, "inconclusive"), out
        assert [row["reason"] for row in platform.verdict["checks"] if row["outcome"] == "inconclusive"] == ["crashed"]
        assert platform.store.all() == platform.decoys
        assert swept > 0
        assert "of this run, which did not come to its end: shop/leads" in out


def test_killed_while_reports_are_written(platform: Platform) -> None:
    platform.run()
    written = (platform.folder.path / "written.log").read_text().splitlines()
    told = [at for at, line in enumerate(written, 1) if line.startswith("open evidence/")]
    last_heard = told[-1]
    end = list(range(last_heard + 1, len(written) + 1))
    begun = list(range(5, last_heard))  # before that, the old verdict and the old page are being replaced
    names = [line for line in written[last_heard:] if "allure" not in line]
    late = [at for at in end if "allure" not in written[at - 1]]
    seeded = random.Random(SEED)
    moments = sorted({*seeded.sample(begun, 4), *seeded.sample(end, 3), *late})

    assert len(told) == len(platform.heard) > 1
    assert len(late) >= 4, names
    assert len(set(moments) & set(end)) >= 5
    assert written[-1].startswith("os.rename verdict.")
    for at in moments:
        platform.leave_an_old_promote()
        code, _ = platform.run(KILL_AT=str(at))

        assert code == -signal.SIGKILL, written[at - 1]
        assert platform.verdict["verdict"] == "inconclusive", written[at - 1]
        assert "PROMOTE" not in platform.report("summary.md") or at > last_heard
        assert all(json.loads(line) for line in platform.report("heard.jsonl").splitlines())


@pytest.mark.parametrize("workers", [[], ["-n", "1"]])
def test_interrupted(platform: Platform, workers: list[str]) -> None:
    """Ctrl-C reaches all processes of the run; what is planted is removed, even a record whose id was never heard."""
    posts = [at for at, (what, _) in enumerate(_whole(platform), 1) if what == "POST is done"]
    at = random.Random(SEED).choice(posts)
    code, out = platform.run(*workers, at=at, kill=signal.SIGINT)

    assert (code, platform.verdict["verdict"]) == (2, "inconclusive"), out
    assert platform.store.all() == platform.decoys
    assert platform.verdict["records"]["left"] == 0


def test_interrupted_and_not_able_to_clean_up(platform: Platform) -> None:
    at = next(at for at, (what, _) in enumerate(_whole(platform), 1) if what == "POST is done")
    platform.store.keeps = True
    code, out = platform.run(at=at, kill=signal.SIGINT)
    (left,) = platform.planted

    assert (code, platform.verdict["records"]["left"]) == (2, 1)
    assert f"janitor: could not remove 1 record of this run, which did not come to its end: shop/leads {left} of" in out


# -- asked ahead


@pytest.mark.parametrize("at", [1, 4, 8])
def test_interrupted_while_asking_ahead(platform: Platform, at: int) -> None:
    """Ctrl-C stops all threads at once: each removes what it planted, and what was told until then is kept."""
    platform.leave_an_old_promote()
    code, out = platform.run(at=at, kill=signal.SIGINT, ahead=True)
    rows, records = platform.verdict["checks"], platform.verdict["records"]
    after = {what for what, _ in platform.happened[platform.struck :]}

    assert (code, platform.verdict["verdict"]) == (2, "inconclusive"), out
    assert "PROMOTE" not in platform.report("summary.md")
    assert "DELETE is done" in after
    assert not after & {"POST comes", "PATCH comes"}
    assert platform.store.all() == platform.decoys
    assert (records["left"], records["swept"]) == (0, 0)
    assert platform.heard[: len(platform.told)] == platform.told != []
    assert {row["id"] for row in rows if row["outcome"] == "passed"} == set(platform.heard)
    assert {row["reason"] for row in rows if row["outcome"] != "passed"} == {"not_heard"}


def test_interrupted_while_it_begins_to_ask(platform: Platform) -> None:
    (platform.folder.path / "breaks_off.py").write_text(BREAKS_OFF)
    code, out = platform.run("-p", "breaks_off", ahead=True)

    assert (code, platform.verdict["verdict"]) == (2, "inconclusive"), out
    assert (platform.folder.path / "stopped").exists()
    assert platform.store.all() == platform.decoys


@pytest.mark.parametrize("at", [1, 4, 8])
def test_killed_while_asking_ahead(platform: Platform, at: int) -> None:
    platform.leave_an_old_promote()
    code, _ = platform.run(at=at, ahead=True)
    left = platform.planted

    assert (code, platform.verdict["verdict"]) == (-signal.SIGKILL, "inconclusive")
    assert "PROMOTE" not in platform.report("summary.md")
    assert left
    assert platform.heard[: len(platform.told)] == platform.told != []

    code, out = platform.run(ahead=True)

    assert platform.store.all() == platform.decoys
    assert (code, platform.verdict["verdict"], platform.verdict["records"]["swept"]) == (0, "promote", len(left)), out
    assert f"janitor: removed {len(left)} record" in out


def _whole(platform: Platform) -> list[tuple[str, int]]:
    platform.run()
    return list(platform.happened)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_platform_of_the_runs_own_that_dies_is_said_once_and_no_service_is_blamed(
    workers: tuple[str, ...], tmp_path: Path
) -> None:
    options = ["--targets", str(lean_copy(tmp_path / "targets")), "--reports", str(tmp_path), *workers]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        heard = tmp_path / "heard.jsonl"
        until = time.monotonic() + 120
        while (not heard.exists() or heard.read_text().count("\n") < 20) and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(replica_of(run.pid), signal.SIGKILL)
        out, _ = run.communicate(timeout=120)

    told = json.loads((tmp_path / "verdict.json").read_text())
    assert (run.returncode, told["verdict"]) == (6, "inconclusive"), out
    assert told["reasons"] == ["the platform that this run started ended by itself (exit code -9): it said nothing"]
    # What was asked at that very moment may have failed before anybody knew; the verdict blames none of it.
    left = [(check["outcome"], check["reason"]) for check in told["checks"] if check["outcome"] != "passed"]
    assert left.count(("inconclusive", "platform_ended")) > len(left) * 0.9


def replica_of(run: int) -> int:
    """The process id of the replica that a run started."""
    for children in Path("/proc").glob(f"{run}/task/*/children"):
        for child in children.read_text().split():
            if b"replica" in (Path("/proc") / child / "cmdline").read_bytes().split(b"\0"):
                return int(child)
    raise LookupError("the run has no replica")
