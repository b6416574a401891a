"""T15 to T19: a token that is not signed, not by the issuer, not for what it says, or not for now, is refused."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import (
    ACME,
    ENVIRONMENT,
    ZETA,
    Said,
    fails,
    identities,
    isolation,
    passes,
    said,
    setting,
    silent,
    steps,
    unproven,
    writers,
)
from stagecheck.isolation.forged import CONFUSED, EDITED, FOREIGN, STALE, UNSIGNED
from stagecheck.isolation.tokens import FORGES
from stagecheck.outcome import Reason
from stagecheck.plan import Check

WHOAMI: dict[str, Any] = {"request": {"path": "/me"}, "tenant": "$.t", "roles": "$.r[*]", "keys": {"path": "/keys"}}
STALE_TOKENS = {"expired": "OLD", "not_yet": "EARLY", "other_audience": "ELSEWHERE", "other_issuer": "FOREIGNER"}
TENANTS = [{**ENVIRONMENT["tenants"][0], "stale": STALE_TOKENS}, ENVIRONMENT["tenants"][1]]
WHERE = setting(tenants=TENANTS)
CASES = {
    "alg-none": list(UNSIGNED),
    "edited-token": list(EDITED),
    "foreign-key": [*FOREIGN, *CONFUSED],
    "stale-token": list(STALE),
}
UNCOVERED = "a token whose signature does not cover it is refused"
MUST_HOLD = {
    **dict.fromkeys(CASES, UNCOVERED),
    "stale-token": "a token that the issuer has signed for acme, and that is not for here and now, is refused",
}
CHECKS = {name: isolation(name, whoami=WHOAMI, issuer="auth") for name in CASES}
EACH = [pytest.param(CHECKS[name], forge, id=forge) for name, forges in CASES.items() for forge in forges]


def heard(check: Check, **more: Said) -> dict[str, Said]:
    keys = {"keys": said({"keys": []})} if "keys" in steps(check, WHERE) else {}
    found = said({"results": [{"id": 7}]})
    return {**keys, "find-own": found, **dict.fromkeys(CASES[check.proof], said({}, 401)), **more}


@pytest.mark.parametrize("name", ["alg-none", "edited-token", "foreign-key"])
def test_asks_for_the_victims_record_with_each_forged_token(name: str) -> None:
    forged = [step for step in steps(CHECKS[name]).values() if step.identity.forge]

    assert [step.name for step in forged] == [step.identity.forge for step in forged] == CASES[name]
    assert {(str(step.identity), step.identity.other, dict(step.fill)["sentinel"]) for step in forged} == {
        (f"acme+{forge}", "zeta", ZETA) for forge in CASES[name]
    }
    assert writers(CHECKS[name]) == []


def test_each_token_can_be_made() -> None:
    assert {forge for forges in CASES.values() for forge in forges} == set(FORGES)


def test_the_public_keys_are_fetched_as_nobody_for_what_needs_them() -> None:
    asked = steps(CHECKS["foreign-key"])

    assert identities(CHECKS["foreign-key"])["keys"] == "anonymous"
    assert (asked["keys"].request.path, asked["keys"].capture) == ("/keys", (("issuer_keys", "$"),))
    assert {name: step.service for name, step in asked.items()} == {**dict.fromkeys(asked, "shop"), "keys": "auth"}
    assert [name for name, step in asked.items() if step.identity.keys] == list(CONFUSED)


def test_without_public_keys_none_serves_as_a_secret() -> None:
    without = isolation("foreign-key")

    assert set(steps(CHECKS["foreign-key"])) - set(steps(without)) == {"keys", *CONFUSED}
    assert passes(without, {"find-own": said({"results": [{"id": 7}]}), **dict.fromkeys(FOREIGN, said({}, 401))})


def test_a_stale_token_is_asked_for_the_tenants_own_record() -> None:
    asked = [step for step in steps(CHECKS["stale-token"], WHERE).values() if step.identity.variable]

    assert {step.name: step.identity.variable for step in asked} == STALE_TOKENS
    assert [(str(step.identity), step.identity.forge, dict(step.fill)["sentinel"]) for step in asked] == [
        (f"acme+{name}", name, ACME) for name in STALE
    ]
    assert all(step.identity.keys == "{issuer_keys}" and not step.identity.other for step in asked)


def test_only_the_stale_tokens_that_are_there_are_asked() -> None:
    where = setting(tenants=[{**TENANTS[0], "stale": {"expired": "OLD"}}, TENANTS[1]])

    assert list(steps(CHECKS["stale-token"], where)) == ["find-own", "keys", "expired"]
    told = {"find-own": said({"results": [{"id": 7}]}), "keys": said({"keys": []}), "expired": said({}, 401)}
    assert passes(CHECKS["stale-token"], told, where=where)


@pytest.mark.parametrize(("check", "forge"), EACH)
def test_a_refusal_passes(check: Check, forge: str) -> None:
    assert passes(check, heard(check), where=WHERE)
    assert passes(check, heard(check, **{forge: said({}, 403)}), where=WHERE)


@pytest.mark.parametrize(("check", "forge"), EACH)
def test_a_token_that_is_accepted_fails_even_with_no_record(check: Check, forge: str) -> None:
    found = fails(check, heard(check, **{forge: said({"results": []})}), where=WHERE)

    assert (found.reason, found.step, found.seen) == (Reason.FORGED_TOKEN, forge, f"'{forge}' was accepted: 200")
    assert found.must_hold == MUST_HOLD[check.proof]
    assert found.cause == {**UNSIGNED, **EDITED, **FOREIGN, **CONFUSED, **STALE}[forge]


def test_all_that_were_accepted_are_named_with_the_first_ones_cause() -> None:
    check = CHECKS["stale-token"]
    accepted = dict.fromkeys(("not_yet", "other_audience", "other_issuer"), said({}))
    found = fails(check, heard(check, expired=said({}, 500), **accepted), where=WHERE)

    assert found.seen == "'not_yet' was accepted: 200, and so were other_audience, other_issuer"
    assert "(nbf)" in found.cause


@pytest.mark.parametrize(("check", "forge"), EACH)
@pytest.mark.parametrize("answer", [said({}, 404), said({}, 500), silent()])
def test_an_accident_is_no_refusal(check: Check, forge: str, answer: Said) -> None:
    assert unproven(check, heard(check, **{forge: answer}), where=WHERE).step == forge


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_proven_when_the_untouched_token_finds_nothing(name: str) -> None:
    check = CHECKS[name]

    assert unproven(check, heard(check, **{"find-own": said({"results": []})}), where=WHERE).step == "find-own"
    assert unproven(check, heard(check, **{"find-own": said({}, 401)}), where=WHERE).step == "find-own"


@pytest.mark.parametrize("name", ["foreign-key", "stale-token"])
def test_nothing_is_proven_without_the_keys(name: str) -> None:
    found = unproven(CHECKS[name], heard(CHECKS[name], keys=said({}, 500)), where=WHERE)

    assert (found.step, found.must_hold) == ("keys", "the issuer serves its public keys")
