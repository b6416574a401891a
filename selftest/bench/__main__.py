"""Seconds, CPU and memory of the suite, and of curl, httpx and pytest-xdist with the same requests, in one run.

Each check is a status and two JSON fields. Every row is one process (with its children) against one server of its own
on loopback; `ratio` is its time by curl's at the same latency, which is the limit.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

IN_A_FILE = 500  # checks; a target has an end
SPREAD = 1000  # checks, among however many services
ROOT = Path(__file__).parent.parent.parent
BARE = """\
import sys, httpx
port, number = sys.argv[1], int(sys.argv[2])
with httpx.Client() as client:
    for n in range(number):
        answer = client.get(f"http://127.0.0.1:{port}/things/{n}")
        assert answer.status_code == 200
        assert answer.json()["path"] == f"/things/{n}" and answer.json()["state"] == "ready"
"""
# What asks side by side and does nothing else: how fast a machine is, beside one of which this row is known.
SIDE_BY_SIDE = """\
import asyncio, sys, httpx
port, number = sys.argv[1], int(sys.argv[2])
async def main():
    turn = asyncio.Semaphore(64)
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        async def ask(n):
            async with turn:
                answer = await client.get(f"http://127.0.0.1:{port}/things/{n}")
            assert answer.status_code == 200
            assert answer.json()["path"] == f"/things/{n}" and answer.json()["state"] == "ready"
        await asyncio.gather(*map(ask, range(number)))
asyncio.run(main())
"""
PLAIN = """\
import os, httpx, pytest
@pytest.fixture(scope="session")
def client():
    with httpx.Client(base_url=f"http://127.0.0.1:{os.environ['PORT']}") as client:
        yield client
@pytest.mark.parametrize("n", range(int(os.environ["NUMBER"])))
def test_thing(client, n):
    answer = client.get(f"/things/{n}")
    assert answer.status_code == 200
    assert answer.json()["path"] == f"/things/{n}"
    assert answer.json()["state"] == "ready"
"""


@dataclass(frozen=True)
class Took:
    """What a process took: seconds, seconds of CPU, seconds until its first request, and MiB at most."""

    seconds: float
    cpu: float
    first: float
    mib: float


@contextmanager
def serving(delay: float) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "selftest.bench.server", str(delay)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline()), server
        finally:
            server.terminate()


def measured(command: list[str], delay: float, folder: Path, number: int, services: int = 0) -> Took:
    """Run the command, with `{port}` and `{reports}` filled in, against a server of that delay in seconds."""
    with serving(delay) as (port, server):
        write(folder, port, number, services)
        # A folder of its own for each run: a file system takes its time where many files have just been removed.
        reports = tempfile.mkdtemp(prefix="reports-", dir=folder)
        filled = [word.replace("{port}", str(port)).replace("{reports}", reports) for word in command]
        told = {**os.environ, "PORT": str(port), "NUMBER": str(number)}
        told.pop("PYTHONDONTWRITEBYTECODE", None)  # else each start compiles the engine anew
        began, at = time.monotonic(), time.time()
        with (folder / "said.txt").open("w") as said:
            process = subprocess.Popen(filled, cwd=ROOT, env=told, stdout=said, stderr=said)
            _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{filled[:4]} failed:\n{(folder / 'said.txt').read_text()[-3000:]}")
        assert server.stdout is not None
        first = float(server.stdout.readline()) - at
    return Took(seconds, used.ru_utime + used.ru_stime, first, used.ru_maxrss / 1024)


def write(folder: Path, port: int, number: int, services: int = 0) -> None:
    """All that the rows read: targets, environments, URLs and test modules; by default as few services as may be."""
    checks = [
        {
            "id": f"thing-{n}",
            "kind": "routing",
            "as": "anonymous",
            "request": {"path": f"/things/{n}"},
            "expect": {"status": 200, "json": {"$.path": f"/things/{n}", "$.state": "ready"}},
            "proofs": {"answers": {"title": f"thing {n} is there"}},
        }
        for n in range(number)
    ]
    shutil.rmtree(folder / "targets", ignore_errors=True)
    (folder / "targets").mkdir()
    services = services or -(-number // IN_A_FILE)
    for n in range(services):
        service, own = f"things-{n}", checks[number * n // services : number * (n + 1) // services]
        target = {"service": service, "title": service, "owner": "nobody", "checks": own}
        (folder / "targets" / f"{service}.yaml").write_text(json.dumps(target, indent=1))
    for name, budgets in {"shipped": {}, "wide": {"connections": 50, "connections_in_all": 50}}.items():
        here = {
            "name": name,
            "gateway": f"http://127.0.0.1:{port}",
            "tenants": [
                {"id": "acme", "host": "127.0.0.1", "sentinel": "sentinel-of-acme-5d1c9f27a4be", "token": "ACME_TOKEN"}
            ],
            "writes": "never",
            "budgets": {"requests_per_minute": 1_000_000, **budgets},
        }
        (folder / f"{name}.yaml").write_text(json.dumps(here))
    (folder / "bare.py").write_text(BARE)
    (folder / "side_by_side.py").write_text(SIDE_BY_SIDE)
    (folder / "test_plain.py").write_text(PLAIN)
    (folder / "pytest.ini").write_text("[pytest]\n")
    urls = (f'url = "http://127.0.0.1:{port}/things/{n}"\noutput = "/dev/null"\n' for n in range(number))
    (folder / "curl.txt").write_text("".join(urls))


def ours(folder: Path, environment: str) -> list[str]:
    given = {"env": folder / f"{environment}.yaml", "targets": folder / "targets", "reports": "{reports}"}
    # Each run has a cache of its own: pytest reads the names of all tests that it ever ran at each start.
    cache = ["-o", "cache_dir={reports}/cache"]
    return [sys.executable, "-m", "pytest", "-q", *cache, *(f"--{name}={path}" for name, path in given.items())]


def commands(folder: Path, number: int) -> dict[str, list[str]]:
    plain = [sys.executable, "-m", "pytest", "-q", "-c", str(folder / "pytest.ini"), str(folder / "test_plain.py")]
    plain += ["-p", "no:stagecheck", "-p", "no:allure_pytest", "-o", "cache_dir={reports}/cache"]
    return {
        "curl, 50 connections": ["curl", "-sS", "--parallel", "--parallel-max", "50", "-K", str(folder / "curl.txt")],
        "httpx, one after the other": [sys.executable, str(folder / "bare.py"), "{port}", str(number)],
        "httpx.AsyncClient, 64 at once": [sys.executable, str(folder / "side_by_side.py"), "{port}", str(number)],
        "pytest and httpx": plain,
        "pytest and httpx, -n 8": [*plain, "-n", "8"],
        "stagecheck as shipped": ours(folder, "shipped"),
        "stagecheck, 50 connections": ours(folder, "wide"),
    }


def table(folder: Path, number: int, delays: list[float], repeat: int, only: str) -> Iterator[str]:
    yield "| latency | who | seconds | ratio | CPU s | first request s | MiB |"
    yield "|---|---|---|---|---|---|---|"
    for delay in delays:
        limit = 0.0
        rows = {
            name: command
            for name, command in commands(folder, number).items()
            if only in name or name.startswith("curl")
        }
        for name, command in rows.items():
            one = min((measured(command, delay, folder, number) for _ in range(repeat)), key=lambda took: took.seconds)
            limit = limit or one.seconds
            times = f"{one.seconds:.2f} | {one.seconds / limit:.2f} | {one.cpu:.2f} | {one.first:.2f} | {one.mib:.0f}"
            yield f"| {delay * 1000:.0f} ms | {name} | {times} |"


def each(folder: Path, numbers: list[int], repeat: int) -> Iterator[str]:
    """CPU of one more check without latency, starts and ends left out: the difference of two numbers of checks."""
    few, many = min(numbers), max(numbers)
    wide, alone = "stagecheck, 50 connections", "stagecheck, each asks for itself"
    asked = {n: commands(folder, n) for n in (few, many)}
    for rows in asked.values():
        rows[alone] = [*rows[wide], f"--maxfail={many + 1}"]  # with it, nothing is asked ahead
    yield "| one more check | CPU ms | of bare httpx |"
    yield "|---|---|---|"
    bare = 0.0
    for name in ("httpx, one after the other", "pytest and httpx", wide, alone):
        took = {n: min(measured(rows[name], 0.0, folder, n).cpu for _ in range(repeat)) for n, rows in asked.items()}
        cpu = (took[many] - took[few]) / (many - few) * 1000
        bare = bare or cpu
        yield f"| {name} | {cpu:.2f} | {cpu / bare:.1f} |"


def growth(folder: Path, numbers: list[int], repeat: int) -> Iterator[str]:
    yield "| checks | seconds | ms a check | CPU ms a check | MiB |"
    yield "|---|---|---|---|---|"
    for number in numbers:
        yield f"| {number} | {_of_each_check(folder, number, 0, repeat)} |"


def spread(folder: Path, numbers: list[int], repeat: int) -> Iterator[str]:
    yield f"| services of {SPREAD} checks | seconds | ms a check | CPU ms a check | MiB |"
    yield "|---|---|---|---|---|"
    for services in numbers:
        yield f"| {services} | {_of_each_check(folder, SPREAD, services, repeat)} |"


def _of_each_check(folder: Path, number: int, services: int, repeat: int) -> str:
    """What so many checks take without latency, and each of them: the best of `repeat` runs."""
    command = ours(folder, "wide")
    runs = (measured(command, 0.0, folder, number, services) for _ in range(repeat))
    one = min(runs, key=lambda took: took.seconds)
    each = f"{one.seconds / number * 1000:.2f} | {one.cpu / number * 1000:.2f}"
    return f"{one.seconds:.2f} | {each} | {one.mib:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="selftest.bench", description=__doc__)
    parser.add_argument("--checks", type=int, default=300)
    parser.add_argument("--latency", type=float, nargs="*", default=[0.0, 0.2], help="seconds")
    parser.add_argument(
        "--each", type=int, nargs="*", default=[200, 1200], help="two numbers of checks, whose difference is looked at"
    )
    parser.add_argument("--growth", type=int, nargs="*", default=[100, 1000, 10000], help="numbers of checks")
    parser.add_argument(
        "--services", type=int, nargs="*", default=[1, 10, 100], help=f"numbers of services that share {SPREAD} checks"
    )
    parser.add_argument("--only", default="", help="curl, and rows whose name holds this")
    parser.add_argument("--repeat", type=int, default=1, help="the best of so many")
    asked = parser.parse_args()
    if asked.each and len(set(asked.each)) != 2:
        parser.error("--each: two different numbers of checks, or none")
    names = ("stagecheck", "pytest", "pytest-xdist", "httpx", "httpcore", "allure-pytest")
    print(f"Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in names)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        rows = table(folder, asked.checks, asked.latency, asked.repeat, asked.only)
        more = {each: asked.each, growth: asked.growth, spread: asked.services}
        tables = (made(folder, numbers, asked.repeat) for made, numbers in more.items() if numbers)
        for line in itertools.chain(rows, *(itertools.chain([""], lines) for lines in tables)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
