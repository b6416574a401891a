"""The proof `refused`: nobody gets in without a credential."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, fails, identities, passes, said, silent, steps
from stagecheck.outcome import Reason

CHECK = check("refused")


def test_asks_as_nobody() -> None:
    assert identities(CHECK) == {"anonymous": "anonymous"}
    assert steps(CHECK)["anonymous"].bare


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_route_that_is_shut_or_not_there_passes(status: int) -> None:
    assert passes(CHECK, {"anonymous": said({}, status)})


@pytest.mark.parametrize("status", [200, 204, 299])
def test_an_answer_is_an_open_route(status: int) -> None:
    found = fails(CHECK, {"anonymous": said({}, status)})

    assert (found.reason, found.seen) == (Reason.OPEN_DATA, f"anonymous: {status}")
    assert found.must_hold == "/things of shop answers nobody: 401 or 403 or 404"
    assert found.cause == "shop leaves /things open to anybody: a route of development was deployed"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said({}, 300), Reason.STATUS),
        (said({}, 302), Reason.STATUS),
        (said({}, 500), Reason.STATUS),
        (said({}, 503), Reason.UPSTREAM_DOWN),
        (silent(Reason.TIMEOUT), Reason.TIMEOUT),
    ],
)
def test_an_accident_is_no_refusal(answer: Said, reason: Reason) -> None:
    assert fails(CHECK, {"anonymous": answer}).reason is reason


def test_what_refuses_can_be_named() -> None:
    narrow = check("refused", {"status": [403]})

    assert passes(narrow, {"anonymous": said({}, 403)})
    assert fails(narrow, {"anonymous": said({}, 404)}).reason is Reason.STATUS
