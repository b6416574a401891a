"""Starts the platform of an environment that has a `start` command, stops it, and notices when it ends by itself."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from stagecheck.errors import BadInput
from stagecheck.model import Environment

READY_WITHIN = 120.0  # seconds; the first start builds databases
STOP_WITHIN = 5.0
ENDED = "platform-ended"  # the file, in the folder that a run's processes share, that says so


@dataclass
class Started:
    """A platform that this run started; `told` is the line of JSON it printed when it was ready."""

    process: subprocess.Popen[bytes]
    told: dict[str, Any]
    errors: IO[bytes]
    _stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def variables(self) -> dict[str, str]:
        """The credentials that were made up at this start: variable name -> value."""
        return dict(self.told.get("variables", {}))

    @property
    def last_words(self) -> str:
        """The last line of its standard error; empty when it said nothing."""
        self.errors.seek(0)
        lines = self.errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def watch(self, folder: Path) -> None:
        """From now on, tell every process of the run when the platform ends before it is stopped; see `ended`."""
        threading.Thread(target=self._wait, args=(folder,), daemon=True, name="platform").start()

    def _wait(self, folder: Path) -> None:
        code = self.process.wait()
        if not self._stopping.is_set():
            words = self.last_words or "it said nothing"
            sentence = f"the platform that this run started ended by itself (exit code {code}): {words}"
            draft = folder / f"{ENDED}.draft"
            draft.write_text(sentence)
            draft.replace(folder / ENDED)

    def stop(self) -> None:
        """End the platform: it ends by itself when its standard input closes."""
        self._stopping.set()
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.errors.close()

    def __enter__(self) -> Started:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


def start(environment: Environment, faults: Sequence[str] = (), folder: Path | None = None) -> Started:
    """Run the environment's `start` command in a folder and wait for its ready line; raises BadInput without one."""
    command = [sys.executable if word == "python" else word for word in environment.start]
    for fault in faults:
        command += ["--fault", fault]
    # A file, since a pipe that nobody reads would stop the platform once it is full.
    errors = tempfile.TemporaryFile()  # noqa: SIM115  closed when the platform is stopped
    # In a session of its own, so that Ctrl-C reaches the suite alone and the clean-up still finds a platform.
    try:
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True, cwd=folder
        )
    except OSError as error:
        errors.close()
        raise _not_started(environment, str(error)) from None
    started = Started(process, {}, errors)
    line = _first_line(process)
    try:
        started.told = json.loads(line)
    except ValueError:
        process.kill()
        process.wait()
        why = started.last_words or f"it said {line[:80]!r} instead of its addresses within {READY_WITHIN:g} s"
        started.stop()
        raise _not_started(environment, why) from None
    return started


def _not_started(environment: Environment, why: str) -> BadInput:
    return BadInput(f"environment '{environment.name}': {' '.join(environment.start)} did not start: {why}")


def ended(folder: str) -> str:
    """Why the platform that this run started is gone; empty while it is there, and where the run started none."""
    if not folder:
        return ""
    try:
        return (Path(folder) / ENDED).read_text()
    except FileNotFoundError:
        return ""


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    deadline = time.monotonic() + READY_WITHIN
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([process.stdout], [], [], min(left, 1.0))
        if ready:
            return process.stdout.readline()
    return b""


def placed(environment: Environment, told: dict[str, Any]) -> Environment:
    """The environment with the addresses that its platform told."""
    return environment.model_copy(
        update={
            "connect": {**environment.connect, **told.get("connect", {})},
            "resolver": told.get("resolver") or environment.resolver,
            "ca_file": told.get("ca_file") or environment.ca_file,
        }
    )
