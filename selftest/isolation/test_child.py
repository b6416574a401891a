"""T43: a tenant cannot hang a record of its own on a record of another."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import (
    ACME,
    REST,
    ZETA,
    Said,
    cleanups,
    fails,
    hear,
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
from stagecheck.isolation import PROCEDURES
from stagecheck.outcome import Reason
from stagecheck.placeholders import fill

CHILD: dict[str, Any] = {
    "create": {
        "request": {"method": "POST", "path": "/notes", "body": {"lead": "{id}", "t": "{marker}"}},
        "id": "$.id",
    },
    "list": {"request": {"path": "/notes", "query": {"lead": "{id}"}}},
    "read": {"request": {"path": "/notes/{id}"}},
    "delete": {"request": {"method": "DELETE", "path": "/notes/{id}"}},
}
CHECK = isolation("child", {**REST, "child": CHILD})
OWN, FOREIGN = (setting().marker(CHECK, role) for role in ("own", "foreign"))
CAPTURED = {"own_id": "7", "victim_id": "8", "made_id": "70"}
UNSENT = {"remove-into_id": "into_id", "gone-into_id": "into_id"}


def heard(**more: Said) -> dict[str, Said]:
    return {
        "find-victim": said({}),
        "find-own": said({}),
        "create-own": said({"id": 70}, 201),
        "list-own": said([{"t": OWN}]),
        "attack": said({"lead": ["does not exist"]}, 400),
        "victim-list": said([]),
        "remove-made_id": said(b"", 204, None),
        "gone-made_id": said({}, 404),
        **more,
    }


def test_hangs_one_on_its_own_record_and_one_on_the_victims_and_removes_both() -> None:
    asked = steps(CHECK)
    captured = {**CAPTURED, "into_id": "80"}

    assert identities(CHECK) == {**dict.fromkeys(asked, "acme"), "find-victim": "zeta", "victim-list": "zeta"}
    assert fill(asked["create-own"], captured).request.body == {"lead": "7", "t": OWN}
    assert fill(asked["attack"], captured).request.body == {"lead": "8", "t": FOREIGN}
    assert fill(asked["list-own"], captured).request.query == {"lead": "7"}
    assert fill(asked["victim-list"], captured).request.query == {"lead": "8"}
    assert [fill(asked[name], captured).request.path for name in ("remove-made_id", "gone-into_id")] == [
        "/notes/70",
        "/notes/80",
    ]
    assert writers(CHECK) == ["create-own", "attack", "remove-made_id", "remove-into_id"]
    assert cleanups(CHECK) == ["remove-made_id", "gone-made_id", "remove-into_id", "gone-into_id"]


def judged_with(**more: Said) -> dict[str, Any]:
    return {"told": heard(**more), "captured": CAPTURED, "unsent": UNSENT}


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_refusal_passes(status: int) -> None:
    assert passes(CHECK, **judged_with(attack=said({}, status)))


def test_what_the_answer_tells_of_the_victims_record_is_a_leak() -> None:
    found = fails(CHECK, **judged_with(attack=said({"id": 80, "lead_name": ZETA}, 201)))

    assert (found.reason, found.step) == (Reason.LEAK, "attack")
    assert "looked up without the tenant" in found.cause


def test_what_hangs_on_the_victims_record_is_a_foreign_write() -> None:
    found = fails(CHECK, **judged_with(**{"victim-list": said([{"t": FOREIGN}])}))

    assert (found.reason, found.step) == (Reason.FOREIGN_WRITE, "victim-list")


def test_a_relation_that_is_taken_fails_though_the_victim_does_not_see_it() -> None:
    found = fails(CHECK, **judged_with(attack=said({"id": 80}, 201)))

    assert (found.reason, found.step, found.seen) == (Reason.FOREIGN_WRITE, "attack", "it was answered 201")


@pytest.mark.parametrize("step", ["attack", "victim-list"])
@pytest.mark.parametrize("answer", [said({}, 401), said({}, 500), silent()])
def test_an_accident_proves_nothing(step: str, answer: Said) -> None:
    found = unproven(CHECK, **judged_with(**{step: answer}))

    assert found.step == step
    unseen = "nothing is proven: whether a record hangs on the victim's could not be seen"
    assert (found.cause == unseen) == (step == "victim-list")


@pytest.mark.parametrize("step", ["find-victim", "find-own", "create-own", "list-own"])
def test_a_control_that_does_not_answer_proves_nothing(step: str) -> None:
    assert unproven(CHECK, **judged_with(**{step: said({}, 500)})).step == step


def test_a_list_that_does_not_show_what_hangs_there_proves_nothing() -> None:
    found = unproven(CHECK, **judged_with(**{"list-own": said([ACME])}))

    assert (found.step, found.seen) == ("list-own", "control 'list-own': the marker is not there")


def test_what_stays_is_told() -> None:
    found = fails(CHECK, **judged_with(**{"gone-made_id": said({"id": 70})}))

    assert (found.reason, found.step) == (Reason.LEFT_BEHIND, "gone-made_id")
    assert found.seen == "after its removal the record 70 answers 200"
    assert found.must_hold == "what this check created is removed"


def test_the_judgement_is_pure() -> None:
    answers = hear(CHECK, heard(), captured=CAPTURED, unsent=UNSENT)

    assert {PROCEDURES["child"].holds(CHECK, setting(), answers) for _ in range(2)} == {None}
