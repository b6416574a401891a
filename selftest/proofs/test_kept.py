"""The proof `kept`: an error of the upstream keeps its status."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, fails, identities, passes, said, silent, steps
from stagecheck.outcome import Reason

CHECK = check("kept", {"request": {"path": "/leads", "query": {"page": 999}}, "status": [400, 404]})


def test_asks_for_the_error_once() -> None:
    assert identities(CHECK) == {"error": "acme"}
    assert steps(CHECK)["error"].request.query == {"page": 999}


@pytest.mark.parametrize("status", [400, 404])
def test_passes_with_one_of_the_statuses(status: int) -> None:
    assert passes(CHECK, {"error": said({"detail": "no such page"}, status)})


@pytest.mark.parametrize("status", [200, 299])
def test_an_error_that_is_delivered_as_success_fails(status: int) -> None:
    found = fails(CHECK, {"error": said({"success": False}, status)})

    assert (found.reason, found.step) == (Reason.STATUS_LOST, "error")
    assert found.seen == f"status: expected 400 or 404, got {status}"
    assert found.cause.startswith("brain-gateway delivers errors of shop as success")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(said({}, 500), Reason.STATUS), (said({}, 300), Reason.STATUS), (said({}, 503), Reason.UPSTREAM_DOWN)],
)
def test_another_error_fails_with_the_matchers_reason(answer: Said, reason: Reason) -> None:
    assert fails(CHECK, {"error": answer}).reason is reason


def test_no_answer_fails_with_its_trouble() -> None:
    assert fails(CHECK, {"error": silent(Reason.PROTOCOL)}).reason is Reason.PROTOCOL
