"""One part of the replica alone, as its own process on a free port, for the selftests of that part."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from replica import switch

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Running:
    """A part that runs; `client` speaks to it and knows no proxy."""

    state: str
    part: str
    client: httpx.Client

    @contextmanager
    def fault(self, name: str) -> Iterator[None]:
        """The part under that one fault."""
        self._put([name])
        try:
            yield
        finally:
            self._put([])

    def _put(self, names: list[str]) -> None:
        switch.put(names, self.state)
        acknowledged = Path(self.state) / f"ack-{self.part}"
        deadline = time.monotonic() + 5
        while not acknowledged.exists() or acknowledged.read_text().split() != sorted(names):
            assert time.monotonic() < deadline, f"{self.part} does not follow the faults {names}"
            time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def running(part: str, state: Path, auth_port: int = 9) -> Iterator[Running]:
    """`part` served from the folder `state`, which holds its database or is given one from the cache."""
    port = free_port()
    settings = {"state": str(state), "ports": {part: port, "auth": auth_port}, "passwords": {}}
    (state / "settings.json").write_text(json.dumps(settings))
    environment = {**os.environ, "REPLICA_STATE": str(state), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "replica.serve", part]
    with (state / "serve.log").open("w") as log, subprocess.Popen(command, env=environment, stderr=log) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client:
                _wait(process, client, state)
                yield Running(str(state), part, client)
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], client: httpx.Client, state: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.get("/health/")
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the part does not start: {(state / 'serve.log').read_text()}")
