"""T1: without a credential nothing is answered."""

from __future__ import annotations

import pytest

from selftest.told import Said, fails, identities, isolation, passes, said, silent, steps, unproven, writers
from stagecheck.outcome import Reason

CHECK = isolation("no-credential", victim="")
FOUND = said({"results": [{"id": 7}]})
GOOD = {"find-own": FOUND, **dict.fromkeys(("none", "empty", "word"), said({}, 401))}
NAMES = ["none", "empty", "word"]


def test_asks_for_the_tenants_own_record_with_three_credentials_that_are_none() -> None:
    asked = steps(CHECK)

    assert identities(CHECK) == {"find-own": "acme", "none": "anonymous", "empty": "anonymous", "word": "anonymous"}
    assert [asked[name].raw_authorization for name in NAMES] == [None, "Bearer", "Bearer x"]
    assert [name for name, step in asked.items() if step.bare] == NAMES
    assert asked["find-own"].shared is False, "what was heard before may be of another moment"
    assert len({dict(step.fill)["sentinel"] for step in asked.values()}) == 1
    assert writers(CHECK) == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_passes(status: int) -> None:
    assert passes(CHECK, {**GOOD, "word": said({}, status)})


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_is_open_data(name: str) -> None:
    found = fails(CHECK, {**GOOD, name: said({"results": []})})

    assert (found.reason, found.step, found.seen) == (Reason.OPEN_DATA, name, f"credential '{name}': 200")
    assert found.cause.startswith("the route is open")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("answer", [said({}, 404), said({}, 302), said({}, 500), silent()])
def test_an_accident_is_no_refusal(name: str, answer: Said) -> None:
    found = unproven(CHECK, {**GOOD, name: answer})

    assert found.step == name
    assert found.seen.endswith("which is no refusal")


@pytest.mark.parametrize("own", [said({"results": []}), said({}, 401), silent()])
def test_nothing_is_proven_when_the_tenant_itself_is_not_answered(own: Said) -> None:
    assert unproven(CHECK, {**GOOD, "find-own": own}).step == "find-own"
