"""T6, T9: lists of a tenant hold no record of another, on any page, at the largest page size."""

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
    silent,
    steps,
    unproven,
)
from stagecheck.exchange import Trouble
from stagecheck.outcome import Reason

CHECK = isolation("list")


def page(*items: Any, status: int = 200, **more: Any) -> Said:
    return said({"results": list(items)}, status, **more)


def lead(name: str = "Somebody", tenant: str = "acme") -> dict[str, str]:
    return {"name": name, "tenant_id": tenant}


def heard(*pages: Said) -> dict[str, Said]:
    return {f"page-{number}": answer for number, answer in enumerate(pages, 1)}


def test_asks_the_first_page_at_the_largest_size_and_keeps_the_query() -> None:
    assert identities(CHECK) == {"page-1": "acme"}
    assert steps(CHECK)["page-1"].request.query == {"order": "id", "page": 1, "page_size": 2}


def test_asks_the_list_as_it_is_where_it_has_no_pages() -> None:
    orders = isolation("list", {name: word for name, word in GRAPHQL.items() if name != "page"})
    answer = said({"data": {"orders": [{"id": 1, "mail": ACME}] * 5}})

    assert steps(orders)["page-1"].request == orders.resource.list.request  # type: ignore[union-attr]
    assert passes(orders, {"page-1": answer})


def test_asks_on_as_long_as_pages_are_full() -> None:
    assert passes(CHECK, heard(page(lead(), lead()), page(lead(), lead()), page(lead(ACME))))
    assert passes(CHECK, heard(page(lead(), lead(ACME)), page()))


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


MORE_LISTS = {"by-name": {"request": {"path": "/leads", "query": {"o": "name"}}}}
MORE = isolation("more-lists", {**REST, "more_lists": MORE_LISTS})


def test_every_other_way_to_the_records_is_asked_once_by_its_name() -> None:
    assert identities(MORE) == {"by-name": "acme"}
    assert steps(MORE)["by-name"].request.query == {"o": "name"}
    assert passes(MORE, {"by-name": page(lead(ACME))})


def test_each_of_several_ways_is_looked_at() -> None:
    export = {"request": {"path": "/leads.csv"}}
    several = isolation("more-lists", {**REST, "more_lists": {"export": export, **MORE_LISTS}})

    assert passes(several, {"export": page(lead(ACME)), "by-name": page(lead(ACME))})
    assert unproven(several, {"export": page(lead(ACME)), "by-name": page(lead())}).step == "by-name"
    assert fails(several, {"export": page(lead(ACME)), "by-name": page(lead(ACME), lead(ZETA))}).step == "by-name"


def test_another_order_or_an_export_with_anothers_sentinel_is_a_leak() -> None:
    found = fails(MORE, {"by-name": said(f"1,{ACME}\n2,{ZETA}\n".encode(), type="text/csv")})

    assert (found.reason, found.step, found.seen) == (Reason.LEAK, "by-name", "the sentinel of zeta is in it")


@pytest.mark.parametrize("answer", [page(lead()), page(lead(ACME), status=500), silent()])
def test_a_way_that_does_not_show_ones_own_sentinel_proves_nothing(answer: Said) -> None:
    assert unproven(MORE, {"by-name": answer}).step == "by-name"
