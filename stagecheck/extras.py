"""What a plain install does not bring: packages that only some targets need, and programs of the machine."""

from __future__ import annotations

import glob
import importlib.util
import shutil
from collections.abc import Iterable


def lacking(module: str, extra: str) -> str:
    """One sentence with the install line where the module of an extra cannot be imported; empty where it can."""
    if importlib.util.find_spec(module) is not None:
        return ""
    return f"needs the package '{module}': pip install 'stagecheck[{extra}]'"


# The browsers that the browser probe drives, by the names under which systems have them.
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str:
    """The path of this machine's Chromium or Chrome; empty where it has none."""
    return next(filter(None, map(shutil.which, _BROWSERS)), "")


def absent(programs: Iterable[str]) -> list[str]:
    """Those programs that this machine does not have: names are looked for on the PATH, paths may hold wildcards."""
    return [name for name in programs if not (glob.glob(name) if "/" in name else shutil.which(name))]
