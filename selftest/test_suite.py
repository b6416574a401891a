"""The suite itself, as a person runs it, on the embedded platform; and what it must never print."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from selftest.detection import Platform, running
from selftest.lab import write_lab
from selftest.lean import lean_copy
from stagecheck.rerun import own_pytest

ROOT = Path(__file__).parents[1]
JWT = re.compile(rb"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}")


@pytest.fixture(scope="module")
def replica() -> Iterator[Platform]:
    with running() as platform:
        yield platform


@pytest.fixture
def lean(tmp_path: Path) -> Path:
    """The targets of a run that is about what comes before and after the checks."""
    return lean_copy(tmp_path / "targets")


@pytest.fixture
def lab(replica: Platform, tmp_path: Path) -> Path:
    """The replica without a fault, as an environment in a file outside the checkout."""
    replica.switch([])
    return write_lab(tmp_path, replica.started.told)


def suite(*arguments: str, reports: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "--reports", str(reports)],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def verdict(reports: Path) -> dict:
    return json.loads((reports / "verdict.json").read_text())


def test_a_fault_is_one_screen_with_its_cause(tmp_path: Path) -> None:
    ran = suite("-k", "routing", "--fault", "saleor-canned", reports=tmp_path)

    red = {check["id"]: check["reason"] for check in verdict(tmp_path)["checks"] if check["outcome"] == "failed"}
    assert (ran.returncode, red) == (1, {"routing[saleor/products/signature]": "canned_answer"})
    assert "Traceback" not in ran.stdout
    screen = ran.stdout.partition("routing[saleor/products/signature] FAILED: canned_answer")[2]
    for line in ("must hold", "seen", "cause", "request    curl", "answer", "target     targets/saleor.yaml:", "again"):
        assert f"\n  {line}" in screen


def test_a_dead_gateway_is_one_failure_also_for_workers_and_where_its_own_check_is_not_selected(tmp_path: Path) -> None:
    ran = suite("-n", "4", "-k", "saleor", "--fault", "gateway-down", reports=tmp_path)

    told = verdict(tmp_path)
    asked = [check for check in told["checks"] if check["reason"] != "filtered"]
    assert ran.returncode == 1
    assert {check["outcome"] for check in asked} == {"blocked"}
    assert {check["root"]["id"] for check in asked} == {"health[brain-gateway/health/answers]"}
    assert "nothing accepts connections at bizosaas-brain-staging:8001" in ran.stdout


def test_what_the_command_behind_again_asks_is_just_that_check(lab: Path, replica: Platform, tmp_path: Path) -> None:
    replica.switch(["saleor-empty"])
    node = "tests/test_routing.py::test_routing[saleor/products/answers]"

    ran = suite("--env", str(lab), node, reports=tmp_path / "reports", **replica.started.variables)

    told = verdict(tmp_path / "reports")
    assert ran.returncode == 1
    assert f"again      {own_pytest(sys.executable, ROOT)} --env {lab} '{node}'" in ran.stdout
    assert [check["id"] for check in told["checks"] if check["outcome"] == "failed"] == [
        "routing[saleor/products/answers]"
    ]


def test_a_missing_credential_is_inconclusive_and_never_green(
    lab: Path, lean: Path, replica: Platform, tmp_path: Path
) -> None:
    known = {**replica.started.variables, "CORELDOVE_PASSWORD": ""}

    ran = suite("--env", str(lab), "--targets", str(lean), reports=tmp_path / "reports", **known)

    told = verdict(tmp_path / "reports")
    reasons = {check["reason"] for check in told["checks"] if check["outcome"] == "inconclusive"}
    assert (ran.returncode, told["verdict"]) == (6, "inconclusive")
    assert "credential_missing" in reasons
    assert "CORELDOVE_PASSWORD is not set" in ran.stdout


def test_a_release_is_reported_before_and_after_all_checks(lean: Path, tmp_path: Path) -> None:
    release = ("--wait", "60", "--revision", "local", "--fault", "saleor-slow-start")
    ran = suite("-n", "2", *release, "--targets", str(lean), reports=tmp_path / "reports")

    told = verdict(tmp_path / "reports")
    assert (ran.returncode, told["verdict"], told["revision"]) == (0, "promote", "local"), ran.stdout
    assert "saleor stable: ready" in ran.stdout
    assert told["counts"]["passed"] == len(told["checks"])
    waited = [check["id"] for check in told["checks"] if "/ready/" in check["id"] or "/revision/" in check["id"]]
    assert [sum(f"/revision/{when}" in id for id in waited) for when in ("reported", "unchanged")] == [16, 16]
    assert sum("/ready/" in id for id in waited) >= 20  # and the databases that this machine has
    assert all(check["evidence"] for check in told["checks"] if check["id"] in waited)


def test_what_is_not_ready_is_one_failure_and_blocks_all_else(lab: Path, replica: Platform, tmp_path: Path) -> None:
    replica.switch(["crm-mixed-revisions"])
    known = replica.started.variables

    ran = suite("-n", "2", "--env", str(lab), "--wait", "0", "--revision", "local", reports=tmp_path / "r", **known)

    told = verdict(tmp_path / "r")
    root = "health[django-crm/revision/reported]"
    others = [check for check in told["checks"] if "/ready/" not in check["id"] and "/revision/" not in check["id"]]
    assert (ran.returncode, told["verdict"], told["counts"]["failed"]) == (1, "hold", 1)
    assert ran.stdout.count("FAILED: wrong_revision") == 1
    assert {(check["outcome"], check["root"]["id"], check["evidence"]) for check in others} == {("blocked", root, "")}


def test_a_release_that_changes_during_the_run_holds(lab: Path, lean: Path, replica: Platform, tmp_path: Path) -> None:
    options = ["--env", str(lab), "--targets", str(lean), "--wait", "0", "--revision", "local"]
    command = [sys.executable, "-m", "pytest", *options]
    known = {**os.environ, **replica.started.variables}
    run = subprocess.Popen([*command, "--reports", str(tmp_path / "r")], cwd=ROOT, env=known, stdout=subprocess.DEVNULL)
    heard = tmp_path / "r" / "heard.jsonl"
    while run.poll() is None and (not heard.exists() or len(heard.read_text().splitlines()) < 30):
        time.sleep(0.02)
    replica.switch(["gateway-old-revision"])
    code = run.wait(120)

    told = verdict(tmp_path / "r")
    red = {check["id"]: check["reason"] for check in told["checks"] if check["outcome"] == "failed"}
    assert (code, told["verdict"]) == (1, "hold")
    assert red == {"health[brain-gateway/revision/unchanged]": "wrong_revision"}


def people(replica: Platform) -> set[str]:
    """Names, addresses and telephone numbers of the CRM's persons but the sentinels, and what was noted of them."""
    told, found = replica.started.told, set()
    gateway = f"http://{told['connect']['bizosaas-brain-staging:8001']}/api/brain"
    for tenant in replica.environment.tenants:
        word = {name: replica.started.variables[f"{tenant.id.upper()}_{name.upper()}"] for name in ("user", "password")}
        known = {"email": word["user"], "password": word["password"]}
        token = httpx.post(f"{gateway}/auth/login", json=known).json()["access_token"]
        for kind in ("leads", "contacts", "activities"):
            url, who = f"{gateway}/django-crm/{kind}?page_size=100", {"Authorization": f"Bearer {token}"}
            for one in httpx.get(url, headers=who).json()["results"]:
                found |= {str(one.get(key) or "") for key in ("name", "email", "phone", "lead_name", "text")}
    return {said for said in found if said and "entinel" not in said}


def discreet(ran: subprocess.CompletedProcess[str], reports: Path, replica: Platform, persons: set[str]) -> None:
    """Fails where anything that a run produced holds a password, a token or a person."""
    produced = {path.name: path.read_bytes() for path in reports.rglob("*") if path.is_file()}
    produced |= {"stdout": ran.stdout.encode(), "stderr": ran.stderr.encode()}
    assert len(produced) > 150
    passwords = {name: value for name, value in replica.started.variables.items() if name.endswith("PASSWORD")}
    for value in passwords.values():
        forms = {value, quote(value, safe=""), base64.b64encode(value.encode()).decode().rstrip("=")}
        assert [name for name, body in produced.items() if any(form.encode() in body for form in forms)] == []
    assert [name for name, body in produced.items() if JWT.search(body)] == []
    assert len(persons) > 60
    assert {said for said in persons if any(said.encode() in body for body in produced.values())} == set()


def test_a_healthy_platform_is_promoted_by_two_workers_as_by_one_and_no_secret_told(
    lab: Path, replica: Platform, tmp_path: Path
) -> None:
    ran = suite("-n", "2", "-v", "--env", str(lab), reports=tmp_path, **replica.started.variables)

    told = verdict(tmp_path)
    assert (ran.returncode, told["verdict"]) == (0, "promote"), ran.stdout
    assert told["counts"]["passed"] == len(told["checks"]) > 150
    assert len(list((tmp_path / "allure-results").glob("*-result.json"))) == len(told["checks"])
    assert len(ET.parse(tmp_path / "junit.xml").findall(".//testcase")) == len(told["checks"])
    discreet(ran, tmp_path, replica, people(replica))


@pytest.mark.parametrize("faults", [["auth-down"], ["gateway-verbose-errors", "crm-verbose-errors"]], ids=str)
def test_no_secret_and_no_person_is_in_any_artefact_of_a_platform_that_fails(
    faults: list[str], lab: Path, replica: Platform, tmp_path: Path
) -> None:
    persons = people(replica)
    replica.switch(faults)

    ran = suite("-n", "2", "-v", "--env", str(lab), reports=tmp_path, **replica.started.variables)

    replica.switch([])
    discreet(ran, tmp_path, replica, persons)
