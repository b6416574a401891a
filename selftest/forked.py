"""`python -m MODULE ...` in a process that is forked when all that the project needs is imported already.

It is a process of its own with its own folder, variables and output, as subprocess makes one. What it saves, hundreds
of times, is the second in which Python reads the libraries.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import resource
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from _pytest.assertion.rewrite import AssertionRewritingHook

WAYS = multiprocessing.get_context("forkserver")
IMPORTED = ["pytest", "stagecheck.pytest_plugin", "stagecheck.__main__", "allure_pytest.plugin", "xdist.plugin"]
WAYS.set_forkserver_preload(IMPORTED)


@dataclass(frozen=True)
class Ended:
    """Its returncode as subprocess has it, what it printed, and the most memory that it held, in KiB: 0 when killed."""

    returncode: int
    stdout: str
    stderr: str
    peak: int


def run(*command: str, cwd: Path, env: Mapping[str, str], timeout: float) -> Ended:
    """`python -m COMMAND` to its end; raises `subprocess.TimeoutExpired`, and kills it, where it has none in time."""
    with tempfile.TemporaryDirectory(prefix="forked-") as folder:
        process = WAYS.Process(target=_serve, args=(list(command), str(cwd), dict(env), folder))
        process.start()
        process.join(timeout)
        late = process.exitcode is None
        if late:
            process.kill()
            process.join()
        out, err, peak = (_told(Path(folder, name)) for name in ("out", "err", "peak"))
    if late:
        raise subprocess.TimeoutExpired(command, timeout, out, err)
    assert process.exitcode is not None
    return Ended(process.exitcode, out, err, int(peak or 0))


def _told(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def _serve(command: list[str], cwd: str, env: dict[str, str], folder: str) -> None:
    """In the forked process: become what `python -m COMMAND` is in a new one."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for number, name in enumerate(("out", "err"), start=1):
        os.dup2(os.open(Path(folder, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # That asserts of the plugins are not rewritten: there are none that a run meets.
    AssertionRewritingHook._warn_already_imported = lambda *_: None  # type: ignore[method-assign]
    sys.modules.pop(f"{command[0]}.__main__", None)
    sys.argv = command
    sys.path.insert(0, cwd)
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()
        Path(folder, "peak").write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
