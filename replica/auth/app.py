"""The auth service: login, refresh, logout, whoami, the public keys, and introspection for the gateway."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from replica import bearer, release, settings, switch
from replica.auth.tokens import Issuer

TOKENS = "tokens.json"


class Credentials(BaseModel):
    """What a login sends."""

    email: str
    password: str


class RefreshToken(BaseModel):
    """What a refresh sends."""

    refresh_token: str


class Token(BaseModel):
    """What the gateway asks about."""

    token: str


class _KnownHosts:
    """While a fault has it, names are refused as the framework refuses them, and the address is not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._refusing = TrustedHostMiddleware(app, allowed_hosts=["127.0.0.1"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._refusing if switch.is_on("auth-host-refused") else self._app
        await app(scope, receive, send)


def build() -> FastAPI:
    """The ASGI app; its key and its sessions live as long as it does."""
    config = settings.load()
    issuer = Issuer()
    _keep_tokens(issuer, config)
    app = FastAPI(title="auth-service", docs_url=None, redoc_url=None)

    app.add_middleware(_KnownHosts)

    def claims(request: Request) -> dict[str, Any]:
        token = bearer.of(request.headers.getlist("authorization"))
        try:
            return issuer.read(token)
        except bearer.BadToken:
            raise HTTPException(401, "invalid or missing token", {"WWW-Authenticate": "Bearer"}) from None

    @app.get("/health")
    @app.get("/health/", include_in_schema=False)
    async def health() -> dict[str, Any]:
        if switch.is_on("auth-wrong-program"):
            return {"service": "temporal-integration", "status": "healthy"}
        if switch.is_on("auth-store-lost"):
            raise HTTPException(503, "the store of sessions is unreachable")
        keys = len(issuer.jwks()["keys"])
        return {"service": "auth-service", "status": "healthy", "keys": keys, "revision": release.current()}

    @app.get("/auth/jwks")
    async def jwks() -> dict[str, Any]:
        return issuer.jwks()

    @app.post("/auth/login")
    async def login(credentials: Credentials) -> dict[str, Any]:
        for tenant in config.tenants:
            same_password = secrets.compare_digest(tenant.password.encode(), credentials.password.encode())
            if tenant.email == credentials.email and tenant.password and same_password:
                told = {"tenants": [one.id for one in config.tenants]} if switch.is_on("auth-login-tells-all") else {}
                return {**issuer.grant(config.tenants[0] if switch.is_on("auth-same-token") else tenant), **told}
        raise HTTPException(401, "wrong email or password")

    @app.post("/auth/refresh")
    async def refresh(body: RefreshToken) -> dict[str, Any]:
        if switch.is_on("auth-store-lost"):
            raise HTTPException(503, "the store of sessions is unreachable")
        if switch.is_on("auth-refresh-refused"):
            raise HTTPException(401, "invalid refresh token")
        try:
            return issuer.grant(config.tenant(issuer.renew(body.refresh_token)))
        except bearer.BadToken:
            raise HTTPException(401, "invalid refresh token") from None

    @app.post("/auth/logout", status_code=204)
    async def logout(request: Request) -> None:
        known = claims(request)
        if not switch.is_on("auth-logout-ignored"):
            issuer.end(known)

    @app.get("/auth/whoami")
    async def whoami(request: Request) -> dict[str, Any]:
        if switch.is_on("auth-open-whoami") and "authorization" not in request.headers:
            tenant = config.tenants[0]
            return {"sub": tenant.id, "email": tenant.email, "tenant_id": tenant.id, "roles": ["client"]}
        known = claims(request)
        return {key: known[key] for key in ("sub", "email", "tenant_id", "roles")}

    everybody = {"users": [{"email": tenant.email, "tenant_id": tenant.id} for tenant in config.tenants]}

    @app.get("/auth/users")
    @app.get("/auth/users/", include_in_schema=False)
    async def users(request: Request) -> dict[str, Any]:
        """Everybody who can log in, for an administrator."""
        by_path = switch.is_on("auth-users-by-path") and request.url.path != "/auth/users"
        if "super_admin" not in claims(request)["roles"] and not by_path and not switch.is_on("auth-users-open"):
            raise HTTPException(403, "for administrators only")
        return everybody

    @app.get("/auth/{before}/..;/users", include_in_schema=False)
    async def users_by_a_way_back(before: str, request: Request) -> dict[str, Any]:
        """As a container of servlets reads it, whose filter looked at another path."""
        if not switch.is_on("auth-users-way-back"):
            raise HTTPException(404, "not found")
        claims(request)
        return everybody

    @app.get("/auth/tenants/{id}/users")
    async def users_of(id: str, request: Request) -> dict[str, Any]:
        """The users of a tenant, for whoever administers it."""
        known = claims(request)
        own = known["tenant_id"] == id or switch.is_on("auth-admin-any-tenant")
        if "tenant_admin" not in known["roles"] or not own:
            raise HTTPException(403, "for administrators of the tenant only")
        found = [{"email": tenant.email} for tenant in config.tenants if tenant.id == id]
        return {"tenant_id": id, "users": found}

    @app.post("/auth/introspect")
    async def introspect(body: Token) -> dict[str, Any]:
        """As RFC 7662 answers; the gateway asks, and lets nobody through to it."""
        try:
            known = issuer.read(body.token)
        except bearer.BadToken:
            return {"active": False}
        return {"active": True, "tenant_id": known["tenant_id"], "exp": known["exp"]}

    return app


def _keep_tokens(issuer: Issuer, config: settings.Settings) -> None:
    """Write what the supervisor tells as variables: an administrator's token, and some that nobody may accept."""
    held = {"ADMIN_TOKEN": issuer.administrator(config.tenants[0], "super_admin")}
    held |= {f"{t.id.upper()}_ADMIN_TOKEN": issuer.administrator(t, "tenant_admin") for t in config.tenants}
    held |= {f"{t.id.upper()}_{name}_TOKEN": token for t in config.tenants for name, token in issuer.stale(t).items()}
    path = Path(config.state) / TOKENS
    path.touch(mode=0o600)
    path.write_text(json.dumps(held))
