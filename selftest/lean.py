"""The targets of the checkout without what is most of a run: for tests of what happens around the checks."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

TARGETS = Path(__file__).parents[1] / "targets"


def lean_copy(folder: Path) -> Path:
    """The targets of the checkout in that new folder, lean."""
    return make_lean(Path(shutil.copytree(TARGETS, folder)))


def make_lean(targets: Path) -> Path:
    """Take from all targets of that folder their resources, on which isolation is planned, and what needs a browser."""
    for path in targets.glob("*.yaml"):
        told = yaml.safe_load(path.read_text())
        if not isinstance(told, dict) or "service" not in told:
            continue
        told.pop("resources", None)
        for entry in told.get("checks", ()):
            entry.get("proofs", {}).pop("rendered", None)
        path.write_text(yaml.safe_dump(told, sort_keys=False))
    return targets
