"""The proof `limited`: over the limit there is 429 with Retry-After, and other tenants go on."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, fails, identities, passes, said, silent, steps, unproven
from stagecheck.outcome import Reason

CHECK = check("limited", {"limit": 3})
ASKED = [f"ask-{n:03}" for n in range(1, 14)]
REFUSED = said({}, 429, headers=(("Retry-After", "20"),))
OTHERS = [f"other-{n}" for n in range(3)]


def heard(refused: Said = REFUSED, first: Said | None = None, zeta: Said | None = None) -> dict[str, Said]:
    told = {name: said({}) if index < 3 else refused for index, name in enumerate(ASKED)}
    others = {name: said({}) for name in OTHERS} | {"other-1": zeta or said({})}
    return {**told, "ask-001": first or said({}), **others}


def test_asks_ten_more_than_the_limit_and_as_another_tenant_and_heeds_no_limiter() -> None:
    assert identities(CHECK) == {**dict.fromkeys(ASKED, "acme"), **dict.fromkeys(OTHERS, "zeta")}
    assert [step.paced for step in steps(CHECK).values()] == [False] * 16


def test_passes_when_the_tenant_is_refused_and_the_other_is_not() -> None:
    assert passes(CHECK, heard())
    assert passes(CHECK, heard(first=REFUSED))


def test_no_refusal_fails() -> None:
    found = fails(CHECK, heard(refused=said({})))

    assert (found.reason, found.seen) == (Reason.NO_LIMIT, "13 requests in a row, none was refused")
    assert found.cause.startswith("the limiter of brain-gateway is off")


@pytest.mark.parametrize("headers", [(), (("Retry-After", "soon"),), (("Retry-After", ""),)])
def test_a_refusal_without_seconds_fails(headers: tuple[tuple[str, str], ...]) -> None:
    found = fails(CHECK, heard(refused=said({}, 429, headers=headers)))

    assert (found.reason, found.step) == (Reason.NO_LIMIT, "ask-004")
    assert found.seen == "429 without a Retry-After in seconds"


def test_a_refusal_of_the_other_tenant_fails() -> None:
    found = fails(CHECK, heard(zeta=REFUSED))

    assert (found.reason, found.step, found.seen) == (Reason.NO_LIMIT, "other-1", "zeta was refused too")
    assert found.cause == "brain-gateway counts all tenants together: acme can lock out zeta"


def test_another_tenant_that_is_not_answered_does_not_go_on() -> None:
    assert fails(CHECK, heard(zeta=said({}, 502))).reason is Reason.UPSTREAM_DOWN
    assert fails(CHECK, heard(zeta=silent())).reason is Reason.CONNECT


@pytest.mark.parametrize("first", [said({}, 404), silent()])
def test_nothing_is_proven_when_the_route_does_not_answer(first: Said) -> None:
    assert unproven(CHECK, heard(first=first)).step == "ask-001"


def test_a_word_of_error_in_an_answer_is_another_checks_business() -> None:
    assert passes(CHECK, heard(zeta=said({"success": False})))
