"""A list is gone through by number, by offset or by cursor, in the query or in the variables of GraphQL."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import GRAPHQL, REST, isolation, said, setting
from stagecheck.exchange import Answers
from stagecheck.isolation import pages
from stagecheck.plan import Check

ITEMS = [{"id": 1}, {"id": 2}]
UNPAGED = {name: word for name, word in REST.items() if name != "page"}
CURSOR = {"cursor": "after", "size": "first", "largest": 2, "next": "$.data.end"}


def turning(page: dict[str, Any], resource: dict[str, Any] = REST) -> Check:
    return isolation("list", {**resource, "page": page})


def asked(check: Check, *answers: Any) -> list[dict[str, Any]]:
    """The keys of each page that is asked when the pages before were answered so."""
    steps = [pages.first(check, setting())]
    heard: dict[str, Any] = {}
    for answer in answers:
        heard[steps[-1].name] = said(answer).to(steps[-1])
        steps += pages.following(check, setting(), Answers(heard))
    requests = [step.request for step in steps]
    return [dict(one.graphql.variables if one.graphql else one.query) for one in requests]


def test_by_number() -> None:
    check = turning({"number": "page", "size": "n", "largest": 2})

    told = asked(check, {"results": ITEMS}, {"results": ITEMS})

    assert [one["page"] for one in told] == [1, 2, 3]
    assert {(one["n"], one["order"]) for one in told} == {(2, "id")}


def test_by_offset() -> None:
    check = turning({"offset": "skip", "size": "n", "largest": 2})

    assert [one["skip"] for one in asked(check, {"results": ITEMS}, {"results": ITEMS})] == [0, 2, 4]


def test_by_cursor() -> None:
    check = turning(CURSOR, GRAPHQL)
    full = {"data": {"orders": ITEMS, "end": "abc"}}

    assert asked(check, full, {"data": {"orders": ITEMS, "end": "def"}}) == [
        {"first": 2},
        {"first": 2, "after": "abc"},
        {"first": 2, "after": "def"},
    ]
    assert len(asked(check, {"data": {"orders": ITEMS, "end": None}})) == 1


@pytest.mark.parametrize("items", [ITEMS[:1], [], None])
def test_a_page_that_is_not_full_is_the_last(items: Any) -> None:
    assert len(asked(turning({"offset": "skip", "size": "n", "largest": 2}), {"results": items})) == 1


def test_where_no_page_was_heard_none_follows() -> None:
    check = turning({"number": "page", "size": "n", "largest": 2})

    assert pages.following(check, setting(), Answers()) == ()


def test_a_list_that_names_no_items_has_none() -> None:
    bare = isolation("list", {**UNPAGED, "list": {"request": REST["list"]["request"]}})

    assert pages.items(bare, said({"results": ITEMS}).to(pages.first(bare, setting()))) == []


def test_stops_after_fifty_pages() -> None:
    check = turning({"number": "page", "size": "n", "largest": 2})

    assert len(asked(check, *([{"results": ITEMS}] * 50))) == 50


def test_the_ids_are_those_of_the_list_or_else_those_of_a_search() -> None:
    step = pages.first(isolation("list"), setting())
    named = isolation("list", {**REST, "list": {**REST["list"], "id": "$.results[*].key"}})
    answer = said({"results": [{"id": 1, "key": "a"}]}).to(step)

    assert pages.ids(isolation("list"), answer) == {"1"}
    assert pages.ids(named, answer) == {"a"}
