"""The whole suite under the platform's real limit, by as many workers as share one budget; `make full` runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from selftest.detection import TARGETS
from selftest.lab import LOCAL, write_lab
from selftest.relay import relaying
from stagecheck import environment as environments
from stagecheck import platform, targets

ROOT = Path(__file__).parents[1]
LIMIT = 100
GATEWAY = "bizosaas-brain-staging:8001"
LIMITED = "GET /api/brain/limited/ping"


@pytest.mark.full
@pytest.mark.parametrize("workers", [1, 4])
def test_no_request_is_refused_under_100_a_minute_for_each_tenant_and_service(workers: int, tmp_path: Path) -> None:
    environment = environments.read("local", TARGETS, os.environ, targets.load(TARGETS))
    slow = environment.model_copy(update={"start": [*environment.start, "--rate-limit", str(LIMIT)]})
    with platform.start(slow, folder=ROOT) as started, relaying(started.told["connect"][GATEWAY]) as relay:
        began = time.monotonic()
        ran = _suite(workers, _lab(started.told, relay.address, tmp_path), {**os.environ, **started.variables})
        seconds = time.monotonic() - began

    told = json.loads((tmp_path / "reports" / "verdict.json").read_text())
    print(f"{workers} workers: {seconds:.0f} s, {len(relay.told)} requests, at most {relay.most} connections")
    assert (ran.returncode, told["verdict"], told["counts"]["flaky"]) == (0, "promote", 0), ran.stdout[-4000:]
    assert [asked for asked, status in relay.told if status == 429 and asked != LIMITED] == []
    assert any(status == 429 for asked, status in relay.told if asked == LIMITED)
    assert len(relay.told) > 5 * LIMIT
    assert relay.most <= 8


def _lab(told: dict, gateway: str, folder: Path) -> Path:
    """The replica behind that relay, under the real budget."""
    budgets = {**yaml.safe_load(LOCAL.read_text())["budgets"], "requests_per_minute": LIMIT}
    return write_lab(folder, told | {"connect": {**told["connect"], GATEWAY: gateway}}, budgets=budgets)


def _suite(workers: int, lab: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    spread = ["-n", str(workers)] if workers > 1 else []
    command = [sys.executable, "-m", "pytest", *spread, "--env", str(lab), "--reports", str(lab.parent / "reports")]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=900, check=False)
