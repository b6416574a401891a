"""Ends this process when its parent is gone, also when the parent was killed with SIGKILL."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
import threading
import time

CLEARINGS = 20
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
    """Remove the state folder, again where somebody wrote into it meanwhile: our own main thread, or a sibling."""
    for _ in range(CLEARINGS):
        shutil.rmtree(state, ignore_errors=True)
        if not os.path.exists(state):
            return
        time.sleep(0.05)


def _wait(state: str) -> None:
    while os.read(0, 1024):
        continue
    clear(state)
    os._exit(1)
