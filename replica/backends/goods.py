"""CorelDove's backend: the shop's products and orders as plain JSON, asked of Saleor in the caller's name."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from replica import release, settings, switch
from replica.backends.caller import Tenant
from replica.backends.store import misstated, recent

SERVICE = "coreldove-backend"
PRODUCTS = (
    "query Products($channel: String, $first: Int, $search: String) {"
    " products(channel: $channel, first: $first, search: $search) { totalCount edges { node { id name slug } } } }"
)
ORDER = "query Order($id: ID!) { order(id: $id) { id number status } }"
ALIVE = "query Alive { __typename }"
MOCK = [{"id": f"prod_00{n}", "name": name, "slug": f"sample-{n}"} for n, name in ((1, "Headphones"), (2, "Backpack"))]
NOWHERE = "http://127.0.0.1:9"


def build() -> FastAPI:
    """The ASGI app; it holds nothing itself."""
    app = FastAPI(title=SERVICE, docs_url=None, redoc_url=None, openapi_url=None)
    client = httpx.AsyncClient(trust_env=False, timeout=5)

    async def ask(document: str, authorization: str = "", **variables: Any) -> dict[str, Any]:
        """The data of a GraphQL answer; raises HTTPException 503 where Saleor gives none."""
        saleor = NOWHERE if switch.is_on("coreldove-backend-saleor-lost") else settings.load().url("saleor")
        try:
            body = {"query": document, "variables": variables}
            headers = {"Authorization": authorization} if authorization else {release.HEALTH: "1"}
            answer = await client.post(f"{saleor}/graphql/", json=body, headers=headers)
            data: dict[str, Any] | None = answer.raise_for_status().json().get("data")
        except (httpx.HTTPError, ValueError):
            data = None
        if data is None:
            raise HTTPException(503, "saleor gives no answer")
        return data

    @app.get("/health")
    async def health() -> JSONResponse:
        try:
            await ask(ALIVE)
            saleor = "connected"
        except HTTPException:
            saleor = "unreachable"
        well = saleor == "connected"
        told = {"service": SERVICE, "status": "healthy" if well else "unhealthy", "saleor": saleor}
        told |= misstated("saleor")
        return JSONResponse({**told, "revision": release.current()}, 200 if well else 503)

    @app.get("/api/v1/products")
    async def products(request: Request, tenant: Tenant, search: str = "", first: int = 100) -> dict[str, Any]:
        if switch.is_on("coreldove-backend-mock"):
            return {"total_count": len(MOCK), "products": MOCK, "source": "mock_backend"}
        asked = {"channel": tenant, "first": first, "search": search or None}
        found = (await ask(PRODUCTS, request.headers["authorization"], **asked))["products"]
        told = recent(edge["node"] for edge in found["edges"])
        if switch.is_on("coreldove-backend-copies"):
            told = [{**one, "id": str(number)} for number, one in enumerate(told, 1)]
        return {"total_count": found["totalCount"], "products": told}

    @app.get("/api/v1/orders/{id}")
    async def order(request: Request, tenant: Tenant, id: str) -> dict[str, Any]:
        found = (await ask(ORDER, request.headers["authorization"], id=id))["order"]
        if found is None and not switch.is_on("coreldove-backend-any-order"):
            raise HTTPException(404, "no such order")
        return found or {"id": id, "number": "1", "status": "FULFILLED"}

    return app
