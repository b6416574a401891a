"""Who asks: the tenant of the signed token, and of nothing else."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import HTTPException, Request

from replica import bearer, settings, switch
from replica.gateway import careless

TENANT_HEADERS = ("x-tenant-id", "x-tenant", "x-org-id")
REVOCATION_CACHE = 0.5
SHARED_SECONDS = 0.01  # long enough for two threads of a busy machine to meet
CROSSED_SECONDS = 0.03  # long enough for most to meet one
ONE_IN = 200


@dataclass(frozen=True)
class Caller:
    """A tenant, and the Authorization that goes to the upstream for it; both empty for an anonymous caller."""

    tenant: str = ""
    authorization: str = ""


@dataclass
class Identity:
    """Verifies tokens with the auth service's keys, and asks it whether they were logged out."""

    client: httpx.AsyncClient
    verifier: bearer.Verifier = field(
        default_factory=lambda: bearer.Verifier(settings.load().url("auth") + "/auth/jwks")
    )
    active: dict[str, tuple[bool, float]] = field(default_factory=dict)
    stand_ins: dict[str, str] = field(default_factory=dict)
    last: Caller = field(default_factory=Caller)
    came: dict[str, tuple[float, Caller]] = field(default_factory=dict)  # by tenant: when it asked last
    met: int = 0  # requests during which another tenant's came

    async def of(self, request: Request, required: bool = True) -> Caller:
        """The caller; raises HTTPException 401 or 403. Where no token is `required`, the upstream judges a bad one."""
        token = _cookie(request) or bearer.of(request.headers.getlist("authorization"))
        if "authorization" not in request.headers and required and (presumed := _presumed(request)):
            return await self._stand_in(presumed)
        try:
            believed = await self._believed(token)
            tenant = believed or await self._tenant(token)
        except bearer.BadToken:
            if required:
                raise HTTPException(401, "invalid or missing token", {"www-authenticate": "Bearer"}) from None
            return Caller(authorization=request.headers.get("authorization", ""))
        except bearer.NoKeys:
            raise HTTPException(503, "tokens cannot be verified: auth-service is unreachable") from None
        if required:
            other = _overridden(request, tenant)
            if other or believed:
                return await self._stand_in(other or tenant)
        _refuse_contradiction(request, tenant)
        if switch.is_on("gateway-shared-caller"):
            return await self._shared(Caller(tenant, f"Bearer {token}"))
        if switch.is_on("gateway-caller-crossed"):
            return await self._crossed(Caller(tenant, f"Bearer {token}"))
        return Caller(tenant, f"Bearer {token}")

    async def _shared(self, caller: Caller) -> Caller:
        """The caller that asked last: who asks is kept where all requests find it."""
        self.last = caller
        await asyncio.sleep(SHARED_SECONDS)
        return self.last

    async def _crossed(self, caller: Caller) -> Caller:
        """The caller; for one in so many of those during whose request another tenant's comes, that other."""
        began = time.monotonic()
        self.came[caller.tenant] = began, caller
        await asyncio.sleep(CROSSED_SECONDS)
        others = [other for at, other in self.came.values() if at >= began and other.tenant != caller.tenant]
        self.met += bool(others)
        return others[0] if others and self.met % ONE_IN == 0 else caller

    async def _tenant(self, token: str) -> str:
        if not token:
            raise bearer.BadToken("no token")
        claims = await self.verifier.claims(token)
        if not _is_known(claims["tenant_id"]) or not await self._is_active(token):
            raise bearer.BadToken("unknown tenant or logged out")
        return str(claims["tenant_id"])

    async def _believed(self, token: str) -> str:
        """The tenant of a token that a fault lets in, or an empty string."""
        tenant = careless.claims(token, await self.verifier.keys()).get("tenant_id") if token else None
        return str(tenant) if _is_known(tenant) else ""

    async def _is_active(self, token: str) -> bool:
        if switch.is_on("gateway-logout-ignored"):
            return True
        known, at = self.active.get(token, (False, float("-inf")))
        if time.monotonic() - at < REVOCATION_CACHE:
            return known
        try:
            url = settings.load().url("auth") + "/auth/introspect"
            active = (await self.client.post(url, json={"token": token})).json()["active"] is True
        except (httpx.HTTPError, ValueError, KeyError):
            # While auth cannot be asked, a token stands on its signature and its expiry.
            return True
        self.active = {key: held for key, held in self.active.items() if time.monotonic() - held[1] < REVOCATION_CACHE}
        self.active[token] = (active, time.monotonic())
        return active

    async def _stand_in(self, tenant: str) -> Caller:
        """The gateway asks in that tenant's name: how its faults reach services that verify tokens themselves."""
        if tenant not in self.stand_ins:
            owner = settings.load().tenant(tenant)
            url = settings.load().url("auth") + "/auth/login"
            answer = await self.client.post(url, json={"email": owner.email, "password": owner.password})
            self.stand_ins[tenant] = answer.json()["access_token"]
        return Caller(tenant, f"Bearer {self.stand_ins[tenant]}")


def _is_known(tenant: Any) -> bool:
    return any(tenant == known.id for known in settings.TENANTS)


def _said(request: Request, names: tuple[str, ...]) -> list[str]:
    return [value.strip() for name in names for value in request.headers.getlist(name)]


def _refuse_contradiction(request: Request, tenant: str) -> None:
    if any(said and said != tenant for said in _said(request, TENANT_HEADERS)):
        raise HTTPException(403, "the tenant of the request is not the tenant of the token")


def _overridden(request: Request, tenant: str) -> str:
    """The tenant that a fault puts in place of the token's, or an empty string."""
    first = settings.TENANTS[0].id
    said = _said(request, ("x-tenant-id",))
    if switch.is_on("gateway-stg-tenant"):
        return first
    if switch.is_on("gateway-host-tenant"):
        return next((one.id for one in settings.TENANTS if one.host in _hosts(request)), "")
    if switch.is_on("gateway-absolute-form"):
        return next((one.id for one in settings.TENANTS if one.host == request.scope.get("line_host")), "")
    if switch.is_on("gateway-query-tenant"):
        asked = [value for value in request.query_params.getlist("tenant_id") if _is_known(value)]
        return asked[-1] if asked else ""
    if switch.is_on("gateway-trusts-tenant-header") and said and _is_known(said[-1]):
        return said[-1]
    if switch.is_on("gateway-default-tenant") and said and not all(_is_known(value) for value in said):
        return first
    return ""


def _presumed(request: Request) -> str:
    """The tenant that a fault takes a caller without a credential for, or an empty string."""
    if switch.is_on("gateway-no-auth"):
        return settings.TENANTS[0].id
    said = _said(request, ("x-user-id",)) if switch.is_on("gateway-trusts-user-header") else []
    return said[-1] if said and _is_known(said[-1]) else ""


def _cookie(request: Request) -> str:
    """The token of a cookie, while a fault lets it win over the header."""
    return request.cookies.get("access_token", "") if switch.is_on("gateway-cookie-wins") else ""


def _hosts(request: Request) -> list[str]:
    """The hosts under which a client says that it asks, in whatever header."""
    forwarded = [part.partition("host=")[2].strip('" ') for part in request.headers.get("forwarded", "").split(";")]
    named = _said(request, ("host", "x-forwarded-host", "x-original-host", "x-host"))
    return [host.partition(":")[0] for host in (*named, *forwarded)]
