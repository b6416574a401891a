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
    if switch.is_on("wagtail-redis-refused"):
        error = "Error 111 connecting to localhost:6379. Connection refused."
        down = {"status": "unhealthy", "database": "connected", "cache": "disconnected", "error": error}
        return JsonResponse({**body, **down}, status=503)
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


def create_superuser(request: HttpRequest) -> HttpResponse:
    """Nothing; under a fault the form with which anybody makes himself an administrator."""
    if not switch.is_on("wagtail-create-superuser"):
        return JsonResponse({"message": "Not found."}, status=404)
    return HttpResponse(
        "<!doctype html><title>Create superuser</title><form method='post'><input name='username'>"
        "<input name='email'><input type='password' name='password'></form>"
    )
