"""The environment `lab`: that of `local`, but at a replica that runs already."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

LOCAL = Path(__file__).parents[1] / "targets" / "environments" / "local.yaml"


def write_lab(folder: Path, told: Mapping[str, Any], **more: Any) -> Path:
    """Write lab.yaml into that folder; `told` is the ready line of the replica, `more` are keys of the environment."""
    lab = yaml.safe_load(LOCAL.read_text())
    del lab["start"]
    lab |= {"name": "lab", **{key: told[key] for key in ("connect", "resolver", "ca_file")}, **more}
    path = folder / "lab.yaml"
    path.write_text(yaml.safe_dump(lab))
    return path
