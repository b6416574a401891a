"""The edge and the name server of the replica alone, in one process, for their selftests."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from replica import settings, switch
from selftest.replica_part import ROOT, free_port

PARTS = ("https", "http", "dns")


@dataclass(frozen=True)
class Edge:
    """Where the edge listens; each request is a new connection."""

    state: Path
    ports: dict[str, int]

    def get(
        self, url: str, accept: str = "identity", server_name: str = "", method: str = "GET", timeout: float = 5
    ) -> httpx.Response:
        """Ask for `url` at the edge: certificate verified against the root, redirects not followed."""
        asked = httpx.URL(url)
        there = asked.copy_with(host="127.0.0.1", port=self.ports[asked.scheme])
        with httpx.Client(verify=self.trust(), trust_env=False, timeout=timeout) as client:
            return client.request(
                method,
                there,
                headers={"Host": asked.host, "Accept-Encoding": accept},
                extensions={"sni_hostname": server_name or asked.host},
            )

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.state / "ca.pem")

    @contextmanager
    def fault(self, name: str) -> Iterator[None]:
        """The edge under that one fault."""
        self._put([name])
        try:
            yield
        finally:
            self._put([])

    def _put(self, names: list[str]) -> None:
        switch.put(names, str(self.state))
        until = time.monotonic() + 5
        while (self.state / "ack-edge").read_text().split() != names:
            assert time.monotonic() < until, f"the edge does not follow {names}"
            time.sleep(0.005)


@contextmanager
def running(state: Path) -> Iterator[Edge]:
    """The edge, ready to be asked."""
    ports = {part: free_port() for part in PARTS}
    settings.Settings(str(state), ports, {}).write()
    environment = {**os.environ, "REPLICA_STATE": str(state), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "replica.serve", "--as", "edge", *PARTS]
    with subprocess.Popen(command, env=environment) as process:
        try:
            until = time.monotonic() + 10
            while not (state / "ack-edge").exists():
                assert process.poll() is None, "the edge does not start"
                assert time.monotonic() < until, "the edge is late"
                time.sleep(0.02)
            yield Edge(state, ports)
        finally:
            process.terminate()
