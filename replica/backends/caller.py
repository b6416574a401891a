"""Who asks a small backend: the tenant of the token that the gateway passed on."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from replica import bearer, settings

# Not one for each request: it reads all the authorities that a machine trusts.
_verifier = cache(bearer.Verifier)


async def tenant(request: Request) -> str:
    """The tenant of a verified token; raises HTTPException 401."""
    verifier = _verifier(settings.load().url("auth") + "/auth/jwks")
    try:
        claims = await verifier.claims(bearer.of(request.headers.getlist("authorization")))
    except (bearer.BadToken, bearer.NoKeys):
        raise HTTPException(401, "invalid or missing token", {"WWW-Authenticate": "Bearer"}) from None
    return str(claims["tenant_id"])


Tenant = Annotated[str, Depends(tenant)]
