"""Databases of the Django parts: built once for a set of dependencies and sources, copied at each start."""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache" / "replica"
# What the schema and the seed of a part come from, beside its own source.
PACKAGES = {
    "wagtail": ("Django", "wagtail", "djangorestframework", "django-taggit", "django-modelcluster", "django-treebeard"),
    "crm": ("Django", "djangorestframework", "django-filter"),
}


def key(part: str) -> str:
    """Changes whenever the database of that part could come out differently."""
    found = hashlib.sha256(f"{sys.version} {os.environ.get('REPLICA_TENANTS', '')}".encode())
    for package in PACKAGES[part]:
        found.update(f"{package}=={metadata.version(package)}\n".encode())
    sources = sorted(path for path in (HERE / part).rglob("*") if path.suffix in {".py", ".html", ".yaml", ".json"})
    for path in (HERE / "settings.py", HERE / "migrated.py", *sources):
        found.update(path.relative_to(HERE).as_posix().encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def place(part: str, state: str) -> Path:
    """Put the part's seeded database into the state folder, building it first where no cache has it; its path."""
    placed = Path(state) / f"{part}.sqlite3"
    if placed.exists():
        return placed
    built = CACHE / key(part) / f"{part}.sqlite3"
    if not built.exists():
        _build(part, built)
    shutil.copyfile(built, placed)
    return placed


def _build(part: str, target: Path) -> None:
    # A folder of its own: two replicas may build at once, and the rename lets one of them win.
    draft = target.parent.parent / f"{target.parent.name}.{part}.{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        path = draft / target.name
        importlib.import_module(f"replica.{part}.build").database(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
