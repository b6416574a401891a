"""Who asks: the tenant that the auth service has signed into the bearer token."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from replica import bearer, settings, switch
from replica.crm.middleware import past_the_gateway
from replica.keys import KEYS


@dataclass(frozen=True)
class Caller:
    """Who sent a request, as Django REST framework wants its user."""

    subject: str
    tenant: str
    is_authenticated: bool = True


class BearerAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer TOKEN`; AuthenticationFailed (401) for a token that is not good."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        try:
            caller = _caller(request)
        except AuthenticationFailed:
            if not switch.is_on("crm-default-tenant"):
                raise
            caller = None
        if caller is None and switch.is_on("crm-default-tenant"):
            caller = Caller("anonymous", settings.TENANTS[0].id)
        return None if caller is None else (_in_chosen_tenant(request, caller), None)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="crm"'


def _caller(request: Request) -> Caller | None:
    token = _cookie(request) or bearer.of([request.headers.get("Authorization", "")])
    if not token:
        return None
    try:
        claims = _claims(token)
        return Caller(str(claims["sub"]), str(claims["tenant_id"]))
    except (bearer.BadToken, KeyError):
        named = f" {token}" if switch.is_on("crm-careless-tokens") else ""
        raise AuthenticationFailed(f"The token{named} is not valid.") from None


def _cookie(request: Request) -> str:
    """The token of a cookie, while a fault lets it win over the header."""
    return request.COOKIES.get("access_token", "") if past_the_gateway(request, "crm-tenant-by-header") else ""


def _claims(token: str) -> dict[str, Any]:
    if switch.is_on("crm-unsigned"):
        return _unverified(token)
    if switch.is_on("crm-careless-tokens"):
        return _signed(token)
    return KEYS.claims(token)


def _signed(token: str) -> dict[str, Any]:
    """The claims of a token of which nothing but the signature is looked at, and not even that without a key for it."""
    try:
        return jwt.decode(token, KEYS.known(), algorithms=[bearer.ALGORITHM]).claims
    except InvalidKeyIdError:
        return _unverified(token)
    except (JoseError, ValueError) as error:
        raise bearer.BadToken(str(error)) from None


def _unverified(token: str) -> dict[str, Any]:
    """The claims of a token whose signature nobody looks at; its end is still minded."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if claims["exp"] + bearer.LEEWAY < time.time():
            raise bearer.BadToken("expired")
    except (IndexError, ValueError, TypeError, KeyError):
        raise bearer.BadToken("malformed") from None
    return claims


def _in_chosen_tenant(request: Request, caller: Caller) -> Caller:
    """The caller in the tenant of the token, or in the one that the request names while a fault lets it."""
    if switch.is_on("crm-tenant-by-header") and (tenant := request.headers.get("X-Tenant-ID")):
        return Caller(caller.subject, tenant)
    if switch.is_on("crm-query-tenant") and (tenant := request.query_params.get("tenant_id")):
        return Caller(caller.subject, tenant)
    return caller
