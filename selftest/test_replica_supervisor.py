"""The whole replica: its ready line, its switches, and that nothing of it outlives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from replica import lifeline, supervisor
from replica.serve import PROCESSES, STORES
from selftest.replica_part import ROOT

PARTS = {part for parts in PROCESSES.values() for part in parts}
HOSTS = ("stg.bizoholic.com", "stg.coreldove.com", "stg.thrillring.com")
STALE = ("EXPIRED", "NOT_YET", "OTHER_AUDIENCE", "OTHER_ISSUER")


@contextmanager
def replica(*options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "replica", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ready(process: subprocess.Popen[str]) -> dict:
    assert process.stdout
    return json.loads(process.stdout.readline())


def children(process: subprocess.Popen[str]) -> list[int]:
    return [int(id) for id in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def runs(id: int) -> bool:
    try:
        return Path(f"/proc/{id}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def get(line: dict, part: str, path: str) -> httpx.Response:
    host, _, port = line["connect"][part].rpartition(":")
    return httpx.get(f"http://{host or '127.0.0.1'}:{port}{path}", trust_env=False, timeout=5)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "replica", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def line() -> Iterator[dict]:
    with replica("--json", "--rate-limit", "77") as process:
        yield ready(process)
        process.stdin.close()
        assert process.wait(5) == 0
        assert process.stdout.read() == ""


def test_the_ready_line_says_where_everything_is(line: dict) -> None:
    edge = {f"{host}:{port}" for host in HOSTS for port in (80, 443)}

    assert set(line) == {"connect", "resolver", "ca_file", "variables", "state"}
    shut = {f"{HOSTS[0]}:{port}" for port in (*supervisor.SHUT, 8005, 8200)}
    addresses = {address for address, part in supervisor.ADDRESSES.items() if part in PARTS}
    assert set(line["connect"]) == {*addresses, *edge, *shut}
    # The brands' addresses are those that the name server gives; the others are stated.
    assert all(line["connect"][address].startswith(":") for address in edge)
    assert all(line["connect"][address].startswith("127.0.0.1:") for address in addresses)
    assert line["resolver"].startswith("127.0.0.1:")
    assert Path(line["ca_file"]).exists()
    assert all(line["variables"].values())
    assert list(line["variables"]) == [
        "BIZOHOLIC_USER",
        "BIZOHOLIC_PASSWORD",
        "CORELDOVE_USER",
        "CORELDOVE_PASSWORD",
        "ADMIN_TOKEN",
        "BIZOHOLIC_ADMIN_TOKEN",
        "CORELDOVE_ADMIN_TOKEN",
        *(f"{tenant}_{name}_TOKEN" for tenant in ("BIZOHOLIC", "CORELDOVE") for name in STALE),
        "DOKPLOY_KEY",
        "SUPERSET_AUTHORIZATION",
        *(["REDIS_URL"] if "redis" in STORES else []),
        *(["POSTGRESQL_URL", "POSTGRESQL_POOLED_URL"] if "postgresql" in STORES else []),
    ]


def test_the_state_is_for_its_owner_only(line: dict) -> None:
    assert Path(line["state"]).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("url", ["http://bizosaas-brain-staging:8001/health", f"https://{HOSTS[2]}/api/health"])
def test_in_a_shell_that_has_read_its_line_curl_finds_it_under_its_own_names(line: dict, url: str) -> None:
    script = f'. {line["state"]}/env && test -n "$BIZOHOLIC_PASSWORD" && curl -sS --fail {url}'

    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["status"] == "healthy"


def test_every_service_is_well(line: dict) -> None:
    services = get(line, "bizosaas-brain-staging:8001", "/health").json()["services"]

    assert {name: service["status"] for name, service in services.items()} == {
        "wagtail-cms": "up",
        "django-crm": "up",
        "saleor": "up",
        "auth-service": "up",
        "quanttrade-backend": "up",
        "coreldove-backend": "up",
        "amazon-sourcing": "up",
        "business-directory-backend": "up",
    }


@pytest.mark.parametrize(
    ("fault", "address"),
    [("auth-down", "bizosaas-auth-staging:8007"), ("wagtail-down", "bizosaas-wagtail-staging:4000")],
)
def test_a_switched_fault_is_on_when_the_switch_returns(line: dict, fault: str, address: str) -> None:
    supervisor.switch_faults(line["state"], [fault])
    with pytest.raises(httpx.ConnectError):
        get(line, address, "/")
    supervisor.switch_faults(line["state"], [])

    assert get(line, address, "/").status_code == 404


def test_the_switch_command_waits_too(line: dict) -> None:
    on = command("switch", "--state", line["state"], "edge-http-down", "auth-down")
    with pytest.raises(httpx.ConnectError):
        get(line, "stg.coreldove.com:80", "/")
    off = command("switch", "--state", line["state"])

    assert (on.returncode, on.stdout, on.stderr, off.returncode) == (0, "", "", 0)
    assert get(line, "stg.coreldove.com:80", "/").status_code == 421


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--fault", "edge-dwn"], "replica: no fault is called 'edge-dwn'; did you mean 'edge-down'?\n"),
        (["switch", "--state", "/nowhere", "edge-down"], "replica: /nowhere: no replica runs there\n"),
    ],
)
def test_a_bad_command_is_refused_in_one_line(arguments: list[str], sentence: str) -> None:
    done = command(*arguments)

    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)


def test_a_state_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "something").touch()
    done = command("--state", str(tmp_path))

    assert done.returncode == 1
    assert done.stderr.startswith(f"replica: {tmp_path}: not empty;")
    assert (tmp_path / "something").exists()


def test_faults_are_listed_one_a_line() -> None:
    done = command("--list-faults")

    assert any(line.split()[:2] == ["thrillring-serves-bizoholic", "F01,F02"] for line in done.stdout.splitlines())


@pytest.mark.parametrize("end", ["stdin", "SIGTERM", "SIGINT", "SIGKILL"])
def test_nothing_outlives_it(end: str) -> None:
    with replica("--json", "--fault", "edge-down") as process:
        state = ready(process)["state"]
        folders = [state, *lifeline.elsewhere(state)]
        started = children(process)
        if end == "stdin":
            process.stdin.close()
        else:
            process.send_signal(getattr(signal, end))
        code = process.wait(5)

    until = time.monotonic() + 5
    while time.monotonic() < until and (any(map(runs, started)) or any(map(os.path.exists, folders))):
        time.sleep(0.02)
    assert len(started) == 3
    assert not any(map(runs, started))
    assert len(folders) == (3 if "postgresql" in STORES else 1)
    assert not any(map(os.path.exists, folders))
    assert code == (-signal.SIGKILL if end == "SIGKILL" else 0)


def test_the_state_is_kept_while_a_folder_that_it_names_is_there(tmp_path: Path) -> None:
    state, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    state.mkdir()
    elsewhere.touch()  # no folder, so that not even root can remove it as one
    (state / lifeline.ELSEWHERE).write_text(f"{elsewhere}\n")
    clearing = threading.Thread(target=lifeline.clear, args=(str(state),), daemon=True)

    clearing.start()
    clearing.join(1.5)
    assert clearing.is_alive()
    assert lifeline.elsewhere(str(state)) == [str(elsewhere)]
    elsewhere.unlink()
    clearing.join(5)
    assert not state.exists()


def test_a_process_that_dies_ends_all() -> None:
    with replica("--json") as process:
        state = ready(process)["state"]
        os.kill(children(process)[1], signal.SIGKILL)

        assert process.wait(5) == 1
        assert process.stderr.read() == "replica: process 'wagtail' ended with -9: it said nothing\n"
    assert not os.path.exists(state)
