"""Reading a bearer token: signature against the auth service's JWKS, then issuer, audience and times."""

from __future__ import annotations

import time
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ISSUER = "bizosaas-auth"
AUDIENCE = "bizosaas"
ALGORITHM = "RS256"
LEEWAY = 60
REFETCH_AFTER = 5.0

_CLAIMS = jwt.JWTClaimsRegistry(
    leeway=LEEWAY,
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    exp={"essential": True},
    sub={"essential": True},
    tenant_id={"essential": True},
)


class BadToken(Exception):
    """A token that is not believed."""


class NoKeys(Exception):
    """The auth service's keys cannot be had, so nothing can be verified."""


def of(authorization: list[str]) -> str:
    """The token of the one Authorization header, or an empty string where there is no bearer credential."""
    if len(authorization) != 1:
        return ""
    scheme, _, token = authorization[0].strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def verified(token: str, keys: KeySet) -> dict[str, Any]:
    """The claims of a token; raises BadToken. The algorithm is fixed here, never read from the token."""
    try:
        decoded = jwt.decode(token, keys, algorithms=[ALGORITHM])
        _CLAIMS.validate(decoded.claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadToken(str(error)) from None
    return decoded.claims


def is_out_of_time(claims: dict[str, Any]) -> bool:
    """Whether a token is too old or too new."""
    now = time.time()
    return claims.get("exp", 0) + LEEWAY < now or claims.get("nbf", 0) - LEEWAY > now


class Verifier:
    """Verifies tokens with keys fetched once from `jwks_url`, and again when a token does not fit them."""

    def __init__(self, jwks_url: str) -> None:
        self._url = jwks_url
        self._client = httpx.AsyncClient(trust_env=False, timeout=3)
        self._keys: KeySet | None = None
        self._fetched = 0.0

    async def keys(self) -> KeySet:
        """The keys that are kept; raises NoKeys while none was ever fetched."""
        return self._keys or await self._fetch()

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims; raises BadToken, or NoKeys while no key was ever fetched."""
        keys = await self.keys()
        try:
            return verified(token, keys)
        except BadToken:
            if time.monotonic() - self._fetched < REFETCH_AFTER:
                raise
        return verified(token, await self._fetch())

    async def _fetch(self) -> KeySet:
        """The keys as auth has them now, or the old ones while it cannot be reached."""
        try:
            answer = await self._client.get(self._url)
            answer.raise_for_status()
            keys = KeySet.import_key_set(answer.json())
        except (httpx.HTTPError, JoseError, ValueError) as error:
            if self._keys is None:
                raise NoKeys(str(error)) from None
            keys = self._keys
        self._keys, self._fetched = keys, time.monotonic()
        return keys
