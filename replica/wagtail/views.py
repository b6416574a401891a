"""What Wagtail serves beside its own API: health and a login page."""

from __future__ import annotations

import wagtail
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from wagtail.models import Site

from replica import release, switch


def health(request: HttpRequest) -> JsonResponse:
    """Health after a real query of the database: 200, or 503 when it fails."""
    body = {"service": "wagtail-cms", "version": wagtail.__version__, "revision": release.current()}
    try:
        sites = Site.objects.count()
    except DatabaseError:
        return JsonResponse({**body, "status": "unhealthy", "database": "disconnected"}, status=503)
    if switch.is_on("wagtail-other-program"):
        body["service"] = "starter-kit"
    database = "disconnected" if switch.is_on("wagtail-component-disconnected") else "connected"
    return JsonResponse({**body, "status": "healthy", "database": database, "sites": sites})


def login(request: HttpRequest) -> HttpResponse:
    """The sign-in page of the editors."""
    return HttpResponse(
        "<!doctype html><html><head><title>Sign in - Wagtail</title></head>"
        "<body><h1>Sign in</h1><form method='post'><input name='username'><input type='password' name='password'>"
        "</form></body></html>"
    )
