"""Forged tokens are what they are said to be, and differ from the original only there."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from stagecheck.isolation.tokens import FORGES, NotAToken, forge
from stagecheck.model import Identity

HEADER = {"alg": "RS256", "typ": "JWT", "kid": "k1"}
PAYLOAD = {"sub": "u1", "tenant_id": "acme", "roles": ["client"], "exp": 1, "name": "Zoë"}


def encoded(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


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


@pytest.mark.parametrize("how", FORGES)
def test_no_forged_token_is_the_original(how: str) -> None:
    assert forge(TOKEN, Identity("acme", how, "zeta")) != TOKEN


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
    with pytest.raises(NotAToken, match=why) as raised:
        forge(token, Identity("acme", "alg-none", "zeta"))

    assert token not in str(raised.value)
