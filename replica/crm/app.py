"""The ASGI application of the CRM process."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from replica import settings
from replica.django_asgi import application
from replica.wire import App, cut, each_third, says, wire


def build() -> App:
    """The CRM on the database in the replica's state folder; FileNotFoundError when there is none."""
    app = application("crm")
    _empty_copy(Path(settings.load().state))
    return wire(
        app,
        {
            "crm-worker-timeout": each_third(says(500, "Internal Server Error", after=12.0)),
            "crm-flaps": each_third(says(503, "503 Service Temporarily Unavailable")),
            "crm-truncated": cut,
        },
    )


def _empty_copy(state: Path) -> None:
    """The database that a default of the settings names: migrated, and nobody's records in it."""
    shutil.copyfile(state / "crm.sqlite3", state / "default.sqlite3")
    with closing(sqlite3.connect(state / "default.sqlite3")) as connection, connection:
        for table in ("crm_activity", "crm_contact", "crm_lead"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608  our own names
