"""The apps below a path of a host: what they answer when they are well, and what each fault changes."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from replica import catalog
from replica.storefront.brands import APPS, BRANDS, Brand
from selftest.replica_light import A, Platform, running

HOST, SHOP, GAMING = (brand.host for brand in BRANDS)
PRODUCTS = "/api/brain/saleor/products"
QUANTTRADE, PORTAL, ADMIN, DIRECTORY = (app.prefix for app in APPS)
STRATEGIES = f"{QUANTTRADE}/api/brain/quanttrade/strategies"
LISTINGS = f"{DIRECTORY}/api/brain/business-directory/businesses/search"
LEADS = f"{PORTAL}/api/brain/django-crm/leads"
PARTS = ("https", "gateway", "auth", "quanttrade", "business-directory")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("state"), light=PARTS, crm=("crm",)) as started:
        yield started


def ask(platform: Platform, path: str, tenant: str = "", host: str = HOST) -> httpx.Response:
    context = ssl.create_default_context(cafile=platform.state / "ca.pem")
    headers = {"Host": host, **(platform.bearer(tenant) if tenant else {})}
    with httpx.Client(verify=context, trust_env=False, timeout=10) as client:
        url = f"https://127.0.0.1:{platform.ports['https']}{path}"
        return client.get(url, headers=headers, extensions={"sni_hostname": host})


def status(path: str, tenant: str = "", host: str = HOST) -> Callable[[Platform], int]:
    return lambda platform: ask(platform, path, tenant, host).status_code


def holds(path: str, word: str, tenant: str = "") -> Callable[[Platform], bool]:
    return lambda platform: word in ask(platform, path, tenant).text


def each(seen: Callable[[Platform, Brand], Any]) -> Callable[[Platform], set[Any]]:
    """What is seen of the apps whose page anybody may see."""
    return lambda platform: {seen(platform, app) for app in APPS if app.prefix != ADMIN}


def script(platform: Platform, app: Brand) -> str:
    """The app's script that knows where the gateway is."""
    page = ask(platform, app.prefix).text
    named = (part.split('"')[0] for part in page.split('src="'))
    return ask(platform, next(path for path in named if "/_app-" in path)).text


# What is asked, what a healthy replica says, and what it says under the fault.
FAULTS: dict[str, tuple[Callable[[Platform], Any], Any, Any]] = {
    "apps-home": (each(lambda p, app: app.name in ask(p, app.prefix).text), {True}, {False}),
    "quanttrade-frontend-gateway-lost": (status(STRATEGIES, A.id), 200, 502),
    "apps-assets-at-root": (each(lambda p, app: f'"{app.prefix}/_next/' in ask(p, app.prefix).text), {True}, {False}),
    "client-portal-fallback-leads": (holds(LEADS, '"lead-1"', A.id), False, True),
    "apps-script-empties": (each(lambda p, app: "replaceChildren" in script(p, app)), {False}, {True}),
    "client-portal-gateway-lost": (status(f"{PORTAL}/api/health"), 200, 503),
    "admin-dashboard-open": (status(ADMIN), 307, 200),
    "admin-dashboard-wrong-app": (holds(f"{ADMIN}/api/health", "admin-dashboard"), True, False),
    "admin-dashboard-gateway-lost": (status(f"{ADMIN}/api/health"), 200, 503),
    "business-directory-frontend-absent": (status(DIRECTORY), 200, 404),
    "apps-down": (each(lambda p, app: ask(p, app.prefix).status_code), {200}, {502}),
    "apps-internal-name": (each(lambda p, app: "bizosaas-brain" in script(p, app)), {False}, {True}),
    "business-directory-frontend-gateway-lost": (status(LISTINGS, A.id), 200, 502),
    "coreldove-frontend-gateway-lost": (status("/api/brain/health", host=SHOP), 200, 502),
    "coreldove-frontend-fallback-products": (lambda p: "fallback-1" in ask(p, PRODUCTS, host=SHOP).text, False, True),
    "thrillring-gaming-gateway-lost": (status("/api/brain/health", host=GAMING), 200, 502),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(platform: Platform, fault: str) -> None:
    seen, well, broken = FAULTS[fault]

    assert platform.seen(fault, seen) == (well, broken)


def test_the_apps_run_a_development_server_where_the_storefronts_do(platform: Platform) -> None:
    development = each(lambda p, app: f"{app.prefix}/_next/static/development/" in ask(p, app.prefix).text)

    assert platform.seen("storefronts-dev-build", development) == ({False}, {True})


def test_each_app_has_its_path_and_the_brand_the_rest(platform: Platform) -> None:
    for app in APPS:
        assert ask(platform, f"{app.prefix}/api/health").json()["service"] == app.service
    assert ask(platform, "/loginx").status_code == 404
    assert ask(platform, "/api/health").json()["service"] == BRANDS[0].service


def test_the_data_behind_a_page_is_the_gateways_answer_to_whoever_asks(platform: Platform) -> None:
    assert ask(platform, STRATEGIES).status_code == 401
    assert ask(platform, STRATEGIES, A.id).json()["count"] == 4


def test_every_fault_of_these_apps_is_asked_about_here() -> None:
    assert set(FAULTS) == {fault.name for fault in catalog.faults().values() if fault.part == "paths"}
