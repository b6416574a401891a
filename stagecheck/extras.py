"""What a plain install does not bring: packages that only some targets and commands need."""

from __future__ import annotations

import importlib.util


def lacking(module: str, extra: str) -> str:
    """One sentence with the install line where the module of an extra cannot be imported; empty where it can."""
    if importlib.util.find_spec(module) is not None:
        return ""
    return f"needs the package '{module}': pip install 'stagecheck[{extra}]'"
