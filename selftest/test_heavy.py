"""Nothing heavy is imported for a run that does not use it: a plain run's start is nearly all imports."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from selftest import shops
from selftest.speaker import reply, speaking

# The libraries of a probe, a proof, a command or an extra. What every run needs is not among them: pydantic and YAML
# for its targets, httpx with what it stands on, and what keeps the pace.
HEAVY = {
    "OpenSSL",
    "dns",
    "filelock",
    "graphql",
    "grpc",
    "joserfc",
    "jsonschema",
    "markdown_it",
    "playwright",
    "psycopg",
    "securesystemslib",
}
TELLS = """\
import json, pathlib, sys

def pytest_unconfigure():
    pathlib.Path("modules.json").write_text(json.dumps(sorted(sys.modules)))
"""


def test_a_plain_run_imports_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    with speaking(lambda asked, _: reply(200, b'{"state": "up"}', content_type="application/json")) as gateway:
        project = shops.folder(tmp_path / "p", gateway.address)
        entry = {
            "id": "state",
            "kind": "health",
            "as": "anonymous",
            "request": {"path": "/state"},
            "expect": {"status": 200, "type": "application/json", "json": {"$.state": "up"}},
            "proofs": {"answers": {}, "components": {"at": "$.state", "good": ["up"]}},
        }
        project.target("plain", checks=[entry])
        (project.path / "tells.py").write_text(TELLS)
        # A process of its own from its first import: one that is forked has what others have loaded.
        command = [sys.executable, "-m", *project.command("-p", "tells")]
        here = {"cwd": project.path, "env": project.variables({})}
        ran = subprocess.run(command, **here, capture_output=True, text=True, timeout=120, check=False)
    loaded = {name.partition(".")[0] for name in json.loads((project.path / "modules.json").read_text())}

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert {"httpx", "stagecheck"} <= loaded
    assert loaded & HEAVY == set()


def test_what_is_not_to_be_imported_is_there_to_be() -> None:
    assert [name for name in HEAVY if importlib.util.find_spec(name) is None] == []
