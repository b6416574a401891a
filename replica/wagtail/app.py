"""The ASGI application of the Wagtail process."""

from __future__ import annotations

from replica.django_asgi import application
from replica.wire import App, late, wire


def build() -> App:
    """Wagtail on the database in the replica's state folder; FileNotFoundError when there is none."""
    return wire(application("wagtail"), {"wagtail-slow": late(2.5)})
