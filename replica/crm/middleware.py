"""The faults of the CRM that change whole answers."""

from __future__ import annotations

import sys
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.debug import technical_500_response
from rest_framework.request import Request

from replica import switch
from replica.crm.models import Lead

Answer = Callable[[HttpRequest], HttpResponse]


def past_the_gateway(request: HttpRequest | Request, fault: str) -> bool:
    """Whether that fault is on, which only meets what did not come through the gateway: it names the tenant."""
    return "X-Tenant-ID" not in request.headers and switch.is_on(fault)


def faults(get_response: Answer) -> Answer:
    """Answers as the faults that are on would have them; with none on, as they are."""

    tags: dict[str, str] = {}

    def answer(request: HttpRequest) -> HttpResponse:
        asked = request.headers.get("If-None-Match")
        etag_first = switch.is_on("crm-etag-first") or past_the_gateway(request, "crm-direct-looks-first")
        if asked and tags.get(request.path) == asked and etag_first:
            return HttpResponse(status=304)
        response = get_response(request)
        if response.status_code == 404 and switch.is_on("crm-last-in-errors"):
            response["X-Last-Stored"] = Lead.objects.latest("created_at").name
        if "ETag" in response and etag_first:
            tags[request.path] = response["ETag"]
        if not request.path.startswith("/api/"):
            return response
        if switch.is_on("crm-empty-200") and response.status_code >= 400:
            return JsonResponse({"count": 0, "results": [], "source": "fallback"})
        if switch.is_on("crm-error-200") and response.status_code == 404:
            return JsonResponse({"success": False, "error": "not found"})
        if switch.is_on("crm-verbose-errors") and response.status_code == 404:
            return _with_trace(request)
        return response

    return answer


def _with_trace(request: HttpRequest) -> HttpResponse:
    """The error page of a developer's own machine: a stack trace, the query and the settings."""
    leads = Lead.objects.extra(select={"owner_id": "crm_lead.owner_id"})
    try:
        try:
            list(leads)
        except DatabaseError as error:
            raise DatabaseError(f"{error} in {leads.query}") from error
    except DatabaseError:
        return technical_500_response(request, *sys.exc_info())
    raise AssertionError("the column should not be there")
