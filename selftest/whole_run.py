"""A whole run of pytest on a small target folder of its own: real plugin, real runner, real servers on loopback."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selftest import forked

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """What a run left behind; `peak` is the most memory that it held, in MiB, and `took` its seconds."""

    code: int
    out: str
    folder: Path
    peak: float
    took: float

    @property
    def verdict(self) -> dict[str, Any]:
        return json.loads((self.folder / "reports" / "verdict.json").read_text())

    def check(self, service: str) -> dict[str, Any]:
        """The row of that service's only check."""
        (found,) = (row for row in self.verdict["checks"] if row["service"] == service)
        return found

    @property
    def heard(self) -> list[dict[str, Any]]:
        """The finished checks, as they were written one by one."""
        return [json.loads(line) for line in (self.folder / "reports" / "heard.jsonl").read_text().splitlines()]


@dataclass(frozen=True)
class Folder:
    """A project with the suite's own conftest and tests, and targets of its own."""

    path: Path

    def __post_init__(self) -> None:
        (self.path / "targets" / "environments").mkdir(parents=True)
        shutil.copytree(ROOT / "tests", self.path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("conftest.py", "pyproject.toml"):
            shutil.copy(ROOT / name, self.path / name)

    def target(self, service: str, **more: Any) -> None:
        """A target file; JSON is YAML."""
        data = {"service": service, "title": service, "owner": f"{service}-team", **more}
        (self.path / "targets" / f"{service}.yaml").write_text(json.dumps(data))

    def environment(self, **more: Any) -> None:
        """The environment `local`."""
        path = self.path / "targets" / "environments" / "local.yaml"
        path.write_text(json.dumps({"name": "local", **more}))

    def command(self, *arguments: str) -> list[str]:
        return ["pytest", "-p", "no:cacheprovider", *arguments]

    def variables(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "ALLURE"))}
        return {**kept, "COLUMNS": "200", **more}

    def run(self, *arguments: str, within: float = 60.0, cwd: str = ".", **variables: str) -> Ran:
        """Run pytest in `cwd` to its end; raises `subprocess.TimeoutExpired` where it has none in `within` seconds."""
        began = time.monotonic()
        ran = forked.run(*self.command(*arguments), cwd=self.path / cwd, env=self.variables(variables), timeout=within)
        return Ran(ran.returncode, ran.stdout + ran.stderr, self.path, ran.peak / 1024, time.monotonic() - began)
