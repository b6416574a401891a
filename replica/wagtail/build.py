"""Makes the database of Wagtail."""

from __future__ import annotations

import os

from replica import migrated


def database(path: str | os.PathLike[str]) -> None:
    """Write a migrated and seeded database at `path`; subprocess.CalledProcessError when that fails."""
    migrated.make("wagtail", path)
