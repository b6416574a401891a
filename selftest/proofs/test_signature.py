"""The proof `signature`: the answer has the shape and the ids that only the service itself gives."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import Said, check, fails, identities, passes, said, setting, silent, steps
from stagecheck.outcome import Reason

WORD = {"schema": "things", "json": {"$.items[*].id": {"matches": "^VGhpbmc6"}}}
CHECK = check("signature", WORD)
HERE = setting({"things": {"type": "object", "required": ["items"]}})


def items(*ids: str) -> Said:
    return said({"items": [{"id": id} for id in ids]})


def test_asks_the_entry_itself_once() -> None:
    assert identities(CHECK) == {"answer": "acme"}
    assert steps(CHECK)["answer"].shared is True, "other checks ask the same"


def test_passes_with_the_services_own_shape_and_ids() -> None:
    assert passes(CHECK, {"answer": items("VGhpbmc6MQ==", "VGhpbmc6Mg==")}, where=HERE)


def test_each_half_may_stand_alone() -> None:
    shape, ids = check("signature", {"schema": "things"}), check("signature", {"json": WORD["json"]})

    assert passes(shape, {"answer": items("1")}, where=HERE)
    assert passes(ids, {"answer": items("VGhpbmc6MQ==")}, where=HERE)


@pytest.mark.parametrize("body", [{"products": []}, []])
def test_another_shape_is_another_program(body: Any) -> None:
    found = fails(CHECK, {"answer": said(body)}, where=HERE)

    assert (found.reason, found.step) == (Reason.SCHEMA, "answer")
    assert found.cause.startswith("something else than shop answers")


def test_ids_that_the_service_would_not_give_are_canned() -> None:
    found = fails(CHECK, {"answer": items("VGhpbmc6MQ==", "2")}, where=HERE)

    assert (found.reason, found.step) == (Reason.CANNED_ANSWER, "answer")
    assert found.seen == "$.items[*].id: expected a match of '^VGhpbmc6', got 2"
    assert found.cause.startswith("brain-gateway answers for shop out of its own stock")
    assert found.cause.endswith("shop would not give these values, so it was not asked")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said({}, 500), Reason.STATUS),
        (said({"success": False}), Reason.ERROR_UNDER_200),
        (said(b"<p>"), Reason.NOT_JSON),
        (silent(), Reason.CONNECT),
    ],
)
def test_no_answer_fails_with_the_matchers_reason(answer: Said, reason: Reason) -> None:
    assert fails(CHECK, {"answer": answer}, where=HERE).reason is reason
