"""T28: a GET that names another method in a header or its query."""

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

CHECK = isolation("method-override", REST, victim="")
RECORD = said({"id": 70, "name": setting().marker(CHECK, "own")})
ASKED = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"]


def told(**more: Said) -> dict[str, Any]:
    answers = {
        "find-own": said({"results": [{"id": 7}]}),
        "create-own": said({"id": 70}, 201),
        **dict.fromkeys(("before", *ASKED, "after"), RECORD),
        "remove-made_id": said(b"", 204, None),
        "gone-made_id": said({}, 404),
        **more,
    }
    return {"told": answers, "captured": {"own_id": "7", "made_id": "70"}}


def test_a_record_of_its_own_is_read_with_each_of_them_and_removed() -> None:
    asked = steps(CHECK)

    assert {asked[name].request.method for name in ASKED} == {"GET"}
    assert [asked[name].extra_headers for name in ASKED[:3]] == [((name, "DELETE"),) for name in ASKED[:3]]
    assert asked["_method"].extra_query == (("_method", "DELETE"),)
    assert set(identities(CHECK).values()) == {"acme"}
    assert {dict(asked[name].fill)["id"] for name in ("before", *ASKED, "after")} == {"{made_id}"}
    assert dict(asked["create-own"].fill)["marker"] == setting().marker(CHECK, "own")
    assert writers(CHECK) == ["create-own", "remove-made_id"]
    assert cleanups(CHECK) == ["remove-made_id", "gone-made_id"]


def test_a_record_that_is_still_there_passes_whatever_was_answered() -> None:
    assert passes(CHECK, **told())
    assert passes(CHECK, **told(**{"X-HTTP-Method": said({}, 405), "_method": said({}, 400)}))


@pytest.mark.parametrize("after", [said({}, 404), said({}, 403)])
def test_a_record_that_is_gone_fails(after: Said) -> None:
    found = fails(CHECK, **told(after=after))

    assert (found.reason, found.step) == (Reason.METHOD_LOST, "after")
    assert found.must_hold == f"a GET removes nothing, though {', '.join(ASKED)} name DELETE"


@pytest.mark.parametrize("after", [said({}, 500), silent(), said({"id": 70})])
def test_a_record_that_cannot_be_seen_proves_nothing(after: Said) -> None:
    refused = {"X-HTTP-Method": said({}, 403)}  # by whoever looks at such a header, and not for want of the record

    assert unproven(CHECK, **told(after=after)).step == "after"
    assert unproven(CHECK, **told(**refused, after=after)).step == "after"


@pytest.mark.parametrize("step", ["create-own", "before"])
def test_without_a_record_nothing_is_proven(step: str) -> None:
    assert unproven(CHECK, **told(**{step: said({}, 500)})).step == step


def test_a_record_that_stays_is_told() -> None:
    assert fails(CHECK, **told(**{"gone-made_id": RECORD})).reason is Reason.LEFT_BEHIND
