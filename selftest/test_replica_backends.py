"""The small backends: what they answer when they are well, and what each fault changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from replica import catalog
from selftest.replica_light import A, B, Platform, running

PARTS = ("quanttrade", "amazon-sourcing", "business-directory", "coreldove-backend")
PARTS_SAY = {"quanttrade-backend", "amazon-sourcing", "business-directory-backend", "coreldove-backend"}
HEALTH = {part: (part, "/health") for part in PARTS}
STRATEGIES, MARKET = ("quanttrade", "/strategies"), ("quanttrade", "/market-data/NONE")
SEARCH = ("amazon-sourcing", "/api/v1/products/search?q=yoga")
NOTHING = ("amazon-sourcing", "/api/v1/products/search?q=nothing-like-it")
BUSINESSES = "/api/v1/businesses"
LISTINGS = ("business-directory", f"{BUSINESSES}/search")
TYPO = ("business-directory", "/api/v1/businesses/search?q=Harbor+Bakry")
PRODUCTS = ("coreldove-backend", "/api/v1/products")
LISTS = (STRATEGIES, LISTINGS, PRODUCTS)
ORDER = ("coreldove-backend", "/api/v1/orders/T3JkZXI6MDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAw")

Seen = Callable[[Platform], Any]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("state"), light=("auth", "saleor", *PARTS)) as started:
        yield started


def ask(platform: Platform, where: tuple[str, str], tenant: str = A.id) -> httpx.Response:
    return platform.client.get(platform.url(*where), headers=platform.bearer(tenant))


def status(*places: tuple[str, str]) -> Seen:
    return lambda platform: [ask(platform, place).status_code for place in places]


def health(*keys: str) -> Seen:
    """What the healths of all parts say under those keys."""
    return lambda p: {
        ask(p, place).json()[key] for place in HEALTH.values() for key in keys if key in ask(p, place).json()
    }


def count(where: tuple[str, str], key: str) -> Seen:
    return lambda platform: len(ask(platform, where).json()[key])


def reads_of_others(list_at: tuple[str, str], key: str, path: str) -> Seen:
    """The statuses that A gets for each record of B."""

    def seen(platform: Platform) -> set[int]:
        ids = [one["id"] for one in ask(platform, list_at, B.id).json()[key]]
        return {ask(platform, (list_at[0], path.format(id=id))).status_code for id in ids}

    return seen


def others_denied(platform: Platform) -> list[set[int]]:
    read = [(STRATEGIES, "strategies", "/strategies/{id}/backtest"), (LISTINGS, "businesses", f"{BUSINESSES}/{{id}}")]
    return [reads_of_others(*one)(platform) for one in read]


def totals(platform: Platform) -> list[list[int]]:
    """What both lists state, whole and searched for the sentinel."""
    asked = [(STRATEGIES, "search"), (LISTINGS, "q")]
    return [
        [ask(platform, (part, f"{path}{query}")).json()["count"] for query in ("", f"?{key}={A.sentinel}")]
        for (part, path), key in asked
    ]


# What is asked, what a healthy replica says, and what it says under the fault.
FAULTS: dict[str, tuple[Seen, Any, Any]] = {
    "quanttrade-database-gone": (status(HEALTH["quanttrade"], STRATEGIES), [200, 200], [503, 503]),
    "quanttrade-lists-all": (count(STRATEGIES, "strategies"), 4, 8),
    "quanttrade-canned-market": (status(MARKET), [404], [200]),
    "quanttrade-backtest-any": (
        reads_of_others(STRATEGIES, "strategies", "/strategies/{id}/backtest"), {404}, {200},
    ),
    "coreldove-backend-saleor-lost": (status(HEALTH["coreldove-backend"], PRODUCTS), [200, 200], [503, 503]),
    "coreldove-backend-mock": (lambda p: ask(p, PRODUCTS).json().get("source"), None, "mock_backend"),
    "coreldove-backend-any-order": (status(ORDER), [404], [200]),
    "amazon-sourcing-database-gone": (status(HEALTH["amazon-sourcing"], SEARCH), [200, 200], [503, 503]),
    "amazon-sourcing-refused": (status(HEALTH["amazon-sourcing"], SEARCH), [200, 200], [200, 503]),
    "amazon-sourcing-placeholders": (lambda p: ask(p, SEARCH).json()["products"][0]["validated"], True, False),
    "amazon-sourcing-search-ignored": (count(NOTHING, "products"), 0, 5),
    "business-directory-database-gone": (status(HEALTH["business-directory"], LISTINGS), [200, 200], [503, 503]),
    "business-directory-fallback": (lambda p: ask(p, LISTINGS).json()["businesses"][0]["id"][:9] == "fallback_",
                                    False, True),
    "business-directory-lists-all": (count(LISTINGS, "businesses"), 4, 8),
    "business-directory-no-trigrams": (count(TYPO, "businesses"), 1, 0),
    "business-directory-read-any": (
        reads_of_others(LISTINGS, "businesses", f"{BUSINESSES}/{{id}}"), {404}, {200},
    ),
    "quanttrade-market-lost": (status(("quanttrade", "/market-data/AAPL")), [200], [503]),
    "business-directory-no-categories": (count(("business-directory", "/api/v1/categories"), "categories"), 4, 0),
    "coreldove-backend-copies": (lambda p: ask(p, PRODUCTS).json()["products"][0]["id"][:10], "UHJvZHVjdD", "1"),
    "backends-stale": (lambda p: [A.sentinel in ask(p, place).text for place in LISTS], [True] * 3, [False] * 3),
    "backends-look-first": (others_denied, [{404}, {404}], [{403}, {403}]),
    "backends-filter-late": (totals, [[4, 1]] * 2, [[8, 1]] * 2),
    "backends-other-program": (health("service"), PARTS_SAY, {"temporal-integration"}),
    "backends-component-disconnected": (health("database", "saleor"), {"connected"}, {"disconnected"}),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(platform: Platform, fault: str) -> None:
    seen, well, broken = FAULTS[fault]

    assert platform.seen(fault, seen) == (well, broken)


def test_a_late_filter_denies_late(platform: Platform) -> None:
    place = STRATEGIES[0], f"/strategies/{ask(platform, STRATEGIES, B.id).json()['strategies'][0]['id']}/backtest"
    with platform.fault("backends-filter-late"):
        denied = ask(platform, place)

    assert (denied.status_code, denied.elapsed.total_seconds() >= 0.2) == (404, True)


@pytest.mark.parametrize("part", PARTS)
def test_each_can_be_absent(platform: Platform, part: str) -> None:
    with platform.fault(f"{part}-down"), pytest.raises(httpx.TransportError):
        ask(platform, HEALTH[part])


@pytest.mark.parametrize("where", [STRATEGIES, SEARCH, LISTINGS, PRODUCTS], ids=lambda where: where[0])
def test_nobody_is_answered_without_a_token(platform: Platform, where: tuple[str, str]) -> None:
    assert platform.client.get(platform.url(*where)).status_code == 401


def test_the_shop_shows_each_tenant_its_products_of_saleor(platform: Platform) -> None:
    for tenant in (A, B):
        slugs = {one["slug"] for one in ask(platform, PRODUCTS, tenant.id).json()["products"]}
        assert slugs & {A.sentinel, B.sentinel} == {tenant.sentinel}


def test_a_portfolio_is_worth_the_last_prices(platform: Platform) -> None:
    told = ask(platform, ("quanttrade", "/portfolio")).json()

    assert told["value"] == round(10 * 222.8 + 20 * 444.0 + 30 * 256.3, 2)


def test_every_fault_of_these_parts_is_asked_about_here() -> None:
    names = {fault.name for fault in catalog.faults().values() if fault.part == "backends"}

    assert names == {*FAULTS, *(f"{part}-down" for part in PARTS)}
