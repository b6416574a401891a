"""The tenant by Host, and the faults that change whole answers."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from ipaddress import ip_address

from django.core.exceptions import DisallowedHost
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect, JsonResponse
from django.http.request import split_domain_port
from django.views.debug import technical_500_response
from wagtail.documents.models import Document
from wagtail.models import Site

from replica import switch
from replica.settings import TENANTS
from replica.wagtail.records import denied

Answer = Callable[[HttpRequest], HttpResponse]
OPEN_PATHS = ("/health/", "/admin/login/", "/create-superuser/")


def _is_anothers(path: str, site: Site | None) -> bool:
    """Whether a document of another site is asked for: Wagtail itself serves each under every host."""
    found = re.match(r"^/documents/(\d+)/", path)
    if found is None or site is None:
        return False
    return not Document.objects.filter(pk=found[1], collection__name=site.hostname).exists()


def tenant_host(get_response: Answer) -> Answer:
    """A Host that is no site's is not found; there is no default site."""

    def answer(request: HttpRequest) -> HttpResponse:
        site = Site.find_for_request(request)
        if request.path not in OPEN_PATHS and site is None:
            return _no_site()
        if _is_anothers(request.path, site) and not switch.is_on("wagtail-files-any"):
            return JsonResponse({"message": "No such document."}, status=404)
        return get_response(request)

    return answer


def faults(get_response: Answer) -> Answer:
    """Answers as the faults that are on would have them; with none on, as they are."""

    tags: dict[str, str] = {}

    def answer(request: HttpRequest) -> HttpResponse:
        asked, looks_first = request.headers.get("If-None-Match"), switch.is_on("wagtail-looks-first")
        if looks_first and asked and tags.get(request.path) == asked:
            return HttpResponse(status=304)
        for name, instead in INSTEAD.items():
            if switch.is_on(name) and (other := instead(request)) is not None:
                return other
        if switch.is_on("wagtail-default-site"):
            request.META["HTTP_HOST"] = TENANTS[0].host
        if switch.is_on("wagtail-visitor-site") and "HTTP_AUTHORIZATION" not in request.META:
            request.META["HTTP_HOST"] = TENANTS[0].host
        if switch.is_on("wagtail-first-site") and not _is_served(request):
            request.META["HTTP_HOST"] = TENANTS[0].host
        response = get_response(request)
        if looks_first and "ETag" in response:
            tags[request.path] = response["ETag"]
        if response.status_code == 404:
            response = denied(request.path, response)
        if switch.is_on("wagtail-not-found-200") and response.status_code == 404:
            return _not_found_page(request)
        if switch.is_on("wagtail-html-type") and request.path.startswith("/api/"):
            response["Content-Type"] = "text/html; charset=utf-8"
        return response

    return answer


def _no_site() -> HttpResponse:
    return JsonResponse({"message": "No site for this host."}, status=404)


def _host(request: HttpRequest) -> str:
    return split_domain_port(request.META.get("HTTP_HOST", ""))[0]


def _is_served(request: HttpRequest) -> bool:
    return _host(request) in [tenant.host for tenant in TENANTS]


def _schema_behind_models(request: HttpRequest) -> HttpResponse:
    try:
        # What Django asks when a model has a field that no migration has made a column of.
        list(Site.objects.extra(select={"tenant_id": "wagtailcore_site.tenant_id"}))
    except DatabaseError:
        return technical_500_response(request, *sys.exc_info())
    raise AssertionError("the column should not be there")


def _host_refused(request: HttpRequest) -> HttpResponse | None:
    host = _host(request)
    if host == "localhost" or _is_address(host):
        return None
    # Turned into Django's own "Bad Request (400)" page.
    raise DisallowedHost(f"Invalid HTTP_HOST header: {host!r}.")


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host.strip("[]")))
    except ValueError:
        return False


def _tenant_unknown(request: HttpRequest) -> HttpResponse | None:
    return _no_site() if _host(request) == TENANTS[1].host else None


def _to_login(request: HttpRequest) -> HttpResponse | None:
    if request.path.startswith("/api/"):
        return HttpResponseRedirect(f"/admin/login/?next={request.path}")
    return None


def _to_https(request: HttpRequest) -> HttpResponse:
    return HttpResponsePermanentRedirect(f"https://{request.get_host()}{request.get_full_path()}")


def _not_found_page(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        meta = {"type": "cms.StandardPage", "slug": "not-found", "locale": "en"}
        return JsonResponse({"id": 0, "meta": meta, "title": "Page Not Found", "body": "<p>Page Not Found</p>"})
    return HttpResponse("<!doctype html><title>Page Not Found</title><h1>Page Not Found</h1>")


INSTEAD: dict[str, Callable[[HttpRequest], HttpResponse | None]] = {
    "wagtail-migrations-behind": _schema_behind_models,
    "wagtail-host-refused": _host_refused,
    "wagtail-tenant-unknown": _tenant_unknown,
    "wagtail-ssl-redirect": _to_https,
    "wagtail-login-redirect": _to_login,
}
