"""Tokens changed on purpose, as an attacker would: what a JOSE library refuses to make is built openly."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from stagecheck.errors import StagecheckError
from stagecheck.model import Identity

# Reserved by RFC 2606: no resolver has an address for it, so a service that follows it reaches nobody.
ELSEWHERE = "https://keys.invalid/jwks.json"


class NotAToken(StagecheckError):
    """The credential is not what a forgery or a stale token can be made of."""


class _AnyHeader(jws.JWSRegistry):
    """An issuer may put members of its own into a header (RFC 7515, 4.3), and a chain of certificates."""

    max_header_length = 16_384  # bytes


_ANY_HEADER = _AnyHeader(algorithms=["RS256", "PS256"], strict_check_header=False)


@dataclass(frozen=True)
class Token:
    """A JWT taken apart, and the public keys of whoever signed it, where they are known."""

    text: str
    header: dict[str, Any]
    payload: dict[str, Any]
    signature: str
    keys: KeySet | None = None


Forge = Callable[[Token], str]


def forge(token: str, identity: Identity, tenant_claim: str = "tenant_id") -> str:
    """The token changed as `identity.forge` says, naming `identity.other` as its tenant; raises NotAToken."""
    parts = token.split(".")
    if len(parts) != 3:
        raise NotAToken("the credential is no JWT of three parts")
    header, payload = _read(parts[0]), _read(parts[1])
    if identity.other:
        payload[tenant_claim] = identity.other
    taken_apart = Token(token, header, payload, parts[2], _key_set(identity.keys))
    try:
        return FORGES[identity.forge](taken_apart)
    except JoseError as error:
        raise NotAToken(f"its header is none that can be signed: {error}") from None


# -- without a signature, or with that of another payload


def _unsigned(token: Token, spelling: str) -> str:
    return f"{_write({**token.header, 'alg': spelling})}.{_write(token.payload)}."


def _edited(token: Token) -> str:
    return f"{_write(token.header)}.{_write(token.payload)}.{token.signature}"


def _promoted(token: Token) -> str:
    return f"{_write(token.header)}.{_write({**token.payload, **_HIGH})}.{token.signature}"


_HIGH = {"roles": ["super_admin"], "role": "super_admin"}

# -- signed with a key that the issuer does not have


@cache
def _own_key() -> RSAKey:
    """A key of this process, that no issuer has ever seen."""
    return RSAKey.generate_key(2048, auto_kid=True)


def _signed(token: Token, **more: Any) -> str:
    """Signed with our own key, with these members of the header besides."""
    header = {**token.header, "alg": "RS256", **more}
    return jws.serialize_compact(header, _plain(token.payload), _own_key(), registry=_ANY_HEADER)


def _with_its_key(token: Token) -> str:
    """The key that fits it travels in the token's own header."""
    return _signed(token, jwk=_own_key().as_dict(private=False))


# -- signed with a secret that everybody knows


def _hs256(token: Token, secret: bytes, **more: Any) -> str:
    signed = f"{_write({**token.header, 'alg': 'HS256', **more})}.{_write(token.payload)}"
    return f"{signed}.{_encode(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _empty_file(token: Token) -> str:
    """The key's id is a path to an empty file, and so is the secret."""
    return _hs256(token, b"", kid="../../../../../../../../dev/null")


def _public_as_secret(token: Token) -> str:
    """The public key, as its PEM file has it, is the secret."""
    return _hs256(token, _its_key(token).as_pem(private=False))


def _public_as_line(token: Token) -> str:
    """The same without the line's end, as a variable holds it."""
    return _hs256(token, _its_key(token).as_pem(private=False).strip())


# -- signed by the issuer, and good for nobody


def _kept(token: Token, is_so: Callable[[dict[str, Any]], bool], otherwise: str) -> str:
    """The token as it is, once it is shown to be the issuer's own and to be as it is said to be."""
    try:
        jws.deserialize_compact(token.text, _its_key(token), registry=_ANY_HEADER)
    except (JoseError, ValueError):
        raise NotAToken("the issuer's key did not sign it, so it would be refused anyway") from None
    if not is_so(token.payload):
        raise NotAToken(otherwise)
    return token.text


def _time_of(payload: dict[str, Any], claim: str) -> float:
    value = payload.get(claim)
    return float(value) if isinstance(value, int | float) else 0.0


def _has_expired(payload: dict[str, Any]) -> bool:
    return 0 < _time_of(payload, "exp") < time.time()


def _is_too_early(payload: dict[str, Any]) -> bool:
    return _time_of(payload, "nbf") > time.time()


def _is_in_time(payload: dict[str, Any]) -> bool:
    return not _has_expired(payload) and not _is_too_early(payload)


_LATE = "it is not in its time, so that alone has it refused"
FORGES: dict[str, Forge] = {
    "alg-none": partial(_unsigned, spelling="none"),
    "alg-None": partial(_unsigned, spelling="None"),
    "alg-nOnE": partial(_unsigned, spelling="nOnE"),
    "edited-tenant": _edited,
    "edited-role": _promoted,
    "own-key": _signed,
    "unknown-kid": partial(_signed, kid="no-such-key"),
    "kid-url": partial(_signed, kid=ELSEWHERE),
    "jku": partial(_signed, jku=ELSEWHERE),
    "embedded-jwk": _with_its_key,
    "kid-path": _empty_file,
    "public-key-as-secret": _public_as_secret,
    "public-key-as-line": _public_as_line,
    "expired": partial(_kept, is_so=_has_expired, otherwise="it has not expired"),
    "not_yet": partial(_kept, is_so=_is_too_early, otherwise="its time has come already"),
    "other_audience": partial(_kept, is_so=_is_in_time, otherwise=_LATE),
    "other_issuer": partial(_kept, is_so=_is_in_time, otherwise=_LATE),
}


def _its_key(token: Token) -> RSAKey:
    """The issuer's public key that the token's own header names."""
    found = [key for key in token.keys.keys if key.kid == token.header.get("kid")] if token.keys else []
    if not found or not isinstance(found[0], RSAKey):
        raise NotAToken(f"the issuer serves no RSA key {token.header.get('kid')!r}, with which the token was signed")
    return found[0]


def _key_set(keys: str) -> KeySet | None:
    if not keys:
        return None
    try:
        return KeySet.import_key_set(json.loads(keys))
    except (JoseError, ValueError, KeyError, TypeError):
        raise NotAToken("the issuer's keys are no JWKS") from None


def _read(part: str) -> dict[str, Any]:
    try:
        data = json.loads(base64.urlsafe_b64decode(f"{part}=="))  # more of them than are needed do no harm
    except ValueError:
        raise NotAToken("a part of the credential is not base64 of JSON") from None
    if not isinstance(data, dict):
        raise NotAToken("a part of the credential is not a JSON object")
    return data


def _plain(data: dict[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def _write(data: dict[str, Any]) -> str:
    return _encode(_plain(data))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
