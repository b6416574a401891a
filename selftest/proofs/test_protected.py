"""The proof `protected`: without a credential the route refuses."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, fails, identities, passes, said, silent, steps, unproven
from stagecheck.outcome import Reason

CHECK = check("protected")


def heard(anonymous: Said, own: Said | None = None) -> dict[str, Said]:
    return {"own": own or said({}), "anonymous": anonymous}


def test_asks_the_same_with_a_credential_and_without() -> None:
    assert identities(CHECK) == {"own": "acme", "anonymous": "anonymous"}
    assert {step.request.path for step in steps(CHECK).values()} == {"/things"}
    assert {name: step.bare for name, step in steps(CHECK).items()} == {"own": False, "anonymous": True}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_passes(status: int) -> None:
    assert passes(CHECK, heard(said({}, status)))


@pytest.mark.parametrize("status", [200, 204, 299])
def test_an_answer_is_open_data(status: int) -> None:
    found = fails(CHECK, heard(said({}, status)))

    assert (found.reason, found.step, found.seen) == (Reason.OPEN_DATA, "anonymous", f"anonymous: {status}")
    assert found.cause.startswith("the route is open")
    assert found.must_hold == "without a credential the route answers 401 or 403"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said({}, 300), Reason.STATUS),
        (said({}, 302), Reason.STATUS),
        (said({}, 404), Reason.STATUS),
        (said({}, 503), Reason.UPSTREAM_DOWN),
        (silent(Reason.TIMEOUT), Reason.TIMEOUT),
    ],
)
def test_anything_else_is_no_refusal(answer: Said, reason: Reason) -> None:
    assert fails(CHECK, heard(answer)).reason is reason


@pytest.mark.parametrize("own", [said({}, 401), said({}, 500), said({"success": False}), silent()])
def test_nothing_is_proven_when_the_credential_is_not_answered(own: Said) -> None:
    found = unproven(CHECK, heard(said({}, 401), own))

    assert (found.step, found.must_hold) == ("own", "the same request with a credential is answered")
