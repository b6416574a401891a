"""PostgreSQL and the pool of connections in front of it, as parts."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from replica import lifeline, programs, serving, settings, switch
from replica.postgres import cluster

POOLER = "/usr/sbin/pgbouncer"
NEEDS = (cluster.SERVER, POOLER, "setpriv")
ROLE = "bizosaas_app"
LEAKS = "pool-leaks-tenant"
FULL, IDLE = "postgresql-places-taken", 91  # so many connections of 100
# Each fault in SQL, and how it is undone.
FAULTS: Mapping[str, tuple[str, str]] = {
    "postgresql-not-migrated": (
        "ALTER TABLE vector_store RENAME TO vector_store_of_last_year",
        "ALTER TABLE vector_store_of_last_year RENAME TO vector_store",
    ),
    "postgresql-extension-lost": ("DROP EXTENSION pg_trgm", "CREATE EXTENSION pg_trgm"),
    "postgresql-row-security-off": (
        "ALTER TABLE leads DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE leads ENABLE ROW LEVEL SECURITY",
    ),
    "postgresql-row-security-not-forced": (
        "ALTER TABLE leads NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE leads FORCE ROW LEVEL SECURITY",
    ),
    "postgresql-bypassing-role": (f"ALTER ROLE {ROLE} BYPASSRLS", f"ALTER ROLE {ROLE} NOBYPASSRLS"),
    "postgresql-open-without-tenant": (
        "ALTER POLICY tenant ON users USING (coalesce(current_setting('app.current_tenant_id', true), '') = '' "
        "OR tenant_id::text = current_setting('app.current_tenant_id', true))",
        "ALTER POLICY tenant ON users USING (tenant_id = current_setting('app.current_tenant_id')::uuid)",
    ),
}


def is_here() -> bool:
    """Whether this machine has what both are made of."""
    return all(programs.found(program) for program in NEEDS)


def urls(password: str) -> dict[str, str]:
    """The variables of the environment `local` with their values."""
    login = f"postgresql://{ROLE}:{password}"
    return {
        "POSTGRESQL_URL": f"{login}@bizosaas-postgres-staging:5432/{cluster.NAME}",
        "POSTGRESQL_POOLED_URL": f"{login}@bizosaas-pgbouncer-staging:6432/{cluster.NAME}",
    }


class _Elsewhere(programs.ProgramPart):
    """A program that refuses root: its folder is one that its own account reaches, which the state folder is not."""

    def lowered(self) -> list[str]:
        return cluster.lowered()

    async def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"replica-{self.name}-"))
        with (self.state / lifeline.ELSEWHERE).open("a") as listed:
            listed.write(f"{self.folder}\n")

    async def stop(self) -> None:
        await super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgresPart(_Elsewhere):
    """The server; it goes on while its faults change, which are SQL."""

    ends_by = "QUIT"  # at once, without waiting for clients

    def __init__(self, name: str, port: int, state: str) -> None:
        super().__init__(name, port, state)
        self._on: list[str] = []
        self._idle: list[socket.socket] = []

    async def start(self) -> None:
        await super().start()
        await asyncio.to_thread(cluster.place, self.folder)

    def mode(self) -> str:
        mode = super().mode()
        return " ".join([mode, *filter(switch.is_on, (*FAULTS, FULL))]) if mode == "up" else mode

    def command(self, mode: str) -> Sequence[str]:
        return cluster.command(self.folder, self.port)

    async def open(self, mode: str) -> None:
        if self.running:
            await self.fill(mode)
        else:
            await super().open(mode)

    async def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
        if not (self.running and self.mode().startswith("up")):
            await super().close()

    async def stop(self) -> None:
        await programs.ProgramPart.close(self)
        await super().stop()

    async def fill(self, mode: str) -> None:
        wanted = [fault for fault in FAULTS if fault in mode.split()]
        statements = [FAULTS[fault][1] for fault in self._on if fault not in wanted]
        statements += [FAULTS[fault][0] for fault in wanted if fault not in self._on]
        password = settings.load().passwords["postgresql"]
        statements.append(f"ALTER ROLE {ROLE} PASSWORD '{password}'")
        await asyncio.to_thread(cluster.told, self.folder, self.port, *statements)
        self._on = wanted
        if FULL in mode.split():
            await asyncio.to_thread(self._take_places)

    def _take_places(self) -> None:
        for _ in range(IDLE):
            self._idle.append(cluster.idle(self.folder, self.port))

    async def listens(self) -> bool:
        return await asyncio.to_thread(cluster.is_ready, self.folder, self.port)


class PoolPart(_Elsewhere):
    """PgBouncer in transaction mode; under `pool-leaks-tenant` each of its connections still has a session's SET."""

    def mode(self) -> str:
        mode = super().mode()
        return f"{mode} {LEAKS}" if mode == "up" and switch.is_on(LEAKS) else mode

    def command(self, mode: str) -> Sequence[str]:
        there = f"host={serving.HOST} port={settings.load().ports['postgresql']} dbname={cluster.NAME}"
        if LEAKS in mode:
            there += " connect_query='SET app.current_tenant_id = ''6a0f3c9e-0b1d-4c55-9a43-5d1c9f27a4be'''"
        lines = [
            "[databases]",
            f"{cluster.NAME} = {there}",
            "[pgbouncer]",
            f"listen_addr = {serving.HOST}",
            f"listen_port = {self.port}",
            "unix_socket_dir =",
            "auth_type = scram-sha-256",
            f"auth_file = {self.folder / 'users.txt'}",
            "pool_mode = transaction",
            "default_pool_size = 4",
        ]
        password = settings.load().passwords["postgresql"]
        for name, text in {"users.txt": f'"{ROLE}" "{password}"\n', "pool.ini": "\n".join([*lines, ""])}.items():
            path = self.folder / name
            path.touch(mode=0o600)
            path.write_text(text)
        cluster.own(self.folder)
        return [POOLER, str(self.folder / "pool.ini")]


def postgres(port: int) -> PostgresPart:
    """The server on that port."""
    return PostgresPart("postgresql", port, settings.load().state)


def pool(port: int) -> PoolPart:
    """The pool on that port, in front of the server."""
    return PoolPart("pool", port, settings.load().state)
