"""A small project of its own, in which the real plugin, the real conftest and the real tests run in a real pytest.

Only the runner is made up: what becomes of a check is read from a script, so that every outcome is at hand.
"""

from __future__ import annotations

import json
import os
import shutil
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from selftest import forked

ROOT = Path(__file__).parents[1]

TARGET = """\
service: shop
title: A shop
owner: shop-team
runbook: https://runbooks.example.org/shop
checks:
"""
ENTRY = """\
  - id: {id}
    kind: {kind}
    required: {required}
    request: {{path: /{id}}}
    expect: {{status: 200}}
    proofs: {{answers: {{{root}}}}}
"""
ENVIRONMENT = """\
name: {name}
gateway: http://127.0.0.1:9
tenants:
  - {{id: acme, host: www.acme.example, sentinel: sentinel-acme-6f0d2c81b7e94a53, token: ACME_TOKEN}}
writes: never
"""
# A platform that says one line and ends when its input closes; it leaves a line in a file at each start and stop.
PLATFORM = """\
import json, pathlib, sys
log = pathlib.Path("platform.log").open("a")
print("started", *sys.argv[1:], file=log, flush=True)
print(json.dumps({"connect": {}, "variables": {"ACME_TOKEN": "made-up-at-start"}}), flush=True)
sys.stdin.read()
print("stopped", file=log, flush=True)
"""


@dataclass(frozen=True)
class Ran:
    """What a run of pytest in the project left behind."""

    code: int
    out: str
    err: str
    folder: Path
    reports: Path

    @property
    def verdict(self) -> dict[str, Any]:
        return json.loads((self.reports / "verdict.json").read_text())

    def check(self, name: str) -> dict[str, Any]:
        """The row of routing[shop/NAME/answers] in the verdict."""
        return next(row for row in self.verdict["checks"] if row["id"].endswith(f"[shop/{name}/answers]"))

    def junit(self, name: str) -> ET.Element:
        cases = ET.parse(self.reports / "junit.xml").iter("testcase")
        return next(case for case in cases if case.attrib["name"].endswith(f"[shop/{name}/answers]"))

    def allure(self, name: str) -> dict[str, Any]:
        found = [result for result in self.results if result["name"].endswith(f"[shop/{name}/answers]")]
        assert len(found) == 1, [result["name"] for result in self.results]
        return found[0]

    @property
    def results(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in (self.reports / "allure-results").glob("*-result.json")]

    def word(self, name: str) -> str:
        """What `pytest -v` says of the check, as in `tests/...::test_routing[...] PASSED`."""
        lines = [line for line in self.out.splitlines() if f"[shop/{name}/answers]" in line and "::" in line]
        return next(word for line in lines for word in line.split() if word.isupper() and word.isalpha())


@dataclass
class Project:
    """`script` maps an entry's id to what becomes of its check; see selftest/scripted_runner.py."""

    folder: Path
    script: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "tests").mkdir(parents=True)
        (self.folder / "targets" / "environments").mkdir(parents=True)
        for name in (
            "conftest.py",
            "pyproject.toml",
            *(f"tests/{path.name}" for path in (ROOT / "tests").glob("*.py")),
        ):
            shutil.copy(ROOT / name, self.folder / name)
        shutil.copy(ROOT / "selftest" / "scripted_runner.py", self.folder / "tests" / "conftest.py")
        self.write("targets/environments/local.yaml", ENVIRONMENT.format(name="local"))
        self.write("platform_.py", PLATFORM)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def entry(
        self, id: str, becomes: str = "passed", kind: str = "routing", required: bool = True, root: bool = False
    ) -> None:
        """One more check in the project's only target."""
        path = self.folder / "targets" / "shop.yaml"
        before = path.read_text() if path.exists() else TARGET
        told = ENTRY.format(id=id, kind=kind, required=str(required).lower(), root="root: true" if root else "")
        path.write_text(before + told)
        self.script[id] = becomes

    def run(self, *arguments: str, reports: str = "reports", cwd: Path | None = None, **variables: str) -> Ran:
        """Run pytest there, as a person would."""
        self.write("script.json", json.dumps(self.script))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "ALLURE"))}
        environment = {**kept, "PROJECT": str(self.folder), "COLUMNS": "200", **variables}
        command = ("pytest", "-p", "no:cacheprovider", *arguments)
        ran = forked.run(*command, cwd=cwd or self.folder, env=environment, timeout=120)
        return Ran(ran.returncode, ran.stdout, ran.stderr, self.folder, self.folder / reports)
