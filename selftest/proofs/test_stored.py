"""The proof `stored`: what is created is read back, and is gone once it is deleted."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, cleanups, fails, identities, passes, said, setting, silent, steps, writers
from stagecheck.exchange import Trouble
from stagecheck.model import Step
from stagecheck.outcome import Reason
from stagecheck.proofs.stored import is_gone

WORD = {
    "create": {"method": "POST", "path": "/leads", "body": {"name": "{marker}"}},
    "id": "$.id",
    "read": {"path": "/leads/{id}"},
    "delete": {"method": "DELETE", "path": "/leads/{id}"},
    "expect": {"status": 200, "json": {"$.score": 10}},
}
CHECK = check("stored", WORD)
MARKER = setting().marker(CHECK, "stored")
MADE = {"created": "7"}
GOOD: dict[str, Said] = {
    "create": said({"id": 7}, 201),
    "read": said({"name": MARKER, "score": 10}),
    "delete": said(b"", 204, None),
    "gone": said({}, 404),
}


def test_creates_reads_and_removes_whatever_happens() -> None:
    assert list(identities(CHECK).items()) == [(name, "acme") for name in ("create", "read", "delete", "gone")]
    assert writers(CHECK) == ["create", "delete"]
    assert cleanups(CHECK) == ["delete", "gone"]


def test_marks_the_record_and_takes_its_id() -> None:
    asked = steps(CHECK)

    assert asked["create"].capture == (("created", "$.id"),)
    assert {dict(step.fill)["marker"] for step in asked.values()} == {MARKER}
    assert {dict(step.fill)["id"] for step in asked.values()} == {"{created}"}


@pytest.mark.parametrize("status", [404, 410])
def test_passes_when_the_record_was_there_and_is_gone(status: int) -> None:
    assert passes(CHECK, {**GOOD, "gone": said({}, status)}, captured=MADE)


def test_a_creation_that_is_not_answered_as_one_fails() -> None:
    strict = check("stored", {**WORD, "expect_created": {"status": 201}})

    lost = fails(strict, {**GOOD, "create": said({"results": []}, 200)}, captured=MADE)
    refused = fails(strict, {**GOOD, "create": said({}, 500)}, captured=MADE)

    assert (lost.reason, lost.seen) == (Reason.METHOD_LOST, "status: expected 201, got 200")
    assert refused.reason is Reason.STATUS
    assert fails(CHECK, {**GOOD, "create": silent()}, captured=MADE).reason is Reason.CONNECT
    assert passes(CHECK, {**GOOD, "create": said({"id": 7}, 200)}, captured=MADE)


def test_a_creation_without_an_id_fails() -> None:
    lacking = {"read": "created", "delete": "created", "gone": "created"}

    found = fails(CHECK, {"create": said({"results": []}, 200)}, unsent=lacking)

    assert (found.reason, found.step) == (Reason.METHOD_LOST, "create")
    assert found.seen == "the creation was answered 200 without an id"
    assert "did not reach it as POST" in found.cause


def test_a_record_that_was_confirmed_and_not_kept_fails() -> None:
    found = fails(CHECK, {**GOOD, "read": said({}, 404)}, captured=MADE)

    assert (found.reason, found.seen, found.step) == (Reason.WRONG_CONTENT, "created, then not found", "read")
    assert "did not keep" in found.cause


def test_a_record_that_is_not_as_expected_fails() -> None:
    found = fails(CHECK, {**GOOD, "read": said({"name": MARKER, "score": 50})}, captured=MADE)

    assert (found.reason, found.seen) == (Reason.WRONG_CONTENT, "json: $.score: expected 10, got 50")


def test_another_record_is_a_ghost() -> None:
    found = fails(CHECK, {**GOOD, "read": said({"name": "Somebody", "score": 10})}, captured=MADE)

    assert (found.reason, found.step) == (Reason.GHOST_RECORD, "read")
    assert found.seen == f"the record read back lacks {MARKER}"


@pytest.mark.parametrize(("gone", "told"), [(said({}), "200"), (said({}, 500), "500"), (silent(), "nothing")])
def test_a_record_that_stays_is_left_behind(gone: Said, told: str) -> None:
    found = fails(CHECK, {**GOOD, "gone": gone}, captured=MADE)

    assert (found.reason, found.step) == (Reason.LEFT_BEHIND, "gone")
    assert found.seen == f"after the removal the record answers {told}"
    assert "remove it by hand" in found.cause


BY_NULL = check(
    "stored",
    {
        "create": {"method": "POST", "path": "/graphql"},
        "id": "$.id",
        "read": {"path": "/graphql"},
        "delete": {"method": "DELETE", "path": "/graphql"},
        "expect": {"status": 200},
        "null_at": "$.data.order",
    },
)
NULL, ORDER = said({"data": {"order": None}}), said({"data": {"order": {"id": "1"}}})


@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        (NULL, True),
        (ORDER, False),
        (said({"data": {"order": None}}, 201), False),
        (said({"data": {}}), False),
        (said({}, 404), False),
        (said({"data": {"order": None}}, trouble=Trouble(Reason.TRUNCATED, "10 of 20 bytes")), False),
        (silent(), False),
    ],
)
def test_where_null_says_that_a_record_is_gone_nothing_else_does(answer: Said, gone: bool) -> None:
    assert is_gone(BY_NULL, answer.to(Step("read"))) is gone


@pytest.mark.parametrize(("answer", "gone"), [(said({}, 404), True), (said({}, 410), True), (NULL, False)])
def test_elsewhere_a_status_does(answer: Said, gone: bool) -> None:
    assert is_gone(CHECK, answer.to(Step("read"))) is gone
