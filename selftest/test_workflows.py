"""Each `run:` of .github/workflows, as GitHub runs it: in a fresh checkout, with a replica behind it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ed25519

from selftest.detection import running
from selftest.lab import write_lab
from selftest.lean import make_lean
from selftest.project import ROOT
from selftest.test_attestation import keys
from stagecheck.platform import Started

NAMES = ("post-deploy", "nightly", "promote")
SHA = re.compile(r"[\w./-]+@[0-9a-f]{40}")
IMAGE = "registry.example/brain@sha256:" + "ab" * 32
# What a person fills in, and what GitHub knows; whatever else an expression asks for is an error here.
KNOWN = {
    "inputs.revision": "local",
    "inputs.environment": "lab",
    "inputs.images": IMAGE,
    "inputs.tag": "production",
    "vars.NIGHTLY_ENVIRONMENT": "lab",
    "vars.SPECIFICATION": "selftest/openspec/small",
    "vars.STAGING_GATEWAY": "http://127.0.0.1:9",
    "vars.REGISTRY": "registry.example",
    "secrets.REGISTRY_USER": "robot",
    "secrets.REGISTRY_PASSWORD": "planted-registry-password-5f1d",
    "secrets.STAGECHECK_KEY_PASSWORD": "",
}
# In place of the runner's docker: what would be done to a registry is noted.
DOCKER = """#!/bin/sh
[ "$1" = login ] && cat >/dev/null
echo "$@" >>"$DOCKER_LOG"
"""
# The install is the real one, but into an environment of its own that sees the packages which are there already.
PIP = {"PIP_NO_DEPS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def workflow(name: str) -> dict[str, Any]:
    return yaml.load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text(), yaml.BaseLoader)


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


def value(text: str, known: dict[str, str]) -> str:
    """An expression such as `${{ inputs.environment || 'staging' }}`, by its first word that is known."""

    def first(found: re.Match[str]) -> str:
        words = [word.strip() for word in found[1].split("||")]
        return next((known[word] for word in words if word in known), words[-1].strip("'"))

    return re.sub(r"\$\{\{(.*?)\}\}", first, text)


needs_npm = pytest.mark.skipif(not shutil.which("npm"), reason="needs node and npm: apt-get install nodejs npm")


@dataclass
class Ran:
    codes: dict[str, int]
    out: str


@dataclass
class Checkout:
    """A folder with the suite, what GitHub knows there, and variables that a self-hosted runner has of its own."""

    folder: Path
    known: dict[str, str]
    has: dict[str, str]

    def run(self, name: str, until_red: bool = True) -> Ran:
        """The jobs of a workflow one after the other; what a step writes stays there for the next one."""
        told, codes, out = workflow(name), {}, []
        for job_name, job in told["jobs"].items():
            shards = job.get("strategy", {}).get("matrix", {}).get("shard", [""])
            for shard, step in ((shard, step) for shard in shards for step in job["steps"] if "run" in step):
                if shard != shards[0] and "SHARD" not in step["run"]:
                    continue  # done already: all shards are on this one machine
                words = {**told.get("env", {}), **job.get("env", {}), **step.get("env", {})}
                ran = self.step(step, words, **{"matrix.shard": shard})
                codes[f"{job_name}/{step['name']}{f' {shard}' if shard else ''}"] = ran.returncode
                out.append(ran.stdout + ran.stderr)
                if ran.returncode and until_red:
                    return Ran(codes, "\n".join(out))
        return Ran(codes, "\n".join(out))

    def step(self, step: dict[str, Any], words: dict[str, str], **known: str) -> subprocess.CompletedProcess[str]:
        """One `run:` in the shell that GitHub gives it; `words` are the variables that the workflow sets."""
        self.temp.mkdir(exist_ok=True)
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env=self.variables() | {key: value(text, self.known | known) for key, text in words.items()},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    @property
    def temp(self) -> Path:
        """The folder that a runner gives to a job."""
        return self.folder.parent / "runner"

    def variables(self) -> dict[str, str]:
        temp = self.temp
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST", "ALLURE", "GITHUB"))}
        folders = [self.folder.parent / "bin", self.folder.parent / "python" / "bin", Path(sys.executable).parent]
        way = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
        job = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(temp / "summary.md"), "RUNNER_TEMP": str(temp)}
        return kept | PIP | job | self.has | {"PATH": way, "DOCKER_LOG": str(temp / "docker.log")}


@pytest.fixture(scope="module")
def replica() -> Iterator[Started]:
    with running() as platform:
        yield platform.started


@pytest.fixture(scope="module")
def checkout(replica: Started, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    folder = tmp_path_factory.mktemp("workflows")
    shutil.copytree(
        ROOT,
        folder / "suite",
        ignore=shutil.ignore_patterns(".git", ".venv*", ".cache", "reports", "node_modules", "__pycache__", ".*_cache"),
    )
    (folder / "suite" / "stagecheck" / "reports").mkdir(exist_ok=True)
    shutil.copytree(ROOT / "stagecheck" / "reports", folder / "suite" / "stagecheck" / "reports", dirs_exist_ok=True)
    make_lean(folder / "suite" / "targets")
    write_lab(folder / "suite" / "targets" / "environments", replica.told)
    venv.create(folder / "python", with_pip=True)
    (site,) = (folder / "python" / "lib").glob("python*/site-packages")
    (site / "packages.pth").write_text(sysconfig.get_path("purelib"))
    (folder / "bin").mkdir()
    docker = folder / "bin" / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    secret, public = keys(folder, ed25519.Ed25519PrivateKey.generate())
    pair = {"secrets.STAGECHECK_SIGNING_KEY": secret.read_text(), "vars.STAGECHECK_PUBLIC_KEY": public.read_text()}
    has = dict(replica.variables)
    logins = [f"{name}_{what}" for name in ("BIZOHOLIC", "CORELDOVE") for what in ("USER", "PASSWORD")]
    secrets = {f"secrets.{name}": has.pop(name) for name in logins}
    return Checkout(folder / "suite", KNOWN | pair | secrets, has)


@pytest.mark.parametrize("name", NAMES)
def test_least_permissions_pinned_actions_and_no_expression_in_a_shell(name: str) -> None:
    told = workflow(name)
    used = [step["uses"] for step in steps(name) if "uses" in step]

    assert told["permissions"] == {"contents": "read"}
    assert told["defaults"]["run"]["shell"] == "bash"
    assert used
    assert all(SHA.fullmatch(action) for action in used), used
    assert [step["run"] for step in steps(name) if "${{" in step.get("run", "")] == []
    assert not [step for step in steps(name) if "checkout" in step.get("uses", "") and "false" not in str(step["with"])]
    for job in told["jobs"].values():
        assert "timeout-minutes" in job
        assert "secrets." not in str(job.get("env", {}))


def test_each_occasion_begins_as_it_should() -> None:
    begins = {name: workflow(name)["on"] for name in NAMES}

    assert set(begins["post-deploy"]) == {"workflow_call", "repository_dispatch"}
    assert "schedule" in begins["nightly"]
    assert set(begins["promote"]) == {"workflow_dispatch"}
    jobs = workflow("promote")["jobs"]
    assert (jobs["promote"]["needs"], jobs["promote"]["environment"]) == ("prove", "production")


@needs_npm
def test_post_deploy_then_nightly(checkout: Checkout) -> None:
    post, night = checkout.run("post-deploy"), checkout.run("nightly")
    # The sample is another platform's, so it contradicts these targets: the last step is red, and says where.
    specification = night.codes.pop("merge/Specification")

    assert set(post.codes.values()) == set(night.codes.values()) == {0}, post.out + night.out
    assert specification == 1
    assert "[target-service-unknown]" in night.out
    assert (checkout.folder / "history" / "specification.json").exists()
    assert list(post.codes) == ["check/Install", "check/Check", "check/Report"]
    assert list(night.codes)[1:5] == ["check/Check 1", "check/Check 2", "check/Check 3", "merge/Install"]
    history = sorted((checkout.folder / "history" / "runs").glob("*.json"))
    told = [json.loads(path.read_text()) for path in history]
    assert [(run["profile"], run["revision"], run["verdict"]) for run in told] == [
        ("post-deploy", "local", "promote"),
        ("nightly", "", "promote"),
    ]
    summary = (checkout.temp / "summary.md").read_text()
    assert summary.count("# lab: PROMOTE") == 2
    assert summary.count("# lab, shard ") == 3
    assert "since the last promoted run" in summary
    assert "statements covered" in summary
    assert "certificates: " in summary
    assert (checkout.folder / "reports" / "allure-report" / "index.html").stat().st_size > 1_000_000
    assert len((checkout.folder / "history" / "allure.jsonl").read_text().splitlines()) == 2


@needs_npm
def test_promote_tags_what_the_gate_vouches_for_by_digest(checkout: Checkout) -> None:
    ran = checkout.run("promote")
    log = (checkout.temp / "docker.log").read_text().splitlines()

    assert set(ran.codes.values()) == {0}, ran.out
    assert list(ran.codes)[-3:] == ["promote/Install", "promote/Gate", "promote/Tag"]
    assert log == [
        "login registry.example --username robot --password-stdin",
        f"pull {IMAGE}",
        f"tag {IMAGE} registry.example/brain:production",
        "push registry.example/brain:production",
    ]
    assert KNOWN["secrets.REGISTRY_PASSWORD"] not in ran.out
    assert not (checkout.temp / "signing.pem").exists()


@needs_npm
def test_a_verdict_that_was_changed_after_it_was_signed_is_tagged_by_nobody(checkout: Checkout) -> None:
    """The same two jobs, and in between them one byte: the gate says no through the pipe, and nothing goes on."""
    told = workflow("promote")["jobs"]["promote"]
    gate = next(step for step in told["steps"] if step.get("name") == "Gate")
    path = checkout.folder / "reports" / "verdict.json"
    path.write_text(path.read_text().replace('"seconds"', ' "seconds"', 1))
    ran = checkout.step(gate, {**workflow("promote")["env"], **told["env"]})

    assert ran.returncode == 1
    assert "the attestation is about another verdict.json" in ran.stdout
    assert "docker" not in (checkout.temp / "gate.txt").read_text()
