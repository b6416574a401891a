"""A process has a folder of its own, and that of one that was killed is removed by the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagecheck import scratch
from stagecheck.scratch import ALIVE, NEW, Scratch

MAKES = "import time; from stagecheck.scratch import Scratch; s = Scratch(); print(s.path, flush=True); time.sleep(60)"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def other(temporary: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process, and its folder, which is old."""
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen([sys.executable, "-c", MAKES], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        aged(folder)
        yield process, folder
        process.kill()


def aged(folder: Path) -> None:
    old = time.time() - NEW - 1
    os.utime(folder / ALIVE, (old, old))


def test_a_folder_is_there_until_it_is_closed(temporary: Path) -> None:
    made = Scratch()
    (made.path / "kept").touch()
    aged(made.path)

    scratch.sweep()
    assert (made.path / "kept").exists()
    made.close()
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_has_is_kept(
    other: tuple[subprocess.Popen[str], Path],
) -> None:
    process, folder = other
    scratch.sweep()
    assert folder.is_dir()

    process.send_signal(signal.SIGKILL)
    process.wait(10)
    scratch.sweep()
    assert not folder.exists()


def test_what_is_new_or_not_ours_is_left_alone(temporary: Path) -> None:
    new, notes = temporary / "stagecheck-new", temporary / "stagecheck-notes"
    for folder in (new, notes):
        folder.mkdir()
    (new / ALIVE).touch()

    scratch.sweep()

    assert sorted(temporary.iterdir()) == [new, notes]
