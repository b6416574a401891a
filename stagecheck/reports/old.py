"""What an earlier run left in a folder of reports."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path


def remove(folder: Path, *patterns: str) -> None:
    """Remove its files of these names; there may be thousands, and the run waits for it."""
    for name in os.listdir(folder):
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            os.unlink(os.path.join(folder, name))
