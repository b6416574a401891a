"""T7: a total counts the tenant's own records alone."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import ACME, REST, Said, fails, identities, isolation, passes, said, setting, steps, unproven
from stagecheck.exchange import Answers
from stagecheck.isolation import counts
from stagecheck.outcome import Reason

COUNTED = {**REST, "list": {**REST["list"], "count": "$.count"}}
CHECK = isolation("count", COUNTED)


def page(count: Any, records: int = 1, **more: Any) -> Said:
    return said({"results": [{"name": ACME}] * records, "count": count}, **more)


def test_asks_the_list_as_the_tenant() -> None:
    assert identities(CHECK) == {"page-1": "acme"}


def test_a_total_of_what_all_pages_hold_passes() -> None:
    assert passes(CHECK, {"page-1": page(3, 2), "page-2": page(3, 1)})


def test_a_total_that_never_is_what_the_pages_hold_is_a_leak() -> None:
    found = fails(CHECK, {"page-1": page(4), "page-again-1-1": page(5), "page-again-2-1": page(4)})

    assert (found.reason, found.step) == (Reason.LEAK, "page-again-2-1")
    assert found.seen == "the list states 4 records and holds 1, counted 3 times"
    assert found.cause.startswith("shop counts before it chooses the tenant")


def test_a_record_that_came_between_two_pages_is_counted_again() -> None:
    first = {"page-1": page(2, 2), "page-2": page(3, 1)}
    again = {"page-again-1-1": page(3, 2), "page-again-1-2": page(3, 1)}

    assert passes(CHECK, {**first, **again})


def test_after_a_page_that_was_not_answered_none_is_asked() -> None:
    (first,) = steps(CHECK).values()

    for heard in ({}, {first.name: page(5, status=500).to(first)}):
        assert counts.follow(CHECK, setting(), Answers(heard)) == ()


@pytest.mark.parametrize("name", ["X-Total-Count", "x-total"])
def test_a_header_states_a_total_too(name: str) -> None:
    more = {"headers": ((name, "40"),)}
    told = {"page-1": page(1, **more), "page-again-1-1": page(1, **more), "page-again-2-1": page(1, **more)}

    assert fails(CHECK, told).seen == "the list states 40 records and holds 1, counted 3 times"


@pytest.mark.parametrize("answer", [page(None), page("3"), page(0, 0), page(1, status=500)])
def test_without_a_total_or_a_record_nothing_is_proven(answer: Said) -> None:
    found = unproven(CHECK, {"page-1": answer})

    assert found.step == "page-1"
    assert (found.seen == "no total, or no record") == (answer.status == 200)


def test_what_no_count_is_and_no_total_states_none() -> None:
    odd = {"headers": (("X-Total-Count", "many"), ("X-Request", "40"))}

    assert passes(CHECK, {"page-1": page(1, **odd)})
    uncounted = isolation("count", {**COUNTED, "list": {key: COUNTED["list"][key] for key in ("request", "items")}})
    assert passes(uncounted, {"page-1": page(7, headers=(("X-Total", "1"),))})
