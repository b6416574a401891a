"""Tokens come from variables, files or one login, and are shown by name only."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest

from selftest.speaker import SENTINEL, Asked, Speaker, environment, reply, speaking, wired
from stagecheck.credentials import CredentialMissing, Credentials, secret_names
from stagecheck.errors import StagecheckError
from stagecheck.evidence import curl
from stagecheck.model import ANONYMOUS, Identity, Request, Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES

ACME = Identity("acme")
LOGIN = {
    "tenants": [
        {
            "id": "acme",
            "host": "www.acme.test",
            "sentinel": SENTINEL,
            "login": {"path": "/login", "user": "ACME_USER", "password": "ACME_PASSWORD"},
        }
    ]
}
VARIABLES = {"ACME_USER": "user@acme.test", "ACME_PASSWORD": "s3cret-of-acme"}


def token(ends_in: float) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + ends_in}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{claims}.c2ln"


def test_a_token_is_read_from_its_variable() -> None:
    credentials = Credentials(environment(), {"ACME_TOKEN": "token-of-acme"})

    assert credentials.authorization(ACME) == "Bearer token-of-acme"
    assert credentials.label(ACME) == "$ACME_TOKEN"
    assert credentials.redactor.text("token-of-acme") == "$ACME_TOKEN"


def test_a_token_is_read_from_the_file_that_its_variable_names(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("token-in-a-file\n")

    credentials = Credentials(environment(), {"ACME_TOKEN_FILE": str(tmp_path / "token")})

    assert credentials.authorization(ACME) == "Bearer token-in-a-file"


@pytest.mark.parametrize(
    ("claims", "begins", "ends"),
    [
        ({"iat": -10, "nbf": 600, "exp": 700}, 600, 700),
        ({"iat": 600, "exp": -700}, 600, -700),
        ({"exp": 700}, 0, 700),
        ({"nbf": float("inf"), "exp": float("nan")}, 0, float("inf")),
        ({}, 0, float("inf")),
    ],
)
def test_when_a_token_begins_and_ends(claims: dict[str, float], begins: float, ends: float) -> None:
    told = {name: time.time() + seconds for name, seconds in claims.items()}
    one = f"e30.{base64.urlsafe_b64encode(json.dumps(told).encode()).decode()}.c2ln"

    assert Credentials(environment(), {"ACME_TOKEN": one}).valid_within(ACME) == pytest.approx((begins, ends), abs=60)


def test_nobody_has_no_credential() -> None:
    credentials = Credentials(environment(), {})

    assert credentials.authorization(ANONYMOUS) is None
    assert credentials.label(ANONYMOUS) == ""


@pytest.mark.parametrize("variables", [{}, {"ACME_TOKEN": ""}, {"ACME_TOKEN_FILE": "/nonexistent/token"}])
def test_a_missing_credential_is_never_an_empty_token(variables: dict[str, str]) -> None:
    credentials = Credentials(environment(), variables)

    with pytest.raises(CredentialMissing, match="ACME_TOKEN") as caught:
        credentials.authorization(ACME)

    assert caught.value.trouble.reason is Reason.CREDENTIAL_MISSING


def test_all_that_a_login_lacks_is_told_at_once() -> None:
    with speaking(lambda asked, _: reply()) as gateway, wired(gateway, {}, **LOGIN) as wire:
        exchange = PROBES["http"](Step("s", identity=ACME), wire)

    assert exchange.trouble is not None
    assert exchange.trouble.detail == (
        "the variable ACME_USER is not set (nor ACME_USER_FILE); "
        "the variable ACME_PASSWORD is not set (nor ACME_PASSWORD_FILE)"
    )
    assert gateway.asked == []


def test_nothing_is_sent_without_the_credential() -> None:
    with speaking(lambda asked, _: reply()) as gateway, wired(gateway) as wire:
        exchange = PROBES["http"](Step("s", identity=ACME), wire)

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.CREDENTIAL_MISSING
    assert exchange.trouble.detail == "the variable ACME_TOKEN is not set (nor ACME_TOKEN_FILE)"
    assert gateway.asked == []


def serving_login(fetched: str) -> object:
    def say(asked: Asked, _: object) -> bytes:
        if asked.target == "/login":
            return reply(200, json.dumps({"access_token": fetched}).encode(), content_type="application/json")
        return reply(200, (asked.header("authorization") or "").encode())

    return say


def logins(gateway: Speaker) -> list[Asked]:
    return [asked for asked in gateway.asked if asked.target == "/login"]


def test_a_login_is_asked_once_and_its_token_is_learnt() -> None:
    fetched = token(600)

    with speaking(serving_login(fetched)) as gateway, wired(gateway, VARIABLES, **LOGIN) as wire:
        first = PROBES["http"](Step("a", identity=ACME), wire)
        PROBES["http"](Step("b", Request(path="/other"), identity=ACME), wire)

    assert first.text == f"Bearer {fetched}"
    assert [json.loads(asked.body) for asked in logins(gateway)] == [
        {"email": "user@acme.test", "password": "s3cret-of-acme"}
    ]
    assert wire.redactor.text(first.text) == "Bearer $ACME_TOKEN"


def test_a_token_that_is_about_to_end_is_fetched_anew() -> None:
    with speaking(serving_login(token(5))) as gateway, wired(gateway, VARIABLES, **LOGIN) as wire:
        for _ in range(2):
            wire.credentials.authorization(ACME)

    assert len(logins(gateway)) == 2


def test_a_refused_login_says_so_once_with_its_status() -> None:
    with speaking(lambda asked, _: reply(401)) as gateway, wired(gateway, VARIABLES, **LOGIN) as wire:
        exchanges = [PROBES["http"](Step("s", identity=ACME), wire) for _ in range(2)]

    details = {exchange.trouble.detail for exchange in exchanges if exchange.trouble}
    assert details == {"the login of acme at http://gateway.test:8001/login answered 401"}
    assert len(gateway.asked) == 1


def test_a_login_without_a_token_in_its_answer_says_where_it_was_looked_for() -> None:
    with speaking(lambda asked, _: reply(200, b"{}")) as gateway, wired(gateway, VARIABLES, **LOGIN) as wire, \
            pytest.raises(CredentialMissing, match=r"answered 200 without a token at \$\.access_token"):  # fmt: skip
        wire.credentials.authorization(ACME)


def test_a_forged_token_is_made_from_the_real_one_and_learnt() -> None:
    credentials = Credentials(
        environment(), {"ACME_TOKEN": "token-of-acme"}, forge=lambda token, identity: f"{token}-{identity.forge}"
    )
    forged = Identity("acme", forge="alg-none", other="zeta")

    assert credentials.authorization(forged) == "Bearer token-of-acme-alg-none"
    assert credentials.label(forged) == "$FORGED_ACME_ALG_NONE"
    assert credentials.redactor.text("token-of-acme-alg-none") == "$FORGED_ACME_ALG_NONE"


def test_a_token_that_cannot_be_forged_is_a_missing_credential() -> None:
    def forge(token: str, identity: Identity) -> str:
        raise StagecheckError("no JWT")

    credentials = Credentials(environment(), {"ACME_TOKEN": "token-of-acme"}, forge=forge)

    with pytest.raises(CredentialMissing, match=r"no token acme\+alg-none can be made: no JWT"):
        credentials.authorization(Identity("acme", forge="alg-none"))


def test_the_url_of_a_database_and_the_password_in_it_are_secrets() -> None:
    here = environment(databases={"cache": {"url": "CACHE_URL"}})
    credentials = Credentials(here, {"CACHE_URL": "redis://:p%40ss%2Fword@cache.test:6379/0", "ACME_TOKEN": "t"})

    assert secret_names(here) == ("ACME_TOKEN", "CACHE_URL")
    assert credentials.redactor.text("at redis://:p%40ss%2Fword@cache.test:6379/0") == "at $CACHE_URL"
    assert credentials.redactor.text("AUTH p@ss/word, p%40ss%2Fword") == "AUTH $CACHE_URL_PASSWORD, $CACHE_URL_PASSWORD"


def test_the_header_that_a_service_wants_is_a_secret() -> None:
    here = environment(services={"ops": {"direct": "http://ops.test", "header": {"name": "x-key", "value": "OPS_KEY"}}})

    assert secret_names(here) == ("ACME_TOKEN", "OPS_KEY")
    assert Credentials(here, {"OPS_KEY": "key-of-ops"}).redactor.text("got key-of-ops") == "got $OPS_KEY"
    bearer = Credentials(here, {"OPS_KEY": "Bearer key-of-ops"})
    assert bearer.redactor.text("got key-of-ops of Bearer key-of-ops") == "got $OPS_KEY of $OPS_KEY"


@pytest.mark.parametrize("url", ["not a URL", "redis://[::1"])
def test_what_is_no_url_of_a_database_is_a_secret_as_a_whole(url: str) -> None:
    credentials = Credentials(environment(databases={"cache": {"url": "CACHE_URL"}}), {"CACHE_URL": url})

    assert credentials.redactor.text(f"at {url}") == "at $CACHE_URL"


def test_repr_and_names_hold_no_value() -> None:
    credentials = Credentials(environment(**LOGIN), VARIABLES)

    assert repr(credentials) == "Credentials(nowhere: ACME_USER, ACME_PASSWORD)"
    assert secret_names(environment(**LOGIN)) == ("ACME_USER", "ACME_PASSWORD")


def test_a_step_sends_a_users_own_login_and_shows_only_the_names_of_it() -> None:
    body = {"email": "{user:acme}", "password": "{password:acme}", "note": 'a "quoted" word'}
    odd = {**VARIABLES, "ACME_PASSWORD": 'quo"te\\d'}
    step = Step("login", Request(method="POST", path="/in", body=body))

    with speaking(lambda asked, _: reply(200)) as gateway, wired(gateway, odd, **LOGIN) as wire:
        exchange = PROBES["http"](step, wire)
        shown = curl(exchange, wire.credentials)

    assert json.loads(gateway.asked[0].body) == {**body, "email": odd["ACME_USER"], "password": odd["ACME_PASSWORD"]}
    assert "$ACME_USER" in shown
    assert "$ACME_PASSWORD" in shown
    assert odd["ACME_USER"] not in shown


@pytest.mark.parametrize("secret", ["user", "password"])
def test_a_tenant_that_has_a_token_has_no_login(secret: str) -> None:
    with pytest.raises(CredentialMissing, match="the tenant acme has no login"):
        Credentials(environment(), {"ACME_TOKEN": "token-of-acme"}).fill(f"{{{secret}:acme}}")


def test_a_login_of_its_own_is_another_session() -> None:
    handed = [token(3600), token(3600) + "b"]
    left = list(handed)

    def say(asked: Asked, _: object) -> bytes:
        return reply(200, json.dumps({"access_token": left.pop(0)}).encode(), content_type="application/json")

    with speaking(say) as gateway, wired(gateway, VARIABLES, **LOGIN) as wire:
        own, other = ACME, Identity("acme", session="a check")

        assert wire.credentials.authorization(own) == f"Bearer {handed[0]}"
        assert wire.credentials.authorization(other) == f"Bearer {handed[1]}"
        assert wire.credentials.authorization(own) == f"Bearer {handed[0]}"
        assert (wire.credentials.label(other), str(other)) == ("$ACME_NEW_TOKEN", "acme+new login")
        assert wire.credentials.redactor.text(handed[1]) == "$ACME_NEW_TOKEN"


def test_a_token_of_a_variable_takes_the_place_of_the_tenants_own() -> None:
    stale = {
        "tenants": [{"id": "acme", "host": "a.test", "sentinel": SENTINEL, "token": "T", "stale": {"expired": "OLD"}}]
    }
    credentials = Credentials(environment(**stale), {"T": "token-of-acme", "OLD": "token-of-yesterday"})
    kept = Identity("acme", variable="OLD")

    assert credentials.authorization(kept) == "Bearer token-of-yesterday"
    assert credentials.label(kept) == "$OLD"
    assert credentials.redactor.text("token-of-yesterday") == "$OLD"
    with pytest.raises(CredentialMissing, match="GONE"):
        credentials.authorization(Identity("acme", variable="GONE"))
