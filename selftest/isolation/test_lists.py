"""T6: lists of a tenant hold no record of another, on any page, at the largest page size."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import (
    ACME,
    GRAPHQL,
    REST,
    ZETA,
    Said,
    fails,
    identities,
    isolation,
    passes,
    said,
    setting,
    silent,
    steps,
    unproven,
)
from stagecheck.exchange import Answers, Trouble
from stagecheck.isolation import lists
from stagecheck.outcome import Reason

CHECK = isolation("list")
FOUND = said({"results": [{"id": 8}]})


def page(*items: Any, status: int = 200, **more: Any) -> Said:
    return said({"results": list(items)}, status, **more)


def lead(name: str = "Somebody", tenant: str = "acme") -> dict[str, str]:
    return {"name": name, "tenant_id": tenant}


def heard(*pages: Said, victim: Said = FOUND) -> dict[str, Said]:
    return {"find-victim": victim, **{f"page-{number}": answer for number, answer in enumerate(pages, 1)}}


def test_asks_the_first_page_at_the_largest_size_and_keeps_the_query() -> None:
    assert identities(CHECK) == {"find-victim": "zeta", "page-1": "acme"}
    assert steps(CHECK)["page-1"].request.query == {"order": "id", "page": 1, "page_size": 2}


def test_asks_the_list_as_it_is_where_it_has_no_pages() -> None:
    orders = isolation("list", GRAPHQL)
    answer = said({"data": {"orders": [{"id": 1, "mail": ACME}] * 5}})

    assert steps(orders)["page-1"].request == orders.resource.list.request  # type: ignore[union-attr]
    assert passes(orders, {"find-victim": said({"data": {"orders": [{"id": 2}]}}), "page-1": answer})


def test_asks_on_as_long_as_pages_are_full() -> None:
    assert passes(CHECK, heard(page(lead(), lead()), page(lead(), lead()), page(lead(ACME))))
    assert passes(CHECK, heard(page(lead(), lead(ACME)), page()))


def test_stops_after_fifty_pages() -> None:
    full = page(lead(ACME), lead()).to(steps(CHECK)["page-1"])
    answers = Answers({f"page-{number}": full for number in range(1, 51)})

    assert lists.follow(CHECK, setting(), answers) == ()


@pytest.mark.parametrize("other", [1, 2])
def test_the_sentinel_of_another_on_any_page_is_a_leak(other: int) -> None:
    pages = [page(lead(ACME), lead()), page(lead())]
    pages[other - 1] = page(lead(ACME), lead(f"Sentinel {ZETA}"))

    found = fails(CHECK, heard(*pages, *([page()] if other == 2 else [])))

    assert (found.reason, found.step) == (Reason.LEAK, f"page-{other}")
    assert found.seen == f"the sentinel of zeta is on page-{other}"
    assert found.cause.startswith("shop lists without choosing the tenant")


def test_a_record_that_says_it_is_anothers_is_a_leak() -> None:
    found = fails(CHECK, heard(page(lead(ACME), lead(tenant="zeta")), page()))

    assert (found.reason, found.seen) == (Reason.LEAK, "1 records on page-1 say that they belong to zeta")


def test_a_third_tenants_record_and_odd_items_accuse_nobody() -> None:
    assert passes(CHECK, heard(page(lead(ACME), "odd"), page(lead(tenant="other"))))


COUNTED = isolation("list", {**REST, "list": {**REST["list"], "count": "$.count"}})


def counted(count: Any) -> dict[str, Said]:
    first = {"results": [lead(ACME), lead()], "count": count}
    return heard(said(first), page(lead()))


@pytest.mark.parametrize("count", [3, 8, 0, None, "90"])
def test_a_count_near_the_records_on_all_pages_passes(count: Any) -> None:
    assert passes(COUNTED, counted(count))


@pytest.mark.parametrize("count", [9, 90])
def test_a_count_of_more_records_than_the_pages_hold_is_a_leak(count: int) -> None:
    found = fails(COUNTED, counted(count))

    assert (found.reason, found.step) == (Reason.LEAK, "page-1")
    assert found.seen == f"the list states {count} records and holds 3"
    assert found.cause.startswith("shop counts before it chooses the tenant")


def test_a_list_without_a_count_is_not_counted() -> None:
    assert passes(CHECK, counted(90))


@pytest.mark.parametrize("victim", [said({"results": []}), said({}, 500), silent()])
def test_nothing_is_proven_when_the_victim_has_no_sentinel(victim: Said) -> None:
    assert unproven(CHECK, heard(page(lead(ACME)), victim=victim)).step == "find-victim"


def test_nothing_is_proven_when_the_own_sentinel_is_on_no_page() -> None:
    found = unproven(CHECK, heard(page(lead())))

    assert (found.step, found.seen) == ("page-1", "no page holds the sentinel of acme")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (page(status=500), "500"),
        (silent(), "connection refused"),
        (page(lead(), trouble=Trouble(Reason.TRUNCATED, "10 of 20 bytes")), "200, but 10 of 20 bytes"),
    ],
)
def test_nothing_is_proven_when_a_page_did_not_come_whole(answer: Said, told: str) -> None:
    found = unproven(CHECK, heard(page(lead(ACME), lead()), answer))

    assert (found.step, found.seen) == ("page-2", f"control 'page-2': {told}")
