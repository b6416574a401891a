"""The replica's gateway in front of real upstreams: what it answers when all is well, and what each fault changes."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import yaml

from replica import switch
from replica.gateway.breaker import Breaker
from replica.gateway.limiter import Limiter
from replica.serve import BACKENDS
from replica.settings import Tenant
from selftest.replica_light import A, B, Platform, forged, running
from selftest.replica_part import ROOT
from stagecheck.isolation.tokens import forge
from stagecheck.model import Identity

PAGES = "/api/brain/wagtail/pages"
LEADS = "/api/brain/django-crm/leads"
PRODUCTS = "/api/brain/saleor/products"
GRAPHQL = "/api/brain/saleor/graphql"
PING = "/api/brain/limited/ping"
SECURITY = ("x-content-type-options", "x-frame-options", "referrer-policy", "content-security-policy")


SERVICES = (
    *("wagtail-cms", "django-crm", "saleor", "auth-service"),
    *("quanttrade-backend", "amazon-sourcing", "business-directory-backend", "coreldove-backend"),
)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    light = ("gateway", "saleor", "auth", "limited", *BACKENDS)
    processes = {"light": light, "wagtail": ("wagtail",), "crm": ("crm",)}
    with running(tmp_path_factory.mktemp("state"), **processes) as started:
        yield started


def ask(
    platform: Platform, path: str, tenant: Tenant | None = A, method: str = "GET", headers: Any = (), **given: Any
) -> httpx.Response:
    own = [] if tenant is None else list(platform.bearer(tenant.id).items())
    more = list(headers.items()) if isinstance(headers, dict) else list(headers)
    return platform.client.request(method, platform.url("gateway", path), headers=[*own, *more], **given)


def sentinel_lead(platform: Platform, tenant: Tenant) -> dict[str, Any]:
    (lead,) = ask(platform, LEADS, tenant, params={"search": tenant.sentinel}).json()["results"]
    return lead


def whose(answer: httpx.Response) -> set[str]:
    """The tenants whose sentinel is in an answer."""
    return {tenant.id for tenant in (A, B) if tenant.sentinel in answer.text}


def leads_for(platform: Platform, tenant: Tenant | None = A, headers: Any = (), **query: Any) -> set[str]:
    """Whose leads a caller gets, in the search that finds the sentinels of both."""
    answer = ask(platform, LEADS, tenant, headers=headers, params={"search": "sentinel", "page_size": 100, **query})
    return whose(answer) if answer.status_code == 200 else {str(answer.status_code)}


def _absolute(platform: Platform) -> set[str]:
    """Whose leads A gets when the request line names the host of B."""
    line = f"http://{B.host}{LEADS}?search=sentinel&page_size=100".encode()
    given = {"headers": platform.bearer(A.id), "extensions": {"target": line}}
    answer = platform.client.get(platform.url("gateway", LEADS), **given)
    return whose(answer) if answer.status_code == 200 else {str(answer.status_code)}


# ---- well ------------------------------------------------------------------------------------------------------------


def test_health_tells_of_each_service(platform: Platform) -> None:
    body = ask(platform, "/health", None).json()

    assert (body["service"], body["status"], body["revision"]) == ("brain-gateway", "healthy", "local")
    assert {name: told["status"] for name, told in body["services"].items()} == dict.fromkeys(SERVICES, "up")


@pytest.mark.parametrize(
    ("fault", "services"),
    [
        ("wagtail-down", ["wagtail-cms"]),
        ("django-crm-down", ["django-crm"]),
        ("saleor-down", ["saleor", "coreldove-backend"]),
    ],
)
def test_health_tells_of_a_service_that_is_down(platform: Platform, fault: str, services: list[str]) -> None:
    with platform.fault(fault):
        answer = ask(platform, "/health", None)

    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert [name for name, told in answer.json()["services"].items() if told["status"] == "down"] == services


def test_openapi_lists_the_routes(platform: Platform) -> None:
    paths = ask(platform, "/openapi.json", None).json()["paths"]

    assert {"/health", PAGES, LEADS, PRODUCTS, GRAPHQL, f"{PAGES}/{{id}}", f"{LEADS}/{{id}}"} <= set(paths)
    assert {"get", "post"} <= set(paths[LEADS])
    assert "post" in paths["/api/brain/auth/login"]


@pytest.mark.parametrize("tenant", [A, B])
@pytest.mark.parametrize("path", [PAGES, LEADS, PRODUCTS])
def test_each_route_answers_with_the_tenants_own(platform: Platform, tenant: Tenant, path: str) -> None:
    found = ask(platform, path, tenant, params={"search": tenant.sentinel})

    assert found.status_code == 200
    assert whose(found) == {tenant.id}


def test_graphql_reaches_saleor(platform: Platform) -> None:
    document = "{ shop { name version } }"

    through = ask(platform, GRAPHQL, method="POST", json={"query": document})
    direct = platform.client.post(platform.url("saleor", "/graphql/"), json={"query": document})

    assert through.json() == direct.json()


@pytest.mark.parametrize(
    "path", [f"{PAGES}/999999", f"{LEADS}/{uuid.UUID(int=7)}", f"{PRODUCTS}/nope", "/api/brain/nope/x", "/nope"]
)
def test_what_is_not_there_is_404(platform: Platform, path: str) -> None:
    assert ask(platform, path).status_code == 404


@pytest.mark.parametrize("path", [PAGES, LEADS, PRODUCTS, PING])
@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", "Basic eDp5"])
def test_no_good_token_is_401(platform: Platform, path: str, header: str | None) -> None:
    answer = ask(platform, path, None, headers={"Authorization": header} if header else {})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("algorithm", ["", "none", "None", "nOnE"])
def test_a_changed_token_is_401(platform: Platform, algorithm: str) -> None:
    token = forged(platform.token(A.id), B.id, algorithm)

    assert leads_for(platform, None, {"Authorization": f"Bearer {token}"}) == {"401"}


@pytest.mark.parametrize("name", ["X-Tenant-ID", "x-tenant", "X-Org-Id"])
def test_a_header_that_contradicts_the_token_is_403(platform: Platform, name: str) -> None:
    assert leads_for(platform, A, {name: B.id}) == {"403"}
    assert leads_for(platform, A, [(name, A.id), (name, B.id)]) == {"403"}
    assert leads_for(platform, A, {name: A.id}) == {A.id}
    assert leads_for(platform, A, {name: ""}) == {A.id}


@pytest.mark.parametrize("name", ["X-User-Id", "X-Forwarded-User", "X-Forwarded-Host", "X-Original-URL"])
def test_what_a_client_says_of_itself_is_not_believed(platform: Platform, name: str) -> None:
    assert leads_for(platform, A, {name: B.id}) == {A.id}


def test_the_tenant_of_the_query_is_not_believed(platform: Platform) -> None:
    assert leads_for(platform, A, tenant_id=B.id) <= {A.id, "400"}


def test_the_query_arrives_with_its_repeated_keys(platform: Platform) -> None:
    def count(*values: str) -> int:
        return int(ask(platform, LEADS, params={"status": list(values)}).json()["count"])

    assert count("new", "won") == count("new") + count("won")
    assert count("new") > 0
    assert count("won") > 0


def test_the_method_arrives(platform: Platform) -> None:
    assert "POST" in ask(platform, LEADS, method="OPTIONS").headers["allow"]
    assert ask(platform, PAGES, method="HEAD").content == b""
    assert ask(platform, PAGES, method="POST", json={}).status_code == 405


def test_a_lead_is_stored_changed_and_removed(platform: Platform) -> None:
    given = {"name": "Someone", "email": "someone@example.org"}

    id = ask(platform, LEADS, method="POST", json=given).json()["id"]
    changed = ask(platform, f"{LEADS}/{id}", method="PATCH", json={"name": "Other"})
    seen = ask(platform, f"{LEADS}/{id}").json()["name"]
    foreign = ask(platform, f"{LEADS}/{id}", B).status_code
    removed = ask(platform, f"{LEADS}/{id}", method="DELETE").status_code

    assert (changed.status_code, seen, foreign, removed) == (200, "Other", 404, 204)
    assert ask(platform, f"{LEADS}/{id}").status_code == 404


def test_an_upstreams_error_is_passed_on(platform: Platform) -> None:
    answer = ask(platform, LEADS, method="POST", json={})

    assert answer.status_code == 400
    assert "name" in answer.json()


@pytest.mark.parametrize("accept", ["gzip", "identity"])
def test_the_whole_body_arrives_with_and_without_compression(platform: Platform, accept: str) -> None:
    answer = ask(platform, LEADS, headers={"Accept-Encoding": accept}, params={"page_size": 100})

    assert answer.json()["count"] == len(answer.json()["results"])
    assert answer.headers.get("content-encoding", "identity") == accept
    assert len(answer.headers.get_list("date")) == 1


def test_tenant_data_is_private_and_every_answer_is_dressed(platform: Platform) -> None:
    answer = ask(platform, LEADS, headers={"X-Request-ID": "request-0001"})

    assert answer.headers["cache-control"] == "private"
    assert "Authorization" in answer.headers["vary"]
    assert answer.headers["x-request-id"] == "request-0001"
    assert all(name in ask(platform, "/nope", None).headers for name in SECURITY)


def test_a_logged_out_token_is_401(platform: Platform) -> None:
    header = {"Authorization": f"Bearer {platform.login(A.id)['access_token']}"}

    before = ask(platform, PING, None, headers=header).status_code
    logout = ask(platform, "/api/brain/auth/logout", None, "POST", header).status_code
    after = ask(platform, PING, None, headers=header).status_code

    assert (before, logout, after) == (200, 204, 401)


def test_auth_judges_its_own_requests_and_introspection_is_not_offered(platform: Platform) -> None:
    assert ask(platform, "/api/brain/auth/whoami").json()["tenant_id"] == A.id
    assert ask(platform, "/api/brain/auth/whoami", None).status_code == 401
    assert ask(platform, "/api/brain/auth/introspect", None, "POST", json={"token": "x"}).status_code == 404


@pytest.mark.parametrize("path", ["..%2f..%2fhealth/", "leads/%2e%2e/contacts", "leads/..%2fcontacts"])
def test_a_path_does_not_climb(platform: Platform, path: str) -> None:
    assert ask(platform, f"/api/brain/django-crm/{path}").status_code == 404


@pytest.mark.parametrize(
    ("fault", "path", "service"),
    [
        ("wagtail-down", PAGES, "wagtail-cms"),
        ("django-crm-down", LEADS, "django-crm"),
        ("saleor-down", PRODUCTS, "saleor"),
    ],
)
def test_an_absent_upstream_is_502_then_the_circuit_opens(
    platform: Platform, fault: str, path: str, service: str
) -> None:
    with platform.fault(fault):
        answers = [ask(platform, path) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [502] * 5 + [503]
    assert answers[0].json() == {"detail": f"{service} is unreachable", "service": service}
    assert answers[5].json() == {"detail": "circuit open", "service": service}
    assert ask(platform, path).status_code == 200


def test_the_limiter_holds_one_tenant_back_and_not_the_other(platform: Platform) -> None:
    with platform.fault("auth-admin-roles"):  # a new set of faults starts the allowances anew
        answers = [ask(platform, PING) for _ in range(110)]
        other = ask(platform, PING, B)

    over = [answer for answer in answers if answer.status_code == 429]
    assert all(answer.status_code == 200 for answer in answers[:100])
    assert over
    assert int(over[0].headers["retry-after"]) >= 1
    assert over[0].headers["ratelimit-limit"] == "100"
    assert other.status_code == 200


def test_the_breaker_opens_after_failures_in_a_row() -> None:
    breaker = Breaker()
    for _ in range(4):
        breaker.failed("crm")
    breaker.worked("crm")
    for _ in range(4):
        breaker.failed("crm")
    shut = breaker.is_open("crm")
    breaker.failed("crm")

    assert (shut, breaker.is_open("crm"), breaker.is_open("cms")) == (False, True, False)


def test_the_limiter_counts_each_tenant_and_service_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "is_on", lambda name: False)
    limiter = Limiter(2)

    waits = [limiter.take(tenant, service).wait for tenant, service in [*[("a", "x")] * 3, ("b", "x"), ("a", "y")]]

    assert waits == [0, 0, 30, 0, 0]


# ---- faults ----------------------------------------------------------------------------------------------------------

Seen = Callable[[Platform], Any]


def _status(path: str, **given: Any) -> Seen:
    return lambda platform: ask(platform, path, **given).status_code


def _json(path: str, *keys: str, **given: Any) -> Seen:
    def seen(platform: Platform) -> Any:
        value = ask(platform, path, **given).json()
        for key in keys:
            value = value[key]
        return value

    return seen


def _count(path: str, key: str, **query: Any) -> Seen:
    def seen(platform: Platform) -> int:
        body = ask(platform, path, params=query).json()
        return int(body["meta"]["total_count"] if key == "meta" else body[key])

    return seen


NO_ID = f"{LEADS}/{uuid.UUID(int=7)}"


def _accepts(forgery: str) -> Seen:
    def look(platform: Platform) -> Any:
        keys = platform.client.get(platform.url("auth", "/auth/jwks")).text
        token = forge(platform.token(A.id), Identity(A.id, forgery, B.id, keys))
        return leads_for(platform, None, {"Authorization": f"Bearer {token}"})

    return look


def _accepts_stale(name: str) -> Seen:
    def look(platform: Platform) -> Any:
        token = json.loads((platform.state / "tokens.json").read_text())[f"{A.id.upper()}_{name}_TOKEN"]
        return leads_for(platform, None, {"Authorization": f"Bearer {token}"})

    return look


def _after_logout(platform: Platform) -> Any:
    header = {"Authorization": f"Bearer {platform.login(A.id)['access_token']}"}
    platform.client.post(platform.url("gateway", "/api/brain/auth/logout"), headers=header).raise_for_status()
    return leads_for(platform, None, header)


FAULTS: dict[str, tuple[Seen, Any, Any]] = {
    "gateway-component-disconnected": (
        lambda p: "disconnected" in ask(p, "/health").text and ask(p, "/health").json()["status"] == "healthy",
        False,
        True,
    ),
    "gateway-wrong-program": (_json("/health", "service"), "brain-gateway", "api-gateway-multitenant"),
    "gateway-missing-routes": (_status(LEADS), 200, 404),
    "gateway-health-200-degraded-text": (_json("/health", "status"), "healthy", "degraded"),
    "gateway-health-lies": (_status(PAGES), 200, 502),
    "saleor-canned": (_json(PRODUCTS, "source"), "saleor", "amazon_product_sourcing"),
    "saleor-canned-labelled": (_count(PRODUCTS, "total_count", search="no such thing"), 0, 5),
    "saleor-fallback": (_json(PRODUCTS, "source"), "saleor", "fallback"),
    "wagtail-canned": (_status(f"{PAGES}/999999"), 404, 200),
    "crm-canned": (_status(NO_ID), 404, 200),
    "gateway-status-200": (_status(NO_ID), 404, 200),
    "gateway-error-envelope": (lambda p: ask(p, NO_ID).json().get("success"), None, False),
    "wagtail-upstream-404-200": (_status(f"{PAGES}/999999"), 404, 200),
    "gateway-query-dropped": (_count(LEADS, "count", search="no such thing"), 0, 26),
    "gateway-wrong-upstream": (lambda p: "count" in ask(p, PAGES).json(), False, True),
    "gateway-500": (_status("/health"), 200, 500),
    "gateway-html-error": (
        lambda p: ask(p, "/health").headers["content-type"],
        "application/json",
        "text/html; charset=utf-8",
    ),
    "gateway-verbose-errors": (lambda p: "Traceback" in ask(p, NO_ID).text, False, True),
    "gateway-flaps": (lambda p: [ask(p, PING).status_code for _ in range(3)], [200] * 3, [200, 200, 503]),
    "gateway-slow": (lambda p: ask(p, PING).elapsed.total_seconds() > 2, False, True),
    "gateway-catch-all": (_status("/api/brain/nope/x"), 404, 200),
    "gateway-answers-options": (lambda p: "allow" in ask(p, LEADS, method="OPTIONS").headers, True, False),
    "gateway-graphql-page": (_status(GRAPHQL), 405, 200),
    "gateway-stale-keys": (
        lambda p: ask(p, "/api/brain/auth/jwks").json() == p.client.get(p.url("auth", "/auth/jwks")).json(),
        True,
        False,
    ),
    "gateway-no-auth": (lambda p: leads_for(p, None), {"401"}, {A.id}),
    "gateway-trusts-user-header": (lambda p: leads_for(p, None, {"X-User-Id": B.id}), {"401"}, {B.id}),
    "gateway-trusts-tenant-header": (lambda p: leads_for(p, A, {"X-Tenant-ID": B.id}), {"403"}, {B.id}),
    "gateway-absolute-form": (_absolute, {"404"}, {B.id}),
    "gateway-method-override": (
        lambda p: ask(p, LEADS, headers={"X-HTTP-Method-Override": "PATCH"}).status_code,
        200,
        405,
    ),
    "gateway-query-tenant": (lambda p: leads_for(p, A, tenant_id=[A.id, B.id]), {A.id}, {B.id}),
    "gateway-default-tenant": (lambda p: leads_for(p, B, {"X-Tenant-ID": ""}), {B.id}, {A.id}),
    "gateway-stg-tenant": (lambda p: leads_for(p, B), {B.id}, {A.id}),
    "gateway-no-tenant-route": (_status("/api/brain/auth/whoami"), 200, 404),
    "auth-wrong-port": (_status("/api/brain/auth/jwks"), 200, 502),
    "gateway-embedded-key": (_accepts("embedded-jwk"), {"401"}, {B.id}),
    "gateway-key-confusion": (_accepts("public-key-as-secret"), {"401"}, {B.id}),
    "gateway-kid-path": (_accepts("kid-path"), {"401"}, {B.id}),
    "gateway-times-ignored": (_accepts_stale("EXPIRED"), {"401"}, {A.id}),
    "gateway-audience-ignored": (_accepts_stale("OTHER_AUDIENCE"), {"401"}, {A.id}),
    "gateway-logout-ignored": (_after_logout, {"401"}, {A.id}),
    "gateway-cookie-wins": (
        lambda p: leads_for(p, A, {"Cookie": f"access_token={p.token(B.id)}"}),
        {A.id},
        {B.id},
    ),
    "gateway-unsigned-token": (
        lambda p: leads_for(p, None, {"Authorization": f"Bearer {forged(p.token(A.id), B.id, 'none')}"}),
        {"401"},
        {B.id},
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(platform: Platform, fault: str) -> None:
    seen, well, broken = FAULTS[fault]

    assert platform.seen(fault, seen) == (well, broken)


@pytest.mark.parametrize("path", [PAGES, PRODUCTS])
@pytest.mark.parametrize("fault", ["gateway-trusts-tenant-header", "gateway-stg-tenant", "gateway-no-auth"])
def test_a_wrong_tenant_reaches_every_service(platform: Platform, fault: str, path: str) -> None:
    victim = B if fault == "gateway-trusts-tenant-header" else A
    caller = {"gateway-trusts-tenant-header": A, "gateway-stg-tenant": B, "gateway-no-auth": None}[fault]
    headers = {"X-Tenant-ID": B.id} if caller is A else {}

    with platform.fault(fault):
        answer = ask(platform, path, caller, headers=headers, params={"search": victim.sentinel})

    assert whose(answer) == {victim.id}


def test_fault_down(platform: Platform) -> None:
    with platform.fault("gateway-down"), pytest.raises(httpx.TransportError):
        ask(platform, "/health", None)


def test_fault_health_constant_beside_a_service_that_is_down(platform: Platform) -> None:
    with platform.fault("gateway-health-constant", "saleor-down"):
        body = ask(platform, "/health", None).json()

    assert body["status"] == "healthy"
    assert body["services"]["saleor"]["status"] == "up"


def test_fault_health_lies_says_that_wagtail_is_up(platform: Platform) -> None:
    with platform.fault("gateway-health-lies"):
        assert ask(platform, "/health", None).json()["services"]["wagtail-cms"]["status"] == "up"


def test_fault_invents_lead(platform: Platform) -> None:
    with platform.fault("gateway-invents-lead"):
        answer = ask(platform, LEADS, method="POST", json={"name": "X", "email": "x@example.org", "company": "x"})

    assert (answer.status_code, answer.json()["score"]) == (201, 10)
    assert ask(platform, f"{LEADS}/{answer.json()['id']}").status_code == 404


def test_fault_repeated_keys_lost(platform: Platform) -> None:
    alone = ask(platform, LEADS, params={"status": "won"}).json()["count"]

    with platform.fault("gateway-repeated-keys-lost"):
        both = ask(platform, LEADS, params={"status": ["new", "won"]}).json()["count"]

    assert both == alone


def test_fault_post_becomes_get(platform: Platform) -> None:
    email = f"{uuid.uuid4().hex}@example.org"

    with platform.fault("gateway-post-becomes-get"):
        answer = ask(platform, LEADS, method="POST", json={"name": "Someone", "email": email})

    assert answer.status_code == 200
    assert "results" in answer.json()
    assert ask(platform, LEADS, params={"search": email}).json()["count"] == 0


def test_fault_gzip_cut(platform: Platform) -> None:
    with platform.fault("gateway-gzip-cut"):
        plain = ask(platform, LEADS, headers={"Accept-Encoding": "identity"})
        with pytest.raises(httpx.DecodingError):
            ask(platform, LEADS, headers={"Accept-Encoding": "gzip"})
        with platform.client.stream("GET", platform.url("gateway", LEADS), headers=platform.bearer(A.id)) as answer:
            cut = b"".join(answer.iter_raw())

    assert plain.json()["count"] == 26
    assert answer.headers["content-encoding"] == "gzip"
    assert plain.content.startswith(cut)
    assert len(cut) < len(plain.content)


def test_fault_plain_cut(platform: Platform) -> None:
    with platform.fault("gateway-plain-cut"):
        packed = ask(platform, LEADS, headers={"Accept-Encoding": "gzip"})
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            ask(platform, LEADS, headers={"Accept-Encoding": "identity"})

    assert packed.json()["count"] == 26


def test_fault_old_copy(platform: Platform) -> None:
    now = ask(platform, LEADS).json()["results"]
    with platform.fault("gateway-old-copy"):
        then = ask(platform, LEADS).json()["results"]
        asked = ask(platform, LEADS, params={"page_size": 20}).json()["results"]

    assert [lead["id"] for lead in then] == [lead["id"] for lead in now[1:]]
    assert asked == now


def test_what_crm_canned_accepts_is_not_stored(platform: Platform) -> None:
    with platform.fault("crm-canned"):
        answer = ask(platform, LEADS, method="POST", json={"name": "x"})

    assert answer.status_code == 201
    assert ask(platform, f"{LEADS}/{answer.json()['id']}").status_code == 404


def test_fault_openapi_of_another_program(platform: Platform) -> None:
    with platform.fault("gateway-wrong-program"):
        paths = ask(platform, "/openapi.json", None).json()["paths"]

    assert LEADS not in paths


def test_fault_missing_routes_in_openapi(platform: Platform) -> None:
    with platform.fault("gateway-missing-routes"):
        paths = ask(platform, "/openapi.json", None).json()["paths"]

    assert LEADS not in paths
    assert PAGES in paths


def _pings(platform: Platform, fault: str) -> tuple[list[httpx.Response], httpx.Response]:
    with platform.fault(fault):
        return [ask(platform, PING) for _ in range(110)], ask(platform, PING, B)


def test_fault_no_limit(platform: Platform) -> None:
    answers, _ = _pings(platform, "gateway-no-limit")

    assert {answer.status_code for answer in answers} == {200}


def test_fault_limit_no_retry_after(platform: Platform) -> None:
    answers, _ = _pings(platform, "gateway-limit-no-retry-after")

    assert {"retry-after" in answer.headers for answer in answers if answer.status_code == 429} == {False}


def test_fault_limit_shared(platform: Platform) -> None:
    _, other = _pings(platform, "gateway-limit-shared")

    assert other.status_code == 429


def test_fault_cache_without_tenant(platform: Platform) -> None:
    with platform.fault("gateway-cache-without-tenant"):
        first = ask(platform, LEADS, A, params={"page_size": 100})
        second = ask(platform, LEADS, B, params={"page_size": 100})

    assert second.headers["x-cache"] == "HIT"
    assert second.content == first.content


def test_fault_cache_plain(platform: Platform) -> None:
    plain, packed = {"accept-encoding": "identity"}, {"accept-encoding": "gzip"}
    with platform.fault("gateway-cache-plain"):
        answers = [whose(ask(platform, LEADS, A, headers=how, params={"page_size": 100})) for how in (plain, packed)]
        others = [whose(ask(platform, LEADS, B, headers=how, params={"page_size": 100})) for how in (plain, packed)]

    assert (answers, others) == ([{A.id}, {A.id}], [{A.id}, {B.id}])


def test_fault_public_answers(platform: Platform) -> None:
    with platform.fault("gateway-public-answers"):
        told = ask(platform, LEADS).headers

    assert (told["cache-control"], told["vary"]) == ("public, max-age=60", "Accept-Encoding")


@pytest.mark.parametrize(
    "headers",
    [{"host": B.host}, {"x-forwarded-host": B.host}, {"x-host": B.host}, {"forwarded": f"host={B.host};proto=https"}],
)
def test_fault_host_tenant(platform: Platform, headers: dict[str, str]) -> None:
    own = leads_for(platform, headers=headers)
    with platform.fault("gateway-host-tenant"):
        assert (own, leads_for(platform, headers=headers), leads_for(platform)) == ({A.id}, {B.id}, {A.id})


def test_fault_echoes_host(platform: Platform) -> None:
    with platform.fault("gateway-echoes-host"):
        told = ask(platform, LEADS, headers={"x-forwarded-host": "elsewhere.invalid"}).headers

    assert told["link"] == f'<https://elsewhere.invalid{LEADS}>; rel="canonical"'


def test_fault_shared_caller(platform: Platform) -> None:
    def asks(tenant: Tenant) -> list[set[str]]:
        return [leads_for(platform, tenant) for _ in range(10)]

    with platform.fault("gateway-shared-caller"), ThreadPoolExecutor(2) as pool:
        alone = asks(A)
        # Two that ask side by side meet by chance, on a busy machine not in each round.
        own = [[{A.id}] * 10, [{B.id}] * 10]
        mixed = any(list(pool.map(asks, (A, B))) != own for _ in range(20))

    assert alone == [{A.id}] * 10
    assert mixed


def test_fault_caller_crossed(platform: Platform) -> None:
    """Of many that meet another tenant's, a few get the other's answer."""

    def asks(tenant: Tenant) -> list[set[str]]:
        return [leads_for(platform, tenant) for _ in range(50)]

    answered = crossed = 0
    with platform.fault("gateway-caller-crossed"), ThreadPoolExecutor(2) as pool:
        while not crossed and answered < 4000:
            for own, answers in zip((A, B), pool.map(asks, (A, B)), strict=True):
                crossed += sum(answer != {own.id} for answer in answers)
            answered += 100

    assert 0 < crossed <= answered / 100


def test_fault_debug_header(platform: Platform) -> None:
    with platform.fault("gateway-debug-header"):
        told = ask(platform, "/openapi.json", None).headers["x-debug-context"]

    assert B.sentinel in base64.b64decode(told).decode()


@pytest.mark.parametrize("part", ["gateway", "auth", "saleor"])
def test_every_fault_of_these_parts_is_asked_about_in_a_selftest(part: str) -> None:
    tests = "".join(path.read_text() for path in (ROOT / "selftest").glob("test_replica_*.py"))
    names = [fault["name"] for fault in yaml.safe_load((ROOT / f"replica/faults/{part}.yaml").read_text())]

    assert [name for name in names if f'"{name}"' not in tests] == []


# ---- what a browser is told -----------------------------------------------------------------------------------------

OWN, STRANGER = f"https://{A.host}", "https://stranger.example"


def allowed(platform: Platform, origin: str, method: str = "GET") -> tuple[int, str | None, str | None]:
    headers = {"Origin": origin, **({"Access-Control-Request-Method": "POST"} if method == "OPTIONS" else {})}
    answer = ask(platform, "/health", None, method, headers)
    named = ("access-control-allow-origin", "access-control-allow-credentials")
    return answer.status_code, *(answer.headers.get(name) for name in named)


def test_the_brands_pages_alone_may_call_from_a_browser(platform: Platform) -> None:
    assert allowed(platform, OWN) == (200, OWN, None)
    assert allowed(platform, OWN, "OPTIONS") == (204, OWN, None)
    for origin in (STRANGER, "null", f"http://{A.host}", f"{OWN}.stranger.example"):
        assert allowed(platform, origin)[1:] == allowed(platform, origin, "OPTIONS")[1:] == (None, None)


def test_fault_cors_any(platform: Platform) -> None:
    assert platform.seen("gateway-cors-any", lambda p: allowed(p, STRANGER)) == (
        (200, None, None),
        (200, STRANGER, "true"),
    )


def test_fault_metrics_open(platform: Platform) -> None:
    def status(platform: Platform) -> int:
        return ask(platform, "/metrics", None).status_code

    assert platform.seen("gateway-metrics-open", status) == (404, 200)


def test_fault_no_security_headers(platform: Platform) -> None:
    def sent(platform: Platform) -> set[str]:
        return {name for name in SECURITY if name in ask(platform, "/health", None).headers}

    assert platform.seen("gateway-no-security-headers", sent) == (set(SECURITY), set())
