"""The targets of the checkout without what is most of a run: for tests of what happens around the checks."""

from __future__ import annotations

from pathlib import Path

import yaml


def make_lean(targets: Path) -> Path:
    """Take the resources, on which the isolation checks are planned, from all targets of that folder."""
    for path in targets.glob("*.yaml"):
        told = yaml.safe_load(path.read_text())
        if isinstance(told, dict) and told.pop("resources", None):
            path.write_text(yaml.safe_dump(told, sort_keys=False))
    return targets
