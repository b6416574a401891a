"""Servers that are programs of the machine: found, started with this process, and stopped with it, also when it is
killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import glob
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from replica import serving, switch

START = 10.0  # seconds
STOP = 3.0


def found(program: str) -> str:
    """Where the program is: a name on the PATH, or the newest of a path with wildcards; empty where it is not."""
    if "/" not in program:
        return shutil.which(program) or ""
    return max(glob.glob(program), default="")


class ProgramPart:
    """A program that listens on a port; a subclass says how it is started in each mode, and what is in it.

    The program gets `ends_by` from the kernel when this process dies.
    """

    ends_by = "TERM"

    def __init__(self, name: str, port: int, state: str) -> None:
        self.name = name
        self.port = port
        self.state = Path(state)
        self.folder = self.state / name
        self._process: subprocess.Popen[bytes] | None = None
        self._nobody: asyncio.Server | None = None

    def mode(self) -> str:
        """The faults that say how it is started, `down`, or that nobody is behind its port."""
        if switch.is_on(f"{self.name}-down"):
            return "down"
        return serving.NOBODY if switch.is_on(f"{self.name}-nobody") else "up"

    def lowered(self) -> list[str]:
        """The words of `setpriv` by which it runs as somebody else."""
        return []

    @property
    def running(self) -> bool:
        """Whether the program was started and not stopped."""
        return self._process is not None

    def command(self, mode: str) -> Sequence[str]:
        """The program and its arguments."""
        raise NotImplementedError

    async def fill(self, mode: str) -> None:
        """Called once it listens: puts in what it holds in that mode."""

    async def start(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)

    async def open(self, mode: str) -> None:
        if mode == serving.NOBODY:
            loop = asyncio.get_running_loop()
            self._nobody = await loop.create_server(serving.HangsUp, sock=serving.bound(self.port))
            return
        tied = ["setpriv", *self.lowered(), "--pdeathsig", self.ends_by, *self.command(mode)]
        with (self.state / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                tied, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
            )
        async with asyncio.timeout(START):
            while not await self.listens():
                if self._process.poll() is not None:
                    raise RuntimeError(f"{self.name}: the program ended with {self._process.returncode}")
                await asyncio.sleep(0.01)
        await self.fill(mode)

    async def close(self) -> None:
        if self._nobody is not None:
            self._nobody.close()
            self._nobody = None
        if self._process is not None:
            self._process.send_signal(getattr(signal, f"SIG{self.ends_by}"))
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, STOP)
            self._process.kill()
            self._process.wait()
            self._process = None

    async def stop(self) -> None:
        await self.close()

    async def tick(self) -> None:
        """Nothing here goes with the time."""

    async def listens(self) -> bool:
        """Whether it can be asked now."""
        try:
            _, writer = await asyncio.open_connection(serving.HOST, self.port)
        except OSError:
            return False
        writer.close()
        return True
