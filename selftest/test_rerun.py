"""What stands behind `again` on a failure's screen asks just that check, from where the run was called."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from selftest.told import check, isolation
from selftest.whole_run import Folder
from stagecheck.plan import Plan
from stagecheck.ready import STABLE
from stagecheck.rerun import Rerun, node_id, own_pytest, unknown

BARE = "/usr/bin:/bin"  # a shell in which no virtual environment is active
CHECK = check("answers", expect={"status": 200})
ACME = {"id": "acme", "host": "www.acme.test", "sentinel": "sentinel-acme-6f0d2c81b7e94a53", "token": "ACME_TOKEN"}
NODE = "tests/test_routing.py::test_routing[shop/things/answers]"


def test_a_check_has_its_node_id() -> None:
    assert node_id(CHECK) == NODE
    assert node_id(isolation("list")) == "tests/test_isolation.py::test_isolation[shop/leads/list@acme:zeta]"


def test_each_word_is_one_for_a_shell() -> None:
    given = Rerun(("--env", "my lab.yaml", "--fault", "auth-down"), "..")

    assert given.command(CHECK) == f"pytest --env 'my lab.yaml' --fault auth-down '../{NODE}'"


def test_the_runs_own_pytest_is_called_as_a_shell_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / ".venv" / "bin" / "pytest"
    own.parent.mkdir(parents=True)
    own.touch(0o755)
    python = str(own.with_name("python"))

    monkeypatch.setenv("PATH", BARE)
    assert own_pytest(python, tmp_path) == ".venv/bin/pytest"
    assert own_pytest(python, tmp_path / "deep") == str(own)
    assert own_pytest("/no/where/python", tmp_path) == "pytest"
    monkeypatch.setenv("PATH", f"{own.parent}:/usr/bin:/bin")
    assert own_pytest(python, tmp_path) == "pytest"


def test_what_a_run_waits_for_is_named_by_no_item() -> None:
    waited = replace(CHECK, proof=STABLE)

    assert Rerun(("--env", "lab", "--wait", "60")).command(waited) == "pytest --env lab --wait 60"


def test_a_node_id_that_names_no_check_is_told_with_the_nearest_or_with_why_it_is_not_covered() -> None:
    plan = Plan((CHECK,), (("routing[shop/things/direct]", "nothing asks it directly"),), "digest")
    arguments = ["-q", "tests", NODE, NODE.replace("answers", "answer"), NODE.replace("answers", "direct")]

    assert list(unknown(arguments, plan)) == [
        "no check is called routing[shop/things/answer]; did you mean 'routing[shop/things/answers]'?",
        "routing[shop/things/direct] is not covered here: nothing asks it directly",
    ]


def test_it_is_red_again_with_the_runs_own_options_and_from_its_own_folder(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "p")
    folder.environment(
        gateway="http://127.0.0.1:9", tenants=[ACME], writes="never", budgets={"attempts": 1, "timeout": 2}
    )
    expected = {"id": "it", "kind": "routing", "as": "anonymous", "expect": {"status": 200}}
    folder.target("shop", checks=[{**expected, "proofs": {"answers": {}, "whole": {}}}])
    (folder.path / "targets").rename(folder.path / "my targets")
    (folder.path / "my targets" / "profiles.yaml").write_text("profiles: {quick: {checks: required}}")
    (folder.path / "deep").mkdir()

    ran = folder.run("--targets", "../my targets", "--profile", "quick", "-n", "1", "-v", cwd="deep", PATH=BARE)

    again = [line.strip().partition(" ")[2].strip() for line in ran.out.splitlines() if line.startswith("  again")]
    nodes = [f"'../tests/test_routing.py::test_routing[shop/it/{proof}]'" for proof in ("answers", "whole")]
    pytest = Path(sys.executable).with_name("pytest")
    given = f"{pytest} --env local --targets '../my targets' --profile quick"
    assert again == [f"{given} {node}" for node in nodes], ran.out
    asked = subprocess.run(
        ["bash", "-c", again[0]],
        cwd=folder.path / "deep",
        env=folder.variables({"PATH": BARE}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert asked.returncode == 1, asked.stdout + asked.stderr
    red = [row["id"] for row in ran.verdict["checks"] if row["outcome"] == "failed"]
    assert red == ["routing[shop/it/answers]"]
