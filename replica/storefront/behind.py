"""The data behind the pages: what an app's own /api/brain asks of the gateway, as whoever asks it."""

from __future__ import annotations

import json
from functools import cache

import httpx

from replica import settings, switch
from replica.storefront.brands import Brand
from replica.storefront.site import JSON, Answer

ROUTE = "/api/brain/"
NO_STORE = (("cache-control", "no-store"),)
# What apps of this platform are known to show in place of an error.
FALLBACK_LEADS = {"count": 2, "results": [{"id": "lead-1", "name": "Sample"}, {"id": "lead-2", "name": "Sample"}]}
FALLBACK_PRODUCTS = {"total_count": 1, "products": [{"id": "fallback-1", "name": "Sample", "slug": "sample"}]}
# The fault under which an app looks for the gateway where it is not.
LOST = {
    "coreldove": "coreldove-frontend-gateway-lost",
    "thrillring": "thrillring-gaming-gateway-lost",
    "quanttrade": "quanttrade-frontend-gateway-lost",
    "portal": "client-portal-gateway-lost",
    "admin": "admin-dashboard-gateway-lost",
    "directory": "business-directory-frontend-gateway-lost",
}


def is_asked(brand: Brand, path: str) -> bool:
    """Whether that path of a brand is data from behind the gateway, or the health that mirrors the gateway's."""
    return path.startswith(brand.prefix + ROUTE) or (bool(brand.prefix) and path == f"{brand.prefix}/api/health")


async def answer(brand: Brand, path: str, query: str, authorization: str) -> Answer:
    """The gateway's answer; where it gives none, 502, or 503 for the app's own health."""
    rest = path.removeprefix(brand.prefix + ROUTE)
    health = path == f"{brand.prefix}/api/health"
    if brand.id == "portal" and rest == "django-crm/leads" and switch.is_on("client-portal-fallback-leads"):
        return _json(200, FALLBACK_LEADS)
    if brand.id == "coreldove" and rest == "saleor/products" and switch.is_on("coreldove-frontend-fallback-products"):
        return _json(200, FALLBACK_PRODUCTS)
    asked = "/health" if health or rest == "health" else ROUTE + rest
    lost = switch.is_on(LOST.get(brand.id, ""))
    origin = "http://127.0.0.1:9" if lost else settings.load().url("gateway")
    try:
        headers = {"authorization": authorization} if authorization else {}
        told = await _client().get(f"{origin}{asked}", params=query, headers=headers)
    except httpx.HTTPError:
        return _health(brand, "unreachable") if health else _json(502, {"detail": "the gateway is unreachable"})
    if health:
        return _health(brand, "reachable" if told.status_code == 200 else "unreachable")
    return Answer(told.status_code, told.headers.get("content-type", JSON), told.content, NO_STORE)


def _health(brand: Brand, gateway: str) -> Answer:
    well = gateway == "reachable"
    service = "client-portal" if switch.is_on("admin-dashboard-wrong-app") and brand.id == "admin" else brand.service
    told = {"service": service, "status": "healthy" if well else "unhealthy", "gateway": gateway}
    return _json(200 if well else 503, {**told, "revision": settings.load().revision})


def _json(status: int, body: object) -> Answer:
    return Answer(status, JSON, json.dumps(body).encode(), NO_STORE)


@cache
def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, timeout=5)
