"""T8: no place in a list and no size of a page gives a tenant another's records."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import (
    GRAPHQL,
    REST,
    ZETA,
    Said,
    fails,
    html,
    identities,
    isolation,
    passes,
    said,
    silent,
    steps,
    unproven,
)
from stagecheck.exchange import Trouble
from stagecheck.outcome import Reason

ATTACKS = ("their-place", "no-place", "absurd-size", "negative-size")
CHECK = isolation("page-tampering")
BY_CURSOR = isolation("page-tampering", GRAPHQL)


def page(*ids: int, **more: Any) -> Said:
    return said({"results": [{"id": id} for id in ids]}, **more)


OWN, THEIRS, REFUSED = page(1, 2), page(8), said({"detail": "Invalid page."}, 404)


def heard(**more: Said) -> dict[str, Said]:
    told = {"own-start": OWN, "victim-start": THEIRS, **dict.fromkeys(ATTACKS, REFUSED)}
    return {**told, **{name.replace("_", "-"): answer for name, answer in more.items()}}


def orders(*ids: str, **more: Any) -> Said:
    return said({"data": {"orders": [{"id": id} for id in ids], "end": "abc"}}, **more)


def test_asks_odd_places_and_sizes_as_the_tenant() -> None:
    assert identities(CHECK) == {"own-start": "acme", "victim-start": "zeta", **dict.fromkeys(ATTACKS, "acme")}
    asked = {name: step.request.query for name, step in steps(CHECK).items()}
    assert asked["own-start"] == {"order": "id", "page": 1, "page_size": 2}
    assert asked["victim-start"] == {"order": "id", "page": 1, "page_size": 1}
    assert asked["their-place"] == {"order": "id", "page": 10**9, "page_size": 2}
    assert asked["absurd-size"]["page"] == asked["negative-size"]["page"] == 1
    assert (asked["no-place"]["page"], asked["absurd-size"]["page_size"], asked["negative-size"]["page_size"]) == (
        -1,
        10**9,
        -1,
    )


def test_replays_the_victims_cursor() -> None:
    asked = steps(BY_CURSOR)

    for start in ("own-start", "victim-start"):
        assert "after" not in asked[start].request.graphql.variables, "the first page has no place"
    assert asked["no-place"].request.graphql.variables["after"] == "none"
    assert steps(CHECK)["victim-start"].capture == ()
    assert asked["victim-start"].capture == (("victim_cursor", "$.data.end"),)
    for name, who in (("victim-next", "zeta"), ("their-place", "acme")):
        graphql = asked[name].request.graphql
        assert graphql is not None
        assert graphql.variables["after"] == "{victim_cursor}"
        assert graphql.variables["first"] == (1 if name == "victim-next" else 50)
        assert str(asked[name].identity) == who


def test_refusals_and_ones_own_records_pass() -> None:
    assert passes(CHECK, heard())
    assert passes(CHECK, heard(their_place=OWN, absurd_size=OWN, negative_size=page()))


@pytest.mark.parametrize("step", ATTACKS)
@pytest.mark.parametrize("answer", [page(1, 8), said({"results": [{"id": 99, "name": ZETA}]})])
def test_a_record_of_the_victim_is_a_leak(step: str, answer: Said) -> None:
    found = fails(CHECK, {**heard(), step: answer})

    assert (found.reason, found.step) == (Reason.LEAK, step)
    assert found.seen == f"'{step}' was answered with records of zeta"


def test_a_list_counts_from_none_where_it_has_an_offset() -> None:
    offset = isolation("page-tampering", {**REST, "page": {"offset": "from", "size": "page_size", "largest": 2}})

    assert steps(offset)["own-start"].request.query == {"order": "id", "from": 0, "page_size": 2}


@pytest.mark.parametrize("status", [400, 499])
def test_any_status_that_blames_the_caller_is_a_refusal(status: int) -> None:
    assert passes(CHECK, heard(no_place=said({}, status)))


def test_what_both_see_is_nobodys() -> None:
    assert passes(CHECK, heard(own_start=page(1, 8), their_place=page(8)))


def test_the_page_behind_the_victims_cursor_is_known() -> None:
    told = {"own-start": orders("a"), "victim-start": orders("y"), "victim-next": orders("z")}
    refused = said({"errors": [{"message": "Received cursor is invalid."}]})
    attacks = dict.fromkeys(ATTACKS, refused)

    assert passes(BY_CURSOR, {**told, **attacks})
    assert fails(BY_CURSOR, {**told, **attacks, "their-place": orders("z")}).step == "their-place"
    assert unproven(BY_CURSOR, {**told, **attacks, "victim-next": orders()}).cause.endswith("add a second one")


@pytest.mark.parametrize(
    "answer",
    [
        *(said({}, status) for status in (300, 401, 429, 500)),
        silent(),
        html("<form>"),
        said({}, trouble=Trouble(Reason.TRUNCATED, "10 of 20 bytes")),
    ],
)
def test_an_accident_is_no_refusal(answer: Said) -> None:
    assert unproven(CHECK, heard(absurd_size=answer)).step == "absurd-size"


@pytest.mark.parametrize(
    ("answer", "told"), [(page(8, status=500), "status: expected 200 or 201 or 204, got 500"), (page(), "no record")]
)
def test_without_records_of_the_victim_nothing_is_proven(answer: Said, told: str) -> None:
    found = unproven(CHECK, heard(victim_start=answer))

    assert (found.step, found.seen) == ("victim-start", f"control 'victim-start': {told}")


def test_without_a_cursor_of_the_victim_nothing_is_proven() -> None:
    told = {"own-start": orders("a"), "victim-start": orders("y"), **dict.fromkeys(ATTACKS[1:], orders())}
    found = unproven(BY_CURSOR, told, unsent=dict.fromkeys(("victim-next", "their-place"), "victim_cursor"))

    assert found.step == "victim-next"
    assert found.seen == "the step 'victim-next' could not be asked: no victim cursor was found"
