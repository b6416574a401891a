"""Django as an ASGI application that crosses to its one worker thread once for a request."""

from __future__ import annotations

import os

from asgiref.sync import sync_to_async
from django import setup
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import get_resolver

from replica.wire import Receive, Scope, Send


class OneCrossing(ASGIHandler):
    """Runs middleware and view in one go on a worker thread.

    Left to itself Django enters and leaves the thread again around views that are not async, of which there are only
    such here. And it would give each request threads of its own, and with them a new connection to the database, which
    takes longer than most answers; nothing here waits in a view, so one thread does for all.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await super().__call__(scope, receive, send)
        await self.handle(scope, receive, send)

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


def application(part: str) -> ASGIHandler:
    """Django set up for that part, on the database in the state folder; FileNotFoundError when there is none."""
    os.environ["DJANGO_SETTINGS_MODULE"] = f"replica.{part}.settings"
    setup(set_prefix=False)
    if not settings.DATABASE.exists():
        path = settings.DATABASE
        raise FileNotFoundError(f"{path}: no database; make it with: python -m replica.migrated {part} {path}")
    # Routes are imported now and not by the first request, which would be slow.
    get_resolver().url_patterns  # noqa: B018
    return OneCrossing()
