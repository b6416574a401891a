"""Tokens that only a fault lets in: what a careless verifier believes, and why it can."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from replica import bearer, switch


class _LongHeaders(jws.JWSRegistry):
    """A key within a header makes it longer than joserfc takes by itself."""

    max_header_length = 4096


_LONG = _LongHeaders(algorithms=[bearer.ALGORITHM])


def claims(token: str, keys: KeySet) -> dict[str, Any]:
    """The claims that the fault which is on believes; an empty mapping where it believes nothing."""
    try:
        header, payload, _ = (_read(part) if place < 2 else {} for place, part in enumerate(token.split(".")))
    except (ValueError, TypeError, binascii.Error):
        return {}
    return payload if _is_believed(token, header, payload, keys) else {}


def _is_believed(token: str, header: dict[str, Any], payload: dict[str, Any], keys: KeySet) -> bool:
    if switch.is_on("gateway-unsigned-token"):
        return True
    if switch.is_on("gateway-embedded-key") and "jwk" in header:
        return _fits(token, RSAKey.import_key(header["jwk"]))
    if switch.is_on("gateway-key-confusion") and header.get("alg") == "HS256":
        return any(_fits_secret(token, key.as_pem(private=False)) for key in keys.keys if isinstance(key, RSAKey))
    if switch.is_on("gateway-kid-path") and "/" in str(header.get("kid")):
        return _fits_secret(token, b"")
    late = bearer.is_out_of_time(payload)
    elsewhere = (payload.get("aud"), payload.get("iss")) != (bearer.AUDIENCE, bearer.ISSUER)
    if late != elsewhere and switch.is_on("gateway-times-ignored" if late else "gateway-audience-ignored"):
        return _fits(token, keys)
    return False


def _fits(token: str, key: RSAKey | KeySet) -> bool:
    try:
        jws.deserialize_compact(token, key, registry=_LONG)
    except (JoseError, ValueError):
        return False
    return True


def _fits_secret(token: str, secret: bytes) -> bool:
    signed, _, signature = token.rpartition(".")
    return hmac.compare_digest(hmac.digest(secret, signed.encode(), "sha256"), _decoded(signature))


def _read(part: str) -> dict[str, Any]:
    data = json.loads(_decoded(part))
    return data if isinstance(data, dict) else {}


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
