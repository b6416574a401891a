"""A tiny service that the gateway limits to 100 requests a minute for each tenant, to prove the limiter on."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException, Request

from replica import bearer, release, settings


def build() -> FastAPI:
    """The ASGI app: GET /ping for a tenant, GET /health for anyone."""
    verifier = bearer.Verifier(settings.load().url("auth") + "/auth/jwks")
    app = FastAPI(title="limited", docs_url=None, redoc_url=None)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"service": "limited", "status": "healthy", "revision": release.current()}

    @app.get("/ping")
    async def ping(request: Request) -> dict[str, str]:
        try:
            claims = await verifier.claims(bearer.of(request.headers.getlist("authorization")))
        except (bearer.BadToken, bearer.NoKeys):
            raise HTTPException(401, "invalid or missing token", {"WWW-Authenticate": "Bearer"}) from None
        return {"pong": "limited", "tenant_id": claims["tenant_id"]}

    return app
