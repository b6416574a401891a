"""The ASGI application of the CRM process."""

from __future__ import annotations

from replica.django_asgi import application
from replica.wire import App, cut, each_third, says, wire


def build() -> App:
    """The CRM on the database in the replica's state folder; FileNotFoundError when there is none."""
    return wire(
        application("crm"),
        {
            "crm-worker-timeout": each_third(says(500, "Internal Server Error", after=12.0)),
            "crm-flaps": each_third(says(503, "503 Service Temporarily Unavailable")),
            "crm-truncated": cut,
        },
    )
