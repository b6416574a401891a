"""T15, T16: a token that is not signed, or not for what it says, is refused."""

from __future__ import annotations

import pytest

from selftest.told import ZETA, Said, fails, identities, isolation, passes, said, silent, steps, unproven, writers
from stagecheck.isolation.tokens import FORGES
from stagecheck.outcome import Reason
from stagecheck.plan import Check

CASES = {"alg-none": ["alg-none", "alg-None", "alg-nOnE"], "edited-token": ["edited-tenant", "edited-role"]}
CHECKS = {name: isolation(name) for name in CASES}
EACH = [pytest.param(CHECKS[name], forge, id=forge) for name, forges in CASES.items() for forge in forges]


def heard(check: Check, **more: Said) -> dict[str, Said]:
    return {"find-own": said({"results": [{"id": 7}]}), **dict.fromkeys(CASES[check.proof], said({}, 401)), **more}


@pytest.mark.parametrize("name", CASES)
def test_asks_for_the_victims_record_with_each_forged_token(name: str) -> None:
    check = CHECKS[name]
    forged = list(steps(check).values())[1:]

    assert identities(check) == {"find-own": "acme", **{forge: f"acme+{forge}" for forge in CASES[name]}}
    assert {(step.identity.forge, step.identity.other, dict(step.fill)["sentinel"]) for step in forged} == {
        (forge, "zeta", ZETA) for forge in CASES[name]
    }
    assert set(CASES[name]) <= set(FORGES)
    assert writers(check) == []


@pytest.mark.parametrize(("check", "forge"), EACH)
def test_a_refusal_passes(check: Check, forge: str) -> None:
    assert passes(check, heard(check))
    assert passes(check, heard(check, **{forge: said({}, 403)}))


@pytest.mark.parametrize(("check", "forge"), EACH)
def test_a_token_that_is_accepted_fails_even_with_no_record(check: Check, forge: str) -> None:
    found = fails(check, heard(check, **{forge: said({"results": []})}))

    assert (found.reason, found.step, found.seen) == (Reason.FORGED_TOKEN, forge, f"'{forge}' was accepted: 200")
    assert "without verifying the signature" in found.cause


@pytest.mark.parametrize(("check", "forge"), EACH)
@pytest.mark.parametrize("answer", [said({}, 404), said({}, 500), silent()])
def test_an_accident_is_no_refusal(check: Check, forge: str, answer: Said) -> None:
    assert unproven(check, heard(check, **{forge: answer})).step == forge


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_proven_when_the_untouched_token_finds_nothing(name: str) -> None:
    check = CHECKS[name]

    assert unproven(check, heard(check, **{"find-own": said({"results": []})})).step == "find-own"
    assert unproven(check, heard(check, **{"find-own": said({}, 401)})).step == "find-own"
