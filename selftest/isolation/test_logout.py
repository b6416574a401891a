"""T20: a token whose session was ended is refused, wherever it was accepted before."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import Said, fails, isolation, passes, said, silent, steps, unproven, writers
from stagecheck.outcome import Reason

WHOAMI: dict[str, Any] = {
    "request": {"path": "/me"},
    "tenant": "$.t",
    "roles": "$.r[*]",
    "logout": {"request": {"method": "POST", "path": "/out"}, "asks": [{"path": "/me"}, {"path": "/leads"}]},
}
CHECK = isolation("logged-out", whoami=WHOAMI, resource=None, victim="", issuer="shop")
AFTER = ["after /me", "after /leads"]


def heard(**more: Said) -> dict[str, Said]:
    before = dict.fromkeys(("before /me", "before /leads"), said({}))
    return {**before, "logout": said(b"", 204, None), **dict.fromkeys(AFTER, said({}, 401)), **more}


def test_a_login_of_its_own_is_ended_and_then_waited_for() -> None:
    asked = steps(CHECK)

    assert list(asked) == ["before /me", "before /leads", "logout", *AFTER]
    assert [asked[name].request.path for name in AFTER] == ["/me", "/leads"]
    assert {step.identity.session for step in asked.values()} == {CHECK.id}
    assert {str(step.identity) for step in asked.values()} == {"acme+new login"}
    assert [step.pause for step in asked.values()] == [0, 0, 0, 1.0, 0]
    assert [asked[name].retry for name in AFTER] == [False, False]
    assert writers(CHECK) == ["logout"]


def test_a_refusal_everywhere_passes() -> None:
    assert passes(CHECK, heard())


@pytest.mark.parametrize("name", AFTER)
def test_a_token_that_is_still_accepted_fails(name: str) -> None:
    found = fails(CHECK, heard(**{name: said({})}))

    assert (found.reason, found.step, found.seen) == (Reason.FORGED_TOKEN, name, "it was accepted: 200")
    assert name.removeprefix("after ") in found.cause


@pytest.mark.parametrize("answer", [said({}, 404), said({}, 500), silent()])
def test_an_accident_is_no_refusal(answer: Said) -> None:
    found = unproven(CHECK, heard(**{AFTER[1]: answer}))

    assert (found.step, found.cause) == (AFTER[1], "nothing is proven: nobody refused")


@pytest.mark.parametrize("name", ["before /me", "before /leads", "logout"])
def test_nothing_is_proven_when_the_new_login_was_never_good(name: str) -> None:
    assert unproven(CHECK, heard(**{name: said({}, 401)})).step == name
