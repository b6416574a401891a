"""The proof `cors`: the platform's own pages may call, a stranger's may not."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, fails, passes, said, steps, unproven
from stagecheck.outcome import Reason

CHECK = check("cors", {"allowed": ["front", "nowhere"]})
OWN = "https://www.acme.invalid"
STRANGE = {
    "stranger": "https://stranger.example",
    "null": "null",
    "longer": "https://www.acme.invalid.stranger.example",
    "prefixed": "https://stranger-www.acme.invalid",
    "plain-http": "http://www.acme.invalid",
}


def allowing(origin: str = "", credentials: str = "", status: int = 200) -> Said:
    named = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": credentials}
    return said({}, status, headers=tuple((name, value) for name, value in named.items() if value))


GOOD: dict[str, Said] = {
    "own-1": allowing(OWN),
    "own-1-preflight": allowing(OWN, status=204),
    **{step: allowing() for name in STRANGE for step in (name, f"{name}-preflight")},
}


def test_asks_with_each_origin_and_before_it_the_preflight() -> None:
    asked = steps(CHECK)

    assert {name: dict(step.extra_headers)["Origin"] for name, step in asked.items() if "-preflight" not in name} == {
        "own-1": OWN,
        **STRANGE,
    }
    preflights = [step for name, step in asked.items() if "-preflight" in name]
    assert {step.request.method for step in preflights} == {"OPTIONS"}
    assert {str(step.identity) for step in preflights} == {"anonymous"}, "a browser sends no credential before"
    assert [step.extra_headers for step in preflights] == [
        (("Origin", origin), ("Access-Control-Request-Method", "POST")) for origin in (OWN, *STRANGE.values())
    ]


def test_passes_when_own_pages_alone_may_call() -> None:
    assert passes(CHECK, GOOD)
    assert passes(CHECK, {**GOOD, "stranger": allowing(OWN)})


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("step", ["{}", "{}-preflight"])
def test_a_stranger_that_is_let_in_fails(name: str, step: str) -> None:
    found = fails(CHECK, {**GOOD, step.format(name): allowing(STRANGE[name], "true")})

    assert (found.reason, found.step) == (Reason.OPEN_DATA, step.format(name))
    assert found.seen == f"Origin {STRANGE[name]}: 200 allows {STRANGE[name]}, credentials true"
    without = fails(CHECK, {**GOOD, step.format(name): allowing(STRANGE[name])})
    assert without.seen == f"Origin {STRANGE[name]}: 200 allows {STRANGE[name]}"


def test_everybody_may_ask_without_cookies_and_not_with_them() -> None:
    assert passes(CHECK, {name: allowing("*") for name in GOOD})
    assert fails(CHECK, {**GOOD, "null": allowing("*", "true")}).step == "null"


@pytest.mark.parametrize("step", ["own-1", "own-1-preflight"])
def test_where_not_even_own_pages_may_call_nothing_is_proven(step: str) -> None:
    found = unproven(CHECK, {**GOOD, step: allowing()})

    assert (found.reason, found.step, found.seen) == (
        Reason.CONTROL_FAILED,
        step,
        f"control '{step}': 200 allows no origin",
    )
