"""T34: that a value is taken does not tell that another tenant has it."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import (
    REST,
    Said,
    cleanups,
    fails,
    identities,
    isolation,
    passes,
    said,
    setting,
    silent,
    steps,
    unproven,
    writers,
)
from stagecheck.outcome import Reason

UNIQUE = {"request": {"method": "POST", "path": "/leads", "body": {"slug": "{marker}"}}, "id": "$.id"}
CHECK = isolation("unique", {**REST, "unique": UNIQUE})
TAKEN = said({"slug": ["is taken"]}, 409)
CAPTURED = {"own_id": "7", "victim_id": "8", "theirs_id": "80", "made_id": "70", "into_id": "71"}
UNSENT = {"remove-again_id": "again_id", "gone-again_id": "again_id"}
MADE = ["theirs_id", "made_id", "into_id"]


def heard(**more: Said) -> dict[str, Said]:
    return {
        "find-victim": said({}),
        "find-own": said({}),
        "create-victim": said({"id": 80}, 201),
        "create-own": said({"id": 70}, 201),
        "again": TAKEN,
        "attack": said({"id": 71}, 201),
        **{f"remove-{id}": said(b"", 204, None) for id in MADE},
        **{f"gone-{id}": said({}, 404) for id in MADE},
        **more,
    }


def told(**more: Said) -> dict[str, Any]:
    return {"told": heard(**more), "captured": CAPTURED, "unsent": UNSENT}


def test_the_victims_value_is_tried_after_ones_own_was_taken_twice() -> None:
    asked = steps(CHECK)
    values = {name: dict(asked[name].fill)["marker"] for name in ("create-victim", "create-own", "again", "attack")}
    theirs, ours = (setting().marker(CHECK, value) for value in ("theirs", "ours"))

    assert values == {"create-victim": theirs, "create-own": ours, "again": ours, "attack": theirs}
    assert {asked[name].capture: dict(asked[name].fill)["id"] for name in values} == {
        ((id, "$.id"),): "" for id in ("theirs_id", "made_id", "again_id", "into_id")
    }, "what is created has no id yet"
    assert {name for name, who in identities(CHECK).items() if who == "zeta"} == {
        "find-victim",
        "create-victim",
        "remove-theirs_id",
        "gone-theirs_id",
    }
    assert len(writers(CHECK)) == len(cleanups(CHECK)) == 8


def test_taking_the_victims_value_passes() -> None:
    assert passes(CHECK, **told())


@pytest.mark.parametrize("status", [400, 403, 409, 422])
def test_a_value_that_is_refused_since_another_has_it_fails(status: int) -> None:
    found = fails(CHECK, **told(attack=said({"slug": ["is taken"]}, status)))

    assert (found.reason, found.step, found.seen) == (Reason.LEAK, "attack", f"it was refused: {status}")
    assert "unique over all tenants" in found.cause


@pytest.mark.parametrize("answer", [said({}, 401), said({}, 500), silent()])
def test_an_accident_proves_nothing(answer: Said) -> None:
    assert unproven(CHECK, **told(attack=answer)).step == "attack"


@pytest.mark.parametrize("answer", [said({"id": 72}, 201), said({}, 500), silent()])
def test_where_nothing_is_unique_nothing_can_be_told_by_it(answer: Said) -> None:
    found = unproven(CHECK, **told(again=answer))

    assert found.step == "again"
    assert found.seen.startswith("control 'again': one's own value was answered ")
    assert str(answer.status or "connection refused") in found.seen


@pytest.mark.parametrize("step", ["create-victim", "create-own"])
def test_a_control_that_does_not_answer_proves_nothing(step: str) -> None:
    assert unproven(CHECK, **told(**{step: said({}, 500)})).step == step


@pytest.mark.parametrize("id", MADE)
def test_what_stays_is_told(id: str) -> None:
    found = fails(CHECK, **told(**{f"gone-{id}": said({"id": 1})}))

    assert (found.reason, found.step) == (Reason.LEFT_BEHIND, f"gone-{id}")


def test_what_was_made_by_a_creation_that_was_refused_is_told_too() -> None:
    again = {"again": said({"id": 72}, 409), "remove-again_id": said({}, 404), "gone-again_id": said({"id": 72})}

    found = fails(CHECK, heard(**again), captured={**CAPTURED, "again_id": "72"})

    assert (found.reason, found.step) == (Reason.LEFT_BEHIND, "gone-again_id")
