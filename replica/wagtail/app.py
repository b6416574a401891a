"""The ASGI application of the Wagtail process."""

from __future__ import annotations

from pathlib import Path

from replica import settings
from replica.django_asgi import application
from replica.wagtail import files
from replica.wire import App, late, wire


def build() -> App:
    """Wagtail on the database in the replica's state folder; FileNotFoundError when there is none."""
    files.write(Path(settings.load().state) / "media")
    return wire(application("wagtail"), {"wagtail-slow": late(2.5)})
