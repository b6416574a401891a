"""Several parts of the replica together, on free ports, for the selftests that need more than one."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from replica import serve, settings, switch
from selftest.replica_part import ROOT, free_port

A, B = settings.TENANTS
PASSWORDS = {tenant.id: f"password of {tenant.id}" for tenant in settings.TENANTS}
STORE_PASSWORD = "password-of-the-store"


@dataclass
class Platform:
    """Parts that run; `client` knows no proxy and follows no redirect."""

    state: Path
    ports: dict[str, int]
    processes: tuple[str, ...]
    client: httpx.Client
    started: dict[str, subprocess.Popen[bytes]]
    _tokens: dict[str, str] = field(default_factory=dict)

    def url(self, part: str, path: str) -> str:
        return f"http://127.0.0.1:{self.ports[part]}{path}"

    def login(self, tenant: str) -> dict[str, Any]:
        body = {"email": settings.Settings("", {}, {}).tenant(tenant).email, "password": PASSWORDS[tenant]}
        return self.client.post(self.url("auth", "/auth/login"), json=body).raise_for_status().json()

    def token(self, tenant: str) -> str:
        """A token of the tenant's owner, got once and while no fault is on."""
        if tenant not in self._tokens:
            self._tokens[tenant] = self.login(tenant)["access_token"]
        return self._tokens[tenant]

    def bearer(self, tenant: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(tenant)}"}

    @contextmanager
    def fault(self, *names: str) -> Iterator[None]:
        """The parts under exactly these faults."""
        for tenant in PASSWORDS:
            self.token(tenant)
        self._put(names)
        try:
            yield
        finally:
            self._put(())

    def seen(self, fault: str, look: Callable[[Platform], Any]) -> tuple[Any, Any]:
        """What a look sees before that fault is switched on, and what under it."""
        before = look(self)
        with self.fault(fault):
            return before, look(self)

    def _put(self, names: tuple[str, ...]) -> None:
        switch.put(names, str(self.state))
        until = time.monotonic() + 5
        for process in self.processes:
            while (self.state / f"ack-{process}").read_text().split() != sorted(names):
                assert time.monotonic() < until, f"{process} does not follow the faults {names}"
                time.sleep(0.005)


@contextmanager
def running(state: Path, rate_limit: int = 6000, **processes: tuple[str, ...]) -> Iterator[Platform]:
    """The named processes with their parts, each ready to be asked."""
    ports = {part: free_port() for parts in processes.values() for part in parts}
    passwords = {**PASSWORDS, **dict.fromkeys((*serve.STORES, "dokploy", "superset"), STORE_PASSWORD)}
    settings.Settings(str(state), ports, passwords, rate_limit).write()
    switch.put((), str(state))
    environment = {**os.environ, "REPLICA_STATE": str(state), "PYTHONPATH": str(ROOT)}
    started: dict[str, subprocess.Popen[bytes]] = {}
    with ExitStack() as stack:
        for name, parts in processes.items():
            command = [sys.executable, "-m", "replica.serve", "--as", name, *parts]
            log = stack.enter_context((state / f"{name}.log").open("w"))
            process = stack.enter_context(subprocess.Popen(command, env=environment, stderr=log))
            stack.callback(process.terminate)
            started[name] = process
        until = time.monotonic() + 60
        while not all((state / f"ack-{name}").exists() for name in processes):
            assert time.monotonic() < until, [(state / f"{name}.log").read_text()[-500:] for name in processes]
            time.sleep(0.02)
        client = stack.enter_context(httpx.Client(trust_env=False, timeout=20))
        yield Platform(state, ports, tuple(processes), client, started)


def forged(token: str, tenant: str, algorithm: str = "") -> str:
    """`token` for another tenant: the signature kept, or with `algorithm` in the header and no signature."""
    header, payload, signature = token.split(".")
    claims = _read(payload) | {"tenant_id": tenant}
    if algorithm:
        return f"{_write({**_read(header), 'alg': algorithm})}.{_write(claims)}."
    return f"{header}.{_write(claims)}.{signature}"


def _read(part: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _write(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()
