"""The proofs `missing` and `missing_slug`: what cannot exist is not found."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import Said, check, fails, html, identities, passes, said, silent, steps, unproven
from stagecheck.outcome import Reason

BY_STATUS = check("missing", {"request": {"path": "/things/999"}, "status": [404, 410]})
BY_NULL = check("missing_slug", {"request": {"path": "/graphql"}, "null_at": "$.data.thing"})


def heard(missing: Said, alive: Said | None = None) -> dict[str, Said]:
    return {"alive": alive or said({}), "missing": missing}


def test_asks_what_exists_and_what_cannot() -> None:
    assert identities(BY_STATUS) == {"alive": "acme", "missing": "acme"}
    assert [step.request.path for step in steps(BY_STATUS).values()] == ["/things", "/things/999"]
    assert steps(BY_STATUS)["alive"].shared is True, "other checks ask the same"


@pytest.mark.parametrize("status", [404, 410])
def test_passes_with_one_of_the_statuses(status: int) -> None:
    assert passes(BY_STATUS, heard(said({"detail": "Not found."}, status)))


@pytest.mark.parametrize("status", [200, 201, 299])
def test_a_success_is_a_ghost(status: int) -> None:
    found = fails(BY_STATUS, heard(said({"id": 999}, status)))

    assert (found.reason, found.step) == (Reason.GHOST_RECORD, "missing")
    assert found.seen == f"status: expected 404 or 410, got {status}"
    assert found.must_hold == "what cannot exist is not found"
    assert found.cause == (
        "the answer is not looked up: a canned record, a catch-all page, or an error of shop that is "
        "delivered as a success"
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said({}, 500), Reason.STATUS),
        (said({}, 300), Reason.STATUS),
        (said({}, 503), Reason.UPSTREAM_DOWN),
        (silent(Reason.TIMEOUT), Reason.TIMEOUT),
    ],
)
def test_an_accident_is_no_not_found_and_no_ghost(answer: Said, reason: Reason) -> None:
    assert fails(BY_STATUS, heard(answer)).reason is reason


def test_passes_with_null_at_the_place() -> None:
    assert passes(BY_NULL, heard(said({"data": {"thing": None}})))


def test_a_record_instead_of_null_is_a_ghost() -> None:
    found = fails(BY_NULL, heard(said({"data": {"thing": {"id": "1"}}})))

    assert (found.reason, found.seen) == (Reason.GHOST_RECORD, "$.data.thing: expected null, got a record")


@pytest.mark.parametrize("body", [{"data": None, "errors": [{"message": "down"}]}, {}, None, []])
def test_an_answer_without_the_place_is_an_error_and_no_null(body: Any) -> None:
    found = fails(BY_NULL, heard(said(body)))

    assert (found.reason, found.seen) == (Reason.ERROR_UNDER_200, "$.data.thing is not there")
    assert "hides an error of shop" in found.cause


def test_null_is_read_from_json_under_200_only() -> None:
    assert fails(BY_NULL, heard(said({"data": {"thing": None}}, 500))).reason is Reason.STATUS
    assert fails(BY_NULL, heard(html("null"))).reason is Reason.CONTENT_TYPE


@pytest.mark.parametrize("alive", [said({}, 404), said({}, 500), silent()])
def test_nothing_is_proven_when_the_route_does_not_answer_for_what_exists(alive: Said) -> None:
    found = unproven(BY_STATUS, heard(said({}, 404), alive))

    assert (found.step, found.must_hold) == ("alive", "the route answers for what does exist")
    assert found.seen.startswith("control 'alive': ")


def test_a_word_of_error_in_the_answer_for_what_exists_is_another_checks_business() -> None:
    one = check("missing", {"request": {"path": "/things/0"}})

    assert passes(one, {"alive": said({"success": False}), "missing": said({}, 404)})
