"""The signing key and the tokens: who was let in, which token was taken back."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from replica import bearer, clock, switch
from replica.settings import Tenant

LIFETIME = 3600
DAY = 86400


@dataclass
class Issuer:
    """Signs access tokens.

    `sessions` maps a refresh token to its tenant and session; `revoked` holds the sessions that were ended.
    """

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"use": "sig", "alg": bearer.ALGORITHM}))
    sessions: dict[str, tuple[str, str]] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.key.ensure_kid()
        self._keys = KeySet([self.key])

    def jwks(self) -> dict[str, Any]:
        """The public keys, as RFC 7517 has them."""
        return dict(self._keys.as_dict(private=False))

    def grant(self, tenant: Tenant) -> dict[str, Any]:
        """A new pair of tokens for the tenant's owner."""
        session = uuid.uuid4().hex
        refresh = secrets.token_urlsafe(32)
        self.sessions[refresh] = (tenant.id, session)
        token = self._sign(tenant, {"sid": session, **self._times()})
        return {"access_token": token, "refresh_token": refresh, "token_type": "bearer", "expires_in": LIFETIME}

    def _sign(self, tenant: Tenant, more: dict[str, Any]) -> str:
        claims = {
            "iss": bearer.ISSUER,
            "aud": bearer.AUDIENCE,
            "sub": str(uuid.uuid5(uuid.NAMESPACE_DNS, tenant.host)),
            "email": tenant.email,
            "tenant_id": tenant.id,
            "roles": ["super_admin"] if switch.is_on("auth-admin-roles") else ["client"],
            "jti": uuid.uuid4().hex,
            **more,
        }
        return jwt.encode({"alg": bearer.ALGORITHM, "kid": self.key.kid, "typ": "JWT"}, claims, self.key)

    def administrator(self, tenant: Tenant, role: str) -> str:
        """A token with a high role, good for as long as a replica runs."""
        now = int(clock.seconds())
        return self._sign(tenant, {"roles": [role], "iat": now, "nbf": now, "exp": now + 30 * DAY})

    def stale(self, tenant: Tenant) -> dict[str, str]:
        """Tokens of the tenant that are signed as all are, and that nobody may accept now, by what is wrong."""
        now = int(clock.seconds())
        kept = {"iat": now, "nbf": now, "exp": now + 30 * DAY}
        return {
            "EXPIRED": self._sign(tenant, {"iat": now - 2 * DAY, "nbf": now - 2 * DAY, "exp": now - DAY}),
            "NOT_YET": self._sign(tenant, {**kept, "nbf": now + 20 * DAY}),
            "OTHER_AUDIENCE": self._sign(tenant, {**kept, "aud": "another-platform"}),
            "OTHER_ISSUER": self._sign(tenant, {**kept, "iss": "another-issuer"}),
        }

    def _times(self) -> dict[str, int]:
        now = int(clock.seconds())
        if switch.is_on("auth-expired-tokens"):
            now -= 2 * LIFETIME
        if switch.is_on("auth-clock-ahead"):
            now += 600
        return {"iat": now, "nbf": now, "exp": now + LIFETIME}

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token that is good and was not logged out; raises bearer.BadToken."""
        claims = bearer.verified(token, self._keys)
        if claims.get("sid") in self.revoked:
            raise bearer.BadToken("the token was logged out")
        return claims

    def renew(self, refresh: str) -> str:
        """The tenant of a refresh token, which is spent by this; raises bearer.BadToken."""
        try:
            tenant, _ = self.sessions.pop(refresh)
        except KeyError:
            raise bearer.BadToken("unknown refresh token") from None
        return tenant

    def end(self, claims: dict[str, Any]) -> None:
        """Log out: the session's access tokens and its refresh token are good no more."""
        self.revoked.add(claims["sid"])
        self.sessions = {refresh: held for refresh, held in self.sessions.items() if held[1] != claims["sid"]}
