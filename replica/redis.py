"""The cache: the real Redis server with the platform's keys in it, where the machine has one."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence

from replica import programs, serving, settings, switch

NEEDS = ("redis-server", "setpriv")
OPEN, UNBOUND, SHARED = "redis-without-password", "redis-unbounded", "redis-keys-without-tenant"
FORGETS = "redis-in-memory-only"


def is_here() -> bool:
    """Whether this machine has what it is made of."""
    return all(programs.found(program) for program in NEEDS)


def part(port: int) -> RedisPart:
    """The part on that port."""
    return RedisPart("redis", port, settings.load().state)


class RedisPart(programs.ProgramPart):
    """Started anew under each of its faults."""

    def mode(self) -> str:
        faults = [fault for fault in (OPEN, UNBOUND, SHARED, FORGETS) if switch.is_on(fault)]
        mode = super().mode()
        return " ".join([mode, *faults]) if mode == "up" else mode

    def command(self, mode: str) -> Sequence[str]:
        lines = [
            f"port {self.port}",
            f"bind {serving.HOST}",
            f"dir {self.folder}",
            'save ""',
            f"appendonly {'no' if FORGETS in mode else 'yes'}",
            "appendfsync no",
        ]
        if OPEN not in mode:
            lines.append(f"requirepass {settings.load().passwords['redis']}")
        if UNBOUND not in mode:
            lines += ["maxmemory 32mb", "maxmemory-policy allkeys-lru"]
        # It begins empty: while it reads what it kept it serves nobody.
        shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
        path = self.folder / "redis.conf"
        path.touch(mode=0o600)
        path.write_text("\n".join([*lines, ""]))
        return ["redis-server", str(path)]

    async def fill(self, mode: str) -> None:
        tenants = [tenant.id for tenant in settings.TENANTS]
        keys = [f"api:{name}:pages:{n:08x}" for name in tenants for n in range(20)]
        if SHARED in mode:
            keys += [f"api:pages:{n:08x}" for n in range(20)]
        keys += [f"ratelimit:{name}:wagtail-cms" for name in tenants]
        words = [] if OPEN in mode else [f"AUTH {settings.load().passwords['redis']}"]
        # Commands in one line each, as a person types them: Redis takes these, too.
        await _said(self.port, [*words, *(f"SET {key} kept" for key in keys)])


async def _said(port: int, lines: Sequence[str]) -> None:
    reader, writer = await asyncio.open_connection(serving.HOST, port)
    writer.write("".join(f"{line}\r\n" for line in lines).encode())
    for line in lines:
        answer = await reader.readline()
        if answer != b"+OK\r\n":
            raise RuntimeError(f"redis: {line.split()[0]}: {answer.decode().strip()}")
    writer.close()
