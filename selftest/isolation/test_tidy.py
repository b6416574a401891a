"""What a check created is removed by its owner, and the removal is proven by reading once more."""

from __future__ import annotations

import pytest

from selftest.told import Said, isolation, said, setting, silent
from stagecheck.exchange import Answers
from stagecheck.isolation.tidy import left_behind, tidy
from stagecheck.outcome import Outcome, Reason

CHECK = isolation("create-into")
REMOVE, GONE = tidy(CHECK, setting(), "zeta", "made_id", "victim")
MADE = {"made_id": "81"}


def heard(gone: Said | None, captured: dict[str, str] = MADE) -> Answers:
    return Answers({"gone-made_id": gone.to(GONE)} if gone else {}, captured)


def test_the_owner_deletes_and_then_reads_whatever_happened_before() -> None:
    assert [(step.name, step.request.method, str(step.identity), step.cleanup) for step in (REMOVE, GONE)] == [
        ("remove-made_id", "DELETE", "zeta", True),
        ("gone-made_id", "GET", "zeta", True),
    ]
    assert dict(REMOVE.fill)["id"] == dict(GONE.fill)["id"] == "{made_id}"


@pytest.mark.parametrize("status", [403, 404])
def test_a_record_that_is_denied_is_gone(status: int) -> None:
    assert left_behind(CHECK, heard(said({}, status)), ("made_id",)) is None


def test_a_record_that_was_never_created_is_not_missed() -> None:
    assert left_behind(CHECK, heard(None, {}), ("made_id",)) is None


@pytest.mark.parametrize(
    ("gone", "told"), [(said({}), "200"), (said({}, 500), "500"), (silent(), "nothing"), (None, "nothing")]
)
def test_anything_else_is_left_behind(gone: Said | None, told: str) -> None:
    found = left_behind(CHECK, heard(gone), ("into_id", "made_id"))

    assert found is not None
    assert (found.outcome, found.reason, found.step) == (Outcome.FAILED, Reason.LEFT_BEHIND, "gone-made_id")
    assert found.seen == f"after its removal the record 81 answers {told}"
    assert found.must_hold == "what this check created is removed"
    assert "remove it by hand" in found.cause
