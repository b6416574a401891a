"""The proof `limited`: over the limit there is 429 with Retry-After, and other tenants go on."""

from __future__ import annotations

import pytest

from selftest.told import (
    MANY,
    Said,
    check,
    fails,
    hear,
    identities,
    passes,
    said,
    setting,
    silent,
    steps,
    unproven,
    who,
)
from stagecheck.exchange import Answers
from stagecheck.model import Step
from stagecheck.outcome import Reason
from stagecheck.proofs.limited import PROCEDURE

CHECK = check("limited", {"limit": 3})
ASKED = [f"ask-{n:03}" for n in range(1, 17)]
REFUSED = said({}, 429, headers=(("Retry-After", "20"),))
OTHERS = [f"other-{n}" for n in range(3)]


def heard(
    refused: Said = REFUSED, at: int = 4, first: Said | None = None, zeta: Said | None = None, seconds: float = 0.01
) -> dict[str, Said]:
    """What is told until the request of that number is refused, and the rest of its ten more."""
    so_far = 3 if at <= 3 else 13 if at <= 13 else 16
    told = {name: said({}, seconds=seconds) if n < at else refused for n, name in enumerate(ASKED[:so_far], 1)}
    others = {name: said({}) for name in OTHERS} | {"other-1": zeta or said({})}
    return {**told, "ask-001": first or told["ask-001"], **others}


def unlimited(seconds: float, asked: int = 23) -> dict[str, Said]:
    told = {f"ask-{n:03}": said({}, seconds=seconds) for n in range(1, asked + 1)}
    return {**told, **{name: said({}) for name in OTHERS}}


def test_asks_as_much_as_the_limit_and_heeds_no_limiter() -> None:
    assert identities(CHECK) == dict.fromkeys(ASKED[:3], "acme")
    assert [step.paced for step in steps(CHECK).values()] == [False] * 3


def test_asks_on_until_one_is_refused_and_then_as_another_tenant() -> None:
    exchanges = hear(CHECK, heard(at=13)).exchanges

    assert {name: who(one.step) for name, one in exchanges.items()} == {
        **dict.fromkeys(ASKED[:13], "acme"),
        **dict.fromkeys(OTHERS, "zeta"),
    }
    assert {one.step.paced for one in exchanges.values()} == {False}
    assert {who(one.step) for one in hear(CHECK, heard(), where=MANY).exchanges.values()} == {"acme", "zeta"}


@pytest.mark.parametrize(
    ("asked", "more"),
    [
        (10, [f"ask-{n:03}" for n in range(11, 21)]),
        (20, [f"ask-{n:03}" for n in range(21, 31)]),
        (30, OTHERS),
    ],
)
def test_ten_more_are_asked_until_they_are_twice_the_limit_and_ten(asked: int, more: list[str]) -> None:
    answers = Answers({name: said({}).to(Step(name)) for name in (f"ask-{n:03}" for n in range(1, asked + 1))})

    assert [step.name for step in PROCEDURE.follow(check("limited", {"limit": 10}), setting(), answers)] == more


def test_passes_when_the_tenant_is_refused_and_the_other_is_not() -> None:
    assert passes(CHECK, heard())
    assert passes(CHECK, heard(at=13))
    assert passes(CHECK, heard(at=1))


def test_a_limiter_that_fills_while_we_ask_passes() -> None:
    """A bucket of 100 a minute lets more than 110 through where an answer takes 60 ms."""
    for seconds in (2.4, 4.0):
        assert passes(CHECK, {**unlimited(seconds, 13), "ask-013": REFUSED})


def test_no_refusal_fails() -> None:
    found = fails(CHECK, unlimited(0.01))

    assert (found.reason, found.seen) == (Reason.NO_LIMIT, "23 requests in a row, none was refused")
    assert found.cause.startswith("the limiter of brain-gateway is off")


def test_nothing_is_proven_when_the_route_is_too_slow_to_come_over_the_limit() -> None:
    found = unproven(CHECK, unlimited(4.0, 13))

    assert (found.step, found.seen) == ("ask-001", "13 requests took 52 s, none was refused")
    assert found.cause.startswith("the limited route answers too slowly for one caller to come over the limit: nothing")
    assert fails(CHECK, unlimited(1.9)).reason is Reason.NO_LIMIT
    in_time = {**unlimited(1.0), "ask-001": said({}, seconds=23.0)}
    assert fails(CHECK, in_time).seen == "23 requests in a row, none was refused", "45 s are in time"


@pytest.mark.parametrize("headers", [(), (("Retry-After", "soon"),), (("Retry-After", ""),)])
def test_a_refusal_without_seconds_fails(headers: tuple[tuple[str, str], ...]) -> None:
    found = fails(CHECK, heard(refused=said({}, 429, headers=headers)))

    assert (found.reason, found.step) == (Reason.NO_LIMIT, "ask-004")
    assert found.seen == "429 without a Retry-After in seconds"
    assert found.cause == "brain-gateway refuses without saying for how long: clients will hammer it"


def test_a_refusal_of_the_other_tenant_fails() -> None:
    found = fails(CHECK, heard(zeta=REFUSED))

    assert (found.reason, found.step, found.seen) == (Reason.NO_LIMIT, "other-1", "zeta was refused too")
    assert found.cause == "brain-gateway counts all tenants together: acme can lock out zeta"


def test_another_tenant_that_is_not_answered_does_not_go_on() -> None:
    assert fails(CHECK, heard(zeta=said({}, 502))).reason is Reason.UPSTREAM_DOWN
    assert fails(CHECK, heard(zeta=silent())).reason is Reason.CONNECT


@pytest.mark.parametrize("nothing", [said({}, 404), said({}, 404, seconds=20.0), silent()])
def test_nothing_is_proven_when_the_route_does_not_answer(nothing: Said) -> None:
    told = {**dict.fromkeys(ASKED[:3], nothing), **{name: said({}) for name in OTHERS}}

    found = unproven(CHECK, told)
    assert (found.step, found.must_hold) == ("ask-001", "the limited route answers")


def test_a_word_of_error_in_an_answer_is_another_checks_business() -> None:
    assert passes(CHECK, heard(zeta=said({"success": False})))
