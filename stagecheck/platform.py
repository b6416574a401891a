"""Starts the platform of an environment that has a `start` command, and stops it."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from stagecheck.errors import BadInput
from stagecheck.model import Environment

READY_WITHIN = 120.0  # seconds; the first start builds databases
STOP_WITHIN = 5.0


@dataclass
class Started:
    """A platform that this run started; `told` is the line of JSON it printed when it was ready."""

    process: subprocess.Popen[bytes]
    told: dict[str, Any]

    @property
    def variables(self) -> dict[str, str]:
        """The credentials that were made up at this start: variable name -> value."""
        return dict(self.told.get("variables", {}))

    def stop(self) -> None:
        """End the platform: it ends by itself when its standard input closes."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Started:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


def start(environment: Environment, faults: Sequence[str] = (), folder: Path | None = None) -> Started:
    """Run the environment's `start` command in a folder and wait for its ready line; raises BadInput without one."""
    command = [sys.executable if word == "python" else word for word in environment.start]
    for fault in faults:
        command += ["--fault", fault]
    # A pipe that nobody reads would stop the platform once it is full.
    with tempfile.TemporaryFile() as errors:
        # In a session of its own, so that Ctrl-C reaches the suite alone and the clean-up still finds a platform.
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True, cwd=folder
        )
        line = _first_line(process)
        try:
            told = json.loads(line)
        except ValueError:
            process.kill()
            process.communicate()
            errors.seek(0)
            last = errors.read().decode("utf-8", "replace").strip().splitlines()
            why = last[-1] if last else f"it said {line[:80]!r} instead of its addresses within {READY_WITHIN:g} s"
            raise BadInput(
                f"environment '{environment.name}': {' '.join(environment.start)} did not start: {why}"
            ) from None
    return Started(process, told)


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
