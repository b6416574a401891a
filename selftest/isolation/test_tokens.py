"""Forged tokens are what they are said to be, and differ from the original only there."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from stagecheck.isolation import tokens
from stagecheck.isolation.tokens import FORGES, NotAToken, forge
from stagecheck.model import Identity

HEADER = {"alg": "RS256", "typ": "JWT", "kid": "k1"}
PAYLOAD = {"sub": "u1", "tenant_id": "acme", "roles": ["client"], "exp": 1, "name": "Zoë"}


def encoded(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def json_of(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def signed(payload: Any, alg: str = "RS256") -> str:
    return jws.serialize_compact({"alg": alg, "kid": "k1"}, json_of(payload), KEY, algorithms=[alg])


class LongHeaders(jws.JWSRegistry):
    max_header_length = 4096


LONG = LongHeaders(algorithms=["RS256"])
ANY = LongHeaders(algorithms=["RS256"], strict_check_header=False)
KEY = RSAKey.generate_key(2048, {"kid": "k1"})
JWKS = json.dumps(KeySet([KEY]).as_dict(private=False))
CLAIMS = {**PAYLOAD, "tenant_id": "zeta"}
SIGNED = signed(PAYLOAD)
STALE = ("expired", "not_yet", "other_audience", "other_issuer")
TOKEN = f"{encoded(HEADER)}.{encoded(PAYLOAD)}.c2lnbmF0dXJl"


def forged(how: str, other: str = "zeta", **more: Any) -> tuple[Any, Any, str]:
    header, payload, signature = forge(TOKEN, Identity("acme", how, other), **more).split(".")
    assert "=" not in header + payload + signature
    return decoded(header), decoded(payload), signature


@pytest.mark.parametrize("spelling", ["none", "None", "nOnE"])
def test_an_unsigned_token_names_the_other_tenant_and_has_no_signature(spelling: str) -> None:
    assert forged(f"alg-{spelling}") == ({**HEADER, "alg": spelling}, {**PAYLOAD, "tenant_id": "zeta"}, "")


def test_an_edited_tenant_keeps_header_and_signature() -> None:
    assert forged("edited-tenant") == (HEADER, {**PAYLOAD, "tenant_id": "zeta"}, "c2lnbmF0dXJl")


def test_an_edited_role_is_promoted_too() -> None:
    payload = {**PAYLOAD, "tenant_id": "zeta", "roles": ["super_admin"], "role": "super_admin"}

    assert forged("edited-role") == (HEADER, payload, "c2lnbmF0dXJl")


def test_the_tenant_stays_where_no_other_is_named() -> None:
    assert forged("edited-tenant", other="") == (HEADER, PAYLOAD, "c2lnbmF0dXJl")


def test_the_claim_of_the_tenant_has_any_name() -> None:
    assert forged("edited-tenant", tenant_claim="org")[1] == {**PAYLOAD, "org": "zeta"}


@pytest.mark.parametrize("how", [how for how in FORGES if how not in STALE])
def test_no_forged_token_is_the_original_nor_good(how: str) -> None:
    forged = forge(SIGNED, Identity("acme", how, "zeta", JWKS))

    assert forged != SIGNED
    assert decoded(forged.split(".")[1])["tenant_id"] == "zeta"
    with pytest.raises((JoseError, ValueError)):
        jws.deserialize_compact(forged, KEY, algorithms=["RS256"])


@pytest.mark.parametrize("how", ["own-key", "unknown-kid", "kid-url", "jku", "embedded-jwk"])
def test_a_token_of_another_key_is_signed_all_the_same(how: str) -> None:
    forged = forge(SIGNED, Identity("acme", how, "zeta", JWKS))

    assert jws.deserialize_compact(forged, tokens._own_key(), registry=LONG).payload == json_of(CLAIMS)


def test_the_header_says_where_the_key_is() -> None:
    def header(how: str) -> Any:
        return decoded(forge(SIGNED, Identity("acme", how, "zeta", JWKS)).split(".")[0])

    assert header("own-key") == {"alg": "RS256", "kid": "k1"}
    assert header("unknown-kid")["kid"] == "no-such-key"
    assert header("kid-url")["kid"] == header("jku")["jku"] == "https://keys.invalid/jwks.json"
    assert header("embedded-jwk")["jwk"]["n"] == tokens._own_key().as_dict(private=False)["n"]
    assert "d" not in header("embedded-jwk")["jwk"]
    assert header("kid-path") == {"alg": "HS256", "kid": "../../../../../../../../dev/null"}


@pytest.mark.parametrize(
    ("how", "secret"),
    [
        ("kid-path", b""),
        ("public-key-as-secret", KEY.as_pem(private=False)),
        ("public-key-as-line", KEY.as_pem(private=False).strip()),
    ],
)
def test_what_everybody_knows_serves_as_a_secret(how: str, secret: bytes) -> None:
    signed, _, signature = forge(SIGNED, Identity("acme", how, "zeta", JWKS)).rpartition(".")

    assert hmac.digest(secret, signed.encode(), "sha256") == base64.urlsafe_b64decode(signature + "==")


def test_without_the_issuers_key_none_serves_as_a_secret() -> None:
    with pytest.raises(NotAToken, match=r"^the issuer serves no RSA key 'k1', with which the token was signed$"):
        forge(SIGNED, Identity("acme", "public-key-as-secret", "zeta", ""))


@pytest.mark.parametrize("keys", ['{"keys": []}', "{}", "[]", "nonsense"])
def test_what_is_no_jwks_is_told(keys: str) -> None:
    with pytest.raises(NotAToken, match=r"^the issuer's keys are no JWKS$"):
        forge(SIGNED, Identity("acme", "public-key-as-secret", "zeta", keys))


DAY = 86400.0
NOW = time.time()
OLD, EARLY, GOOD = {"exp": NOW - DAY}, {"nbf": NOW + DAY, "exp": NOW + 2 * DAY}, {"exp": NOW + DAY}


@pytest.mark.parametrize(
    ("how", "times"),
    [
        ("expired", OLD),
        ("expired", {"exp": 1}),
        ("not_yet", EARLY),
        ("other_audience", GOOD),
        ("other_issuer", GOOD),
    ],
)
def test_a_stale_token_is_sent_as_it_is(how: str, times: dict[str, float]) -> None:
    for alg in ("RS256", "PS256"):
        token = signed({**PAYLOAD, **times}, alg)

        assert forge(token, Identity("acme", how, keys=JWKS)) == token


@pytest.mark.parametrize("member", [{"cat": "cl_B7d4PD111AAA"}, {"x5t": "a" * 2000}])
def test_an_issuer_may_have_members_of_its_own_in_the_header(member: dict[str, str]) -> None:
    header = {"alg": "RS256", "kid": "k1", **member}
    token = jws.serialize_compact(header, json_of({**PAYLOAD, **OLD}), KEY, registry=ANY)

    assert forge(token, Identity("acme", "expired", keys=JWKS)) == token
    assert decoded(forge(token, Identity("acme", "own-key", "zeta")).split(".")[0]) == header


def test_a_header_that_nobody_could_sign_is_told() -> None:
    token = f"{encoded({**HEADER, 'crit': ['unknown']})}.{encoded(PAYLOAD)}.c2lnbmF0dXJl"

    with pytest.raises(NotAToken, match=r"^its header is none that can be signed: "):
        forge(token, Identity("acme", "own-key", "zeta"))


@pytest.mark.parametrize(
    ("how", "times", "why"),
    [
        ("expired", GOOD, "not expired"),
        ("expired", {"exp": None}, "not expired"),
        ("not_yet", GOOD, "come already"),
        ("other_audience", OLD, "not in its time"),
        ("other_issuer", EARLY, "not in its time"),
    ],
)
def test_a_token_that_would_be_refused_for_another_reason_is_told(how: str, times: dict[str, Any], why: str) -> None:
    with pytest.raises(NotAToken, match=why):
        forge(signed({**PAYLOAD, **times}), Identity("acme", how, keys=JWKS))


@pytest.mark.parametrize("how", STALE)
def test_a_token_that_the_issuer_did_not_sign_is_told(how: str) -> None:
    with pytest.raises(NotAToken, match=r"^the issuer's key did not sign it, so it would be refused anyway$"):
        forge(f"{encoded(HEADER)}.{encoded(PAYLOAD)}.c2ln", Identity("acme", how, keys=JWKS))


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("opaque", "no JWT of three parts"),
        ("a.b", "no JWT of three parts"),
        ("a.b.c.d.e", "no JWT of three parts"),
        (f"!!.{encoded(PAYLOAD)}.x", "not base64 of JSON"),
        (f"{encoded(HEADER)}.bm8ganNvbg.x", "not base64 of JSON"),
        (f"{encoded([1])}.{encoded(PAYLOAD)}.x", "not a JSON object"),
    ],
)
def test_what_is_no_jwt_cannot_be_forged(token: str, why: str) -> None:
    with pytest.raises(NotAToken, match=rf"^(the|a part of the) credential is {why}$") as raised:
        forge(token, Identity("acme", "alg-none", "zeta"))

    assert token not in str(raised.value)
