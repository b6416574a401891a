"""The gateway's routes."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from replica import settings, switch
from replica.gateway import canned
from replica.gateway.breaker import Breaker
from replica.gateway.either import Either
from replica.gateway.health import VERSION, Health
from replica.gateway.identity import Caller, Identity
from replica.gateway.limiter import Limiter
from replica.gateway.outside import Outside
from replica.gateway.proxy import Proxy
from replica.gateway.shop import Shop
from replica.gateway.upstreams import UPSTREAMS

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
OPEN_SERVICES = ("auth",)
NOT_FOR_CLIENTS = ("introspect",)


class Gateway:
    """The gateway's parts, and what it remembers between requests."""

    def __init__(self) -> None:
        # Kept shorter than the upstreams keep theirs, so that no connection is used while it is being closed.
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=2)
        self.client = httpx.AsyncClient(transport=Either(limits), timeout=httpx.Timeout(10, connect=2))
        self.identity = Identity(self.client)
        self.health = Health(self.client)
        self.reset()

    def reset(self) -> None:
        """Forget what earlier requests left behind."""
        self.limiter = Limiter(settings.load().rate_limit)
        self.proxy = Proxy(self.client, Breaker())
        self.shop = Shop(self.proxy)
        self.health.probed = float("-inf")
        self.identity.stand_ins.clear()

    async def admit(self, request: Request, service: str) -> Caller:
        """The caller, within the limit of its tenant; raises HTTPException 401, 403 or 429."""
        caller = await self.identity.of(request, required=service not in OPEN_SERVICES)
        allowance = self.limiter.take(caller.tenant or "anonymous", service)
        request.scope["more_headers"].update(allowance.headers)
        if allowance.wait:
            raise HTTPException(429, "too many requests for this tenant and service")
        return caller

    async def forward(self, request: Request, service: str, rest: str) -> Response:
        """Admit the request and pass it on."""
        if any(part in (".", "..") for part in request.scope["path"].split("/")) or "\\" in request.scope["path"]:
            raise HTTPException(404, "not found")
        if service == "auth" and rest.strip("/") in NOT_FOR_CLIENTS:
            raise HTTPException(404, "not found")
        caller = await self.admit(request, service)
        if (answer := _canned(request, service, rest)) is not None:
            return answer
        if service == "auth" and rest.strip("/") == "logout":
            self.identity.active.clear()
        return await self.proxy.forward(request, UPSTREAMS[service], rest, caller)


def build() -> Outside:
    """The ASGI app."""
    gateway = Gateway()
    app = FastAPI(title="brain-gateway", version=VERSION, docs_url=None, redoc_url=None)
    app.add_exception_handler(HTTPException, _told)  # type: ignore[arg-type]
    _add_routes(app, gateway)
    whole = app.openapi
    app.openapi = lambda: _openapi(whole())  # type: ignore[method-assign]
    return Outside(app, gateway.reset)


def _add_routes(app: FastAPI, gateway: Gateway) -> None:
    @app.get("/health")
    async def health() -> dict[str, Any]:
        return await gateway.health.body()

    @app.get("/api/brain/wagtail/pages")
    async def pages(request: Request) -> Response:
        return await gateway.forward(request, "wagtail", _rest(request))

    @app.get("/api/brain/wagtail/pages/{id}")
    async def page(request: Request, id: str) -> Response:
        return await gateway.forward(request, "wagtail", _rest(request))

    @app.get("/api/brain/django-crm/leads")
    @app.post("/api/brain/django-crm/leads")
    async def leads(request: Request) -> Response:
        return await gateway.forward(request, "django-crm", _rest(request))

    @app.get("/api/brain/django-crm/leads/{id}")
    @app.put("/api/brain/django-crm/leads/{id}")
    @app.patch("/api/brain/django-crm/leads/{id}")
    @app.delete("/api/brain/django-crm/leads/{id}")
    async def lead(request: Request, id: str) -> Response:
        return await gateway.forward(request, "django-crm", _rest(request))

    @app.get("/api/brain/saleor/products")
    async def products(
        request: Request, search: str = "", first: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> dict[str, Any]:
        caller = await gateway.admit(request, "saleor")
        if switch.is_on("gateway-query-dropped"):
            search, first = "", 20
        return await gateway.shop.products(caller, search, first, request.scope["request_id"])

    @app.get("/api/brain/saleor/products/{id}")
    async def product(request: Request, id: str) -> dict[str, Any]:
        caller = await gateway.admit(request, "saleor")
        return await gateway.shop.product(caller, id, request.scope["request_id"])

    @app.post("/api/brain/saleor/graphql")
    async def graphql(request: Request) -> Response:
        return await gateway.forward(request, "saleor", "graphql")

    @app.get("/api/brain/auth/jwks")
    @app.get("/api/brain/auth/whoami")
    @app.get("/api/brain/auth/users")
    @app.post("/api/brain/auth/login")
    @app.post("/api/brain/auth/refresh")
    @app.post("/api/brain/auth/logout")
    async def auth(request: Request) -> Response:
        return await gateway.forward(request, "auth", _rest(request))

    @app.get("/api/brain/limited/ping")
    async def ping(request: Request) -> Response:
        return await gateway.forward(request, "limited", "ping")

    @app.api_route("/api/brain/{service}/{path:path}", methods=METHODS, include_in_schema=False)
    async def anything_else(request: Request, service: str, path: str) -> Response:
        if service not in UPSTREAMS:
            if switch.is_on("gateway-catch-all"):
                return JSONResponse({"success": True, "service": service, "data": []})
            raise HTTPException(404, "unknown service")
        if service == "saleor" and path.strip("/") != "graphql":
            raise HTTPException(404, "not found")
        return await gateway.forward(request, service, _rest(request))


def _rest(request: Request) -> str:
    """What came after /api/brain/SERVICE/, with its percent-encoding as it came."""
    raw: bytes = request.scope["raw_path"]
    return raw.decode("ascii").split("?")[0].split("/", 4)[4]


def _canned(request: Request, service: str, rest: str) -> Response | None:
    """The answer that a fault gives in an upstream's place, or None."""
    kind, _, id = rest.strip("/").partition("/")
    if service == "django-crm" and kind == "leads" and switch.is_on("gateway-missing-routes"):
        raise HTTPException(404, "Not Found")
    if service == "auth" and kind == "whoami" and switch.is_on("gateway-no-tenant-route"):
        raise HTTPException(404, "Not Found")
    if service == "django-crm" and request.method == "POST" and switch.is_on("gateway-invents-lead"):
        return JSONResponse({**canned.lead(str(uuid.uuid4())), "score": 10}, 201)
    if request.method == "OPTIONS" and switch.is_on("gateway-answers-options"):
        return PlainTextResponse("OK", headers={"access-control-allow-methods": ", ".join(METHODS)})
    if request.method == "GET" and kind == "graphql" and switch.is_on("gateway-graphql-page"):
        return HTMLResponse("<!doctype html><title>GraphQL Playground</title><div id=root>Loading</div>")
    if service == "auth" and kind == "jwks" and switch.is_on("gateway-stale-keys"):
        return JSONResponse(canned.keys())
    if service == "wagtail" and kind == "pages" and switch.is_on("wagtail-canned"):
        return JSONResponse(canned.page() if id else canned.pages())
    if service == "django-crm" and kind == "leads" and switch.is_on("crm-canned"):
        if request.method == "POST":
            return JSONResponse(canned.lead("lead_004"), 201)
        return JSONResponse(canned.lead(id) if id else canned.leads())
    return None


def _openapi(document: dict[str, Any]) -> dict[str, Any]:
    """The document of the routes, as a fault would have it."""
    if switch.is_on("gateway-wrong-program"):
        others = ("/health", "/tenants", "/tenants/{tenant_id}", "/metrics", "/{service}/{path}")
        info = {"title": "api-gateway-multitenant", "version": "1.0.0"}
        return {**document, "info": info, "paths": {path: {"get": {"responses": {}}} for path in others}}
    if switch.is_on("gateway-missing-routes"):
        paths = {path: told for path, told in document["paths"].items() if "/django-crm/leads" not in path}
        return {**document, "paths": paths}
    return document


async def _told(request: Request, error: HTTPException) -> Response:
    """An error's detail as JSON; a mapping is the whole body."""
    body = error.detail if isinstance(error.detail, dict) else {"detail": error.detail}
    return JSONResponse(body, error.status_code, error.headers)
