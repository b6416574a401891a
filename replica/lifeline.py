"""Ends this process when its parent is gone, also when the parent was killed with SIGKILL."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

LONGEST = 15.0  # seconds that programs which are just ending may go on writing
ELSEWHERE = "elsewhere"  # the file, in the state folder, that names those beside it
PR_SET_PDEATHSIG = 1  # prctl(2), <linux/prctl.h>
# What the kernel sends us then. A signal of its own: it comes when the thread that started us dies, a moment before the
# process of that thread is gone and we have another parent.
ORPHANED = signal.SIGHUP


def tie(parent: int, state: str) -> None:
    """Tie this process to `parent`, which holds the other end of our standard input.

    Two ropes: the kernel sends ORPHANED when the parent dies (Linux), and the pipe ends. The pipe works without the
    kernel's help and when our main thread hangs. The last of us takes the state folder along, as it holds passwords.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, ORPHANED)
    if os.getppid() != parent:  # it died before we asked the kernel
        sys.exit(1)
    threading.Thread(target=_wait, args=(state,), daemon=True, name="lifeline").start()


def clear(state: str) -> None:
    """Remove the state folder and those that it names beside it.

    Again where somebody wrote into one meanwhile: our own main thread, a sibling, or a program that is just ending. The
    state folder goes last, as only it tells us and the siblings of the others.
    """
    until = time.monotonic() + LONGEST
    while os.path.exists(state) and time.monotonic() < until:
        folders = elsewhere(state)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        if not any(map(os.path.exists, folders)):
            shutil.rmtree(state, ignore_errors=True)
        time.sleep(0.05)


def elsewhere(state: str) -> list[str]:
    """The folders of this replica that are not in its state folder."""
    try:
        return Path(state, ELSEWHERE).read_text().splitlines()
    except FileNotFoundError:
        return []


def _wait(state: str) -> None:
    while os.read(0, 1024):
        continue
    clear(state)
    os._exit(1)
