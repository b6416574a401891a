"""Makes the database of a Django part: real migrations, then its seed.

In a process of its own, because Django is set up once in a process: python -m replica.migrated PART PATH
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path


def make(part: str, path: str | os.PathLike[str]) -> None:
    """Write the database of `part` (wagtail or crm) at `path`, replacing what is there; CalledProcessError if it fails.

    Takes some six seconds for Wagtail, under one for the CRM.
    """
    with tempfile.TemporaryDirectory() as state:
        environment = {**os.environ, "REPLICA_STATE": state, "PYTHONPATH": str(Path(__file__).parents[1])}
        subprocess.run([sys.executable, "-m", "replica.migrated", part], env=environment, check=True)  # noqa: S603
        shutil.move(Path(state) / f"{part}.sqlite3", path)


def _migrate_and_plant(part: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = f"replica.{part}.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    import_module(f"replica.{part}.seed").plant()


if __name__ == "__main__":
    _migrate_and_plant(*sys.argv[1:]) if len(sys.argv) == 2 else make(*sys.argv[1:])
