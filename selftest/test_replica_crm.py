"""The CRM of the replica: what it answers when it is well, and what each fault changes."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from replica.settings import TENANTS
from selftest.replica_part import ROOT, Running, running

BIZOHOLIC, CORELDOVE = TENANTS
LEADS = "/api/v1/leads/"
ACTIVITIES = "/api/v1/activities/"
NOBODY = str(uuid.UUID(int=7))


class Auth:
    """Stands for the auth service: signs tokens and publishes its keys; `rotate` makes a new one."""

    def __init__(self) -> None:
        self.rotate()
        auth = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(KeySet([auth.key]).as_dict(private=False)).encode()
                self.send_response(200 if self.path == "/auth/jwks" else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def rotate(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": uuid.uuid4().hex, "use": "sig", "alg": "RS256"})

    def token(self, tenant: str, key: RSAKey | None = None, **claims: Any) -> str:
        now = int(time.time())
        told = {"iss": "bizosaas-auth", "aud": "bizosaas", "sub": f"u-{tenant}", "tenant_id": tenant, "exp": now + 600}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, told | claims, key or self.key)


@pytest.fixture(scope="module")
def auth() -> Iterator[Auth]:
    auth = Auth()
    threading.Thread(target=auth.server.serve_forever, daemon=True).start()
    yield auth
    auth.server.shutdown()
    auth.server.server_close()


@pytest.fixture(scope="module")
def crm(auth: Auth, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running("crm", tmp_path_factory.mktemp("crm"), auth.server.server_port) as part:
        yield part


Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(crm: Running, auth: Auth) -> Ask:
    def ask(method: str, path: str, tenant: str = BIZOHOLIC.id, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {auth.token(tenant)}"} | more.pop("headers", {})
        return crm.client.request(method, path, headers=headers, **more)

    return ask


@pytest.fixture
def lead(ask: Ask) -> Iterator[dict[str, Any]]:
    """A lead of the first tenant, made for one test."""
    made = ask("POST", LEADS, json={"name": "Made up", "email": "made.up@example.org"}).json()
    yield made
    for tenant in TENANTS:
        ask("DELETE", f"{LEADS}{made['id']}/", tenant.id)


def names(answer: httpx.Response) -> list[str]:
    return [item["name"] for item in answer.json()["results"]]


def count(ask: Ask, **query: Any) -> int:
    return int(ask("GET", LEADS, params=query).json()["count"])


def sentinel_id(ask: Ask, tenant: Any, path: str = LEADS) -> str:
    return str(ask("GET", path, tenant.id, params={"search": tenant.sentinel}).json()["results"][0]["id"])


# ---- well -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["leads", "contacts", "activities"])
@pytest.mark.parametrize("tenant", TENANTS, ids=lambda tenant: tenant.id)
def test_the_sentinel_is_found_by_its_tenant_only(ask: Ask, tenant: Any, kind: str) -> None:
    counts = {
        asker.id: ask("GET", f"/api/v1/{kind}/", asker.id, params={"search": tenant.sentinel}).json()["count"]
        for asker in TENANTS
    }

    assert counts == {asker.id: int(asker is tenant) for asker in TENANTS}


def test_leads_come_in_two_pages(ask: Ask) -> None:
    first = ask("GET", LEADS).json()
    second = ask("GET", LEADS, params={"page": 2}).json()

    assert (first["count"], len(first["results"]), len(second["results"])) == (26, 20, 6)
    assert first["next"].endswith(f"{LEADS}?page=2")
    assert ask("GET", LEADS, params={"page": 3}).status_code == 404
    assert len(ask("GET", LEADS, params={"page_size": 1000}).json()["results"]) == 26


def test_tenants_share_no_lead(ask: Ask) -> None:
    one, other = (set(names(ask("GET", LEADS, t.id, params={"page_size": 100}))) for t in TENANTS)

    assert len(one) == len(other) == 26
    assert not one & other


def test_a_repeated_status_is_the_union(ask: Ask) -> None:
    new, won, both = count(ask, status="new"), count(ask, status="won"), count(ask, status=["new", "won"])

    assert 0 < won < new < both == new + won
    assert ask("GET", LEADS, params={"status": "nonsense"}).status_code == 400


def test_each_status_has_leads(ask: Ask) -> None:
    assert all(count(ask, status=status) for status in ("new", "contacted", "qualified", "won", "lost"))


def test_ordering(ask: Ask) -> None:
    found = names(ask("GET", LEADS, params={"ordering": "name", "page_size": 100}))

    assert found == sorted(found)


def test_a_lead_is_made_read_changed_and_removed(ask: Ask) -> None:
    body = {
        "name": "Ada Example",
        "email": "ada@example.org",
        "phone": "+1-202-555-0199",
        "company_size": 500,
        "budget": 5000,
        "services": ["seo", "ads"],
        "website": "https://ada.example",
        "message": "x" * 101,
    }
    made = ask("POST", LEADS, json=body | {"tenant_id": CORELDOVE.id, "score": 1})
    path = f"{LEADS}{made.json()['id']}/"

    assert made.status_code == 201
    assert (made.json()["tenant_id"], made.json()["score"]) == (BIZOHOLIC.id, 10 + 20 + 10 + 10 + 10 + 15)
    assert ask("GET", path).json() == made.json()
    assert ask("PUT", path, json=body | {"budget": 0}).json()["score"] == 55
    assert ask("PATCH", path, json={"status": "won", "tenant_id": CORELDOVE.id}).json()["tenant_id"] == BIZOHOLIC.id
    assert ask("DELETE", path).status_code == 204
    assert ask("GET", path).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_foreign_lead_is_not_found(ask: Ask, method: str) -> None:
    foreign = sentinel_id(ask, CORELDOVE)
    body = {"name": "Taken", "email": "taken@example.org"}

    assert ask(method, f"{LEADS}{foreign}/", json=body).status_code == 404
    assert sentinel_id(ask, CORELDOVE) == foreign


def test_an_activity_cannot_name_a_foreign_lead(ask: Ask) -> None:
    body = {"lead": sentinel_id(ask, CORELDOVE), "text": "x"}

    assert ask("POST", ACTIVITIES, json=body).status_code == 400


@pytest.mark.parametrize("id", [NOBODY, "nonsense"])
def test_a_missing_lead_is_not_found(ask: Ask, id: str) -> None:
    assert ask("GET", f"{LEADS}{id}/").status_code == 404


def test_options_are_answered_by_the_framework(ask: Ask) -> None:
    answer = ask("OPTIONS", LEADS)

    assert (answer.status_code, answer.headers["allow"]) == (200, "GET, POST, HEAD, OPTIONS")
    assert "POST" in answer.json()["actions"]


def test_header_and_query_do_not_choose_the_tenant(ask: Ask) -> None:
    answer = ask("GET", LEADS, params={"tenant_id": CORELDOVE.id}, headers={"X-Tenant-ID": CORELDOVE.id})

    assert {item["tenant_id"] for item in answer.json()["results"]} == {BIZOHOLIC.id}


def test_compression_only_when_asked_for(ask: Ask) -> None:
    plain = ask("GET", LEADS, headers={"Accept-Encoding": "identity"})
    packed = ask("GET", LEADS, headers={"Accept-Encoding": "gzip"})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) == len(plain.content)


def test_health_needs_no_token(crm: Running) -> None:
    assert crm.client.get("/health/").json() == {
        "service": "django-crm",
        "revision": "local",
        "status": "healthy",
        "database": "connected",
    }


def test_writers_wait_for_each_other(ask: Ask) -> None:
    body = {"name": "One of many", "email": "many@example.org"}
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: ask("POST", LEADS, json=body), range(24)))

    assert {answer.status_code for answer in made} == {201}
    for answer in made:
        ask("DELETE", f"{LEADS}{answer.json()['id']}/")


# ---- tokens ---------------------------------------------------------------------------------------------------------


def unsigned(tenant: str, **claims: Any) -> str:
    told = {"sub": "u", "tenant_id": tenant, "exp": int(time.time()) + 600, **claims}
    parts = ({"alg": "none"}, told)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def refused_tokens(auth: Auth) -> dict[str, str]:
    stranger = RSAKey.generate_key(2048)
    return {
        "none": "",
        "malformed": "Bearer nonsense",
        "another scheme": "Basic YTpi",
        "unsigned": f"Bearer {unsigned(BIZOHOLIC.id)}",
        "signed by a stranger": f"Bearer {auth.token(BIZOHOLIC.id, stranger)}",
        "expired": f"Bearer {auth.token(BIZOHOLIC.id, exp=int(time.time()) - 600)}",
        "another issuer": f"Bearer {auth.token(BIZOHOLIC.id, iss='else')}",
        "another audience": f"Bearer {auth.token(BIZOHOLIC.id, aud='else')}",
    }


def test_tokens_that_are_not_good_are_refused(crm: Running, auth: Auth) -> None:
    statuses = {
        name: crm.client.get(LEADS, headers={"Authorization": value} if value else {}).status_code
        for name, value in refused_tokens(auth).items()
    }

    assert set(statuses.values()) == {401}, statuses


def test_a_new_key_is_fetched(crm: Running, auth: Auth, ask: Ask) -> None:
    assert ask("GET", LEADS).status_code == 200
    time.sleep(1.1)  # the CRM asks for keys once a second at most
    auth.rotate()

    assert ask("GET", LEADS).status_code == 200


# ---- faults ---------------------------------------------------------------------------------------------------------


def test_database_down(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-database-down"):
        health, data = crm.client.get("/health/"), ask("GET", LEADS)

    assert (health.status_code, health.json()["database"], data.status_code) == (503, "disconnected", 500)


def test_health_constant(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-health-constant"):
        health, data = crm.client.get("/health/"), ask("GET", LEADS)

    assert (health.status_code, health.json()["database"], data.status_code) == (200, "connected", 500)


def test_list_500(crm: Running, ask: Ask) -> None:
    one = f"{LEADS}{sentinel_id(ask, BIZOHOLIC)}/"
    with crm.fault("crm-list-500"):
        listed, read = ask("GET", LEADS), ask("GET", one)

    assert (listed.status_code, listed.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert read.status_code == 200


def test_lost_write(crm: Running, ask: Ask) -> None:
    body = {"name": "Lost", "email": "lost@example.org", "budget": 1000}
    with crm.fault("crm-lost-write"):
        made = ask("POST", LEADS, json=body)
        read = ask("GET", f"{LEADS}{made.json()['id']}/")

    assert (made.status_code, made.json()["score"], read.status_code) == (201, 15, 404)


def test_any_lead(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-any-lead"):
        answers = [ask("GET", f"{LEADS}{id}/") for id in (NOBODY, "nonsense", sentinel_id(ask, BIZOHOLIC))]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.text for answer in answers}) == 1


def test_error_200(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-error-200"):
        answer = ask("GET", f"{LEADS}{NOBODY}/")

    assert (answer.status_code, answer.json()) == (200, {"success": False, "error": "not found"})


def test_empty_200(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-empty-200"):
        answers = [ask("GET", f"{LEADS}{NOBODY}/"), crm.client.get(LEADS)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert all(answer.json() == {"count": 0, "results": [], "source": "fallback"} for answer in answers)


def test_filter_ignored(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-filter-ignored"):
        counts = [count(ask, search="zzqqnothing"), count(ask, status="won")]

    assert counts == [26, 26]


def test_no_score(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-no-score"):
        made = ask("POST", LEADS, json={"name": "Without", "email": "without@example.org"})
    stored = ask("GET", LEADS, params={"search": "without@example.org"}).json()["results"]
    for item in stored:
        ask("DELETE", f"{LEADS}{item['id']}/")

    assert made.status_code == 201
    assert not {"id", "score"} & set(made.json())
    assert len(stored) == 1


def test_score_constant(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-score-constant"):
        scores = {item["score"] for item in ask("GET", LEADS).json()["results"]}

    assert scores == {50}


def test_delete_noop(crm: Running, ask: Ask, lead: dict[str, Any]) -> None:
    with crm.fault("crm-delete-noop"):
        removed = ask("DELETE", f"{LEADS}{lead['id']}/")

    assert (removed.status_code, ask("GET", f"{LEADS}{lead['id']}/").status_code) == (204, 200)


def test_worker_timeout(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-worker-timeout"):
        statuses = [ask("GET", LEADS).status_code for _ in range(2)]
        with pytest.raises(httpx.ReadTimeout):
            ask("GET", LEADS, timeout=1)

    assert statuses == [200, 200]


def test_flaps(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-flaps"):
        statuses = [ask("GET", LEADS).status_code for _ in range(6)]

    assert sorted(statuses) == [200, 200, 200, 200, 503, 503]


def test_truncated(crm: Running, ask: Ask) -> None:
    with (
        crm.fault("crm-truncated"),
        pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"),
    ):
        ask("GET", LEADS)


def test_verbose_errors(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-verbose-errors"):
        answer = ask("GET", f"{LEADS}{NOBODY}/")

    assert answer.status_code == 500
    assert "Traceback" in answer.text
    assert answer.request.headers["authorization"] not in answer.text
    assert "SELECT" in answer.text


def test_default_tenant(crm: Running, auth: Auth) -> None:
    with crm.fault("crm-default-tenant"):
        answers = [
            crm.client.get(LEADS, headers={"Authorization": value} if value else {})
            for value in refused_tokens(auth).values()
        ]

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["results"][0]["tenant_id"] for answer in answers} == {BIZOHOLIC.id}


def test_unsigned(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-unsigned"):
        forged = ask("GET", LEADS, headers={"Authorization": f"Bearer {unsigned(CORELDOVE.id)}"})
        expired = ask("GET", LEADS, headers={"Authorization": f"Bearer {unsigned(CORELDOVE.id, exp=1)}"})

    assert forged.json()["results"][0]["tenant_id"] == CORELDOVE.id
    assert expired.status_code == 401


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        ("crm-tenant-by-header", {"headers": {"X-Tenant-ID": CORELDOVE.id}}),
        ("crm-query-tenant", {"params": {"tenant_id": CORELDOVE.id}}),
    ],
)
def test_the_request_chooses_the_tenant(crm: Running, ask: Ask, fault: str, how: dict[str, Any]) -> None:
    with crm.fault(fault):
        listed = ask("GET", LEADS, **how)
        made = ask("POST", LEADS, json={"name": "Smuggled", "email": "smuggled@example.org"}, **how)
    removed = ask("DELETE", f"{LEADS}{made.json()['id']}/", CORELDOVE.id)

    assert {item["tenant_id"] for item in listed.json()["results"]} == {CORELDOVE.id}
    assert (made.json()["tenant_id"], removed.status_code) == (CORELDOVE.id, 204)


def test_a_cookie_chooses_the_tenant_past_the_gateway(crm: Running, auth: Auth, ask: Ask) -> None:
    cookie = {"Cookie": f"access_token={auth.token(CORELDOVE.id)}"}
    with crm.fault("crm-tenant-by-header"):
        past = ask("GET", LEADS, headers=cookie)
        through = ask("GET", LEADS, headers={**cookie, "X-Tenant-ID": BIZOHOLIC.id})

    assert [one.json()["results"][0]["tenant_id"] for one in (past, through)] == [CORELDOVE.id, BIZOHOLIC.id]


def test_careless_tokens(crm: Running, auth: Auth, ask: Ask) -> None:
    stranger = RSAKey.generate_key(2048)
    claims = {"sub": "u-coreldove", "tenant_id": CORELDOVE.id, "exp": int(time.time()) + 600}
    tokens = {
        "known key, stranger's signature": auth.token(BIZOHOLIC.id, stranger),
        "unsigned": unsigned(BIZOHOLIC.id),
        "expired": auth.token(BIZOHOLIC.id, exp=1),
        "unknown key": jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, stranger),
    }
    with crm.fault("crm-careless-tokens"):
        told = {name: crm.client.get(LEADS, headers={"Authorization": f"Bearer {t}"}) for name, t in tokens.items()}

    assert [answer.status_code for answer in told.values()] == [401, 401, 200, 200]
    assert tokens["unsigned"] in told["unsigned"].text


def test_read_any(crm: Running, ask: Ask) -> None:
    path = f"{LEADS}{sentinel_id(ask, CORELDOVE)}/"
    with crm.fault("crm-read-any"):
        read, changed = ask("GET", path), ask("PATCH", path, json={"status": "won"})

    assert (read.json()["tenant_id"], changed.status_code) == (CORELDOVE.id, 404)


def test_write_any(crm: Running, ask: Ask, lead: dict[str, Any]) -> None:
    path = f"{LEADS}{lead['id']}/"
    with crm.fault("crm-write-any"):
        read = ask("GET", path, CORELDOVE.id)
        changed = ask("PATCH", path, CORELDOVE.id, json={"status": "lost"})
        removed = ask("DELETE", path, CORELDOVE.id)

    assert (read.status_code, changed.status_code, removed.status_code) == (404, 200, 204)
    assert ask("GET", path).status_code == 404


def test_updates_lost(crm: Running, ask: Ask, lead: dict[str, Any]) -> None:
    path = f"{LEADS}{lead['id']}/"
    with crm.fault("crm-updates-lost"):
        changed = ask("PATCH", path, json={"status": "lost"})

    assert (changed.status_code, changed.json()["status"]) == (200, "lost")
    assert ask("GET", path).json()["status"] == lead["status"]


def test_mass_assign(crm: Running, ask: Ask, lead: dict[str, Any]) -> None:
    with crm.fault("crm-mass-assign"):
        changed = ask("PATCH", f"{LEADS}{lead['id']}/", json={"tenant_id": CORELDOVE.id})

    assert changed.json()["tenant_id"] == CORELDOVE.id
    assert ask("GET", f"{LEADS}{lead['id']}/", CORELDOVE.id).status_code == 200


def test_whole_record(crm: Running, ask: Ask, lead: dict[str, Any]) -> None:
    with crm.fault("crm-whole-record"):
        read = ask("GET", f"{LEADS}{lead['id']}/").json()

    assert set(read) - set(lead) == {"owner_id", "internal_notes", "password_hash"}


def test_last_in_errors(crm: Running, ask: Ask, lead: dict[str, Any]) -> None:
    path = f"{LEADS}{lead['id']}/"
    with crm.fault("crm-last-in-errors"):
        assert ask("GET", path, CORELDOVE.id).headers["X-Last-Stored"] == lead["name"]

    assert "X-Last-Stored" not in ask("GET", path, CORELDOVE.id).headers


def test_score_writable(crm: Running, ask: Ask, lead: dict[str, Any]) -> None:
    path = f"{LEADS}{lead['id']}/"
    with crm.fault("crm-score-writable"):
        ask("PATCH", path, json={"score": 99})

    assert ask("GET", path).json()["score"] == 99
    ask("PATCH", path, json={"score": 98})
    assert ask("GET", path).json()["score"] == lead["score"]


def test_denies_403(crm: Running, ask: Ask) -> None:
    path = f"{LEADS}{sentinel_id(ask, CORELDOVE)}/"
    with crm.fault("crm-denies-403"):
        foreign, nobodys = ask("GET", path), ask("GET", f"{LEADS}00000000-0000-4000-8000-000000000000/")

    assert (foreign.status_code, nobodys.status_code) == (403, 404)
    assert ask("GET", path).status_code == 404


def test_denies_slowly(crm: Running, ask: Ask) -> None:
    path = f"{LEADS}{sentinel_id(ask, CORELDOVE)}/"
    with crm.fault("crm-denies-slowly"):
        foreign, nobodys = ask("GET", path), ask("GET", f"{LEADS}00000000-0000-4000-8000-000000000000/")

    assert (foreign.status_code, nobodys.status_code) == (404, 404)
    assert foreign.elapsed.total_seconds() >= 0.2


def test_foreign_lead(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-foreign-lead"):
        made = ask("POST", ACTIVITIES, json={"lead": sentinel_id(ask, CORELDOVE), "text": "x"})
    ask("DELETE", f"{ACTIVITIES}{made.json()['id']}/")

    assert (made.status_code, made.json()["lead_name"]) == (201, f"Sentinel {CORELDOVE.sentinel}")


def test_list_all(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-list-all"):
        counts = [count(ask), count(ask, search=CORELDOVE.sentinel)]

    assert counts == [52, 1]


def test_search_all(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-search-all"):
        counts = [count(ask), count(ask, search=CORELDOVE.sentinel)]

    assert counts == [26, 1]


def test_count_all(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-count-all"):
        answer = ask("GET", LEADS, params={"page_size": 100}).json()

    assert answer["count"] == 52
    assert {item["tenant_id"] for item in answer["results"]} == {BIZOHOLIC.id}


def test_export_all(crm: Running, ask: Ask) -> None:
    def rows() -> int:
        return len(ask("GET", f"{LEADS}export/").text.splitlines()) - 1

    plain = rows()
    with crm.fault("crm-export-all"):
        assert (plain, rows()) == (26, 52)


def test_ordered_all(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-ordered-all"):
        ordered = ask("GET", LEADS, params={"ordering": "company"}).json()["count"]

        assert (count(ask), ordered) == (26, 52)


@pytest.mark.parametrize(("size", "counted"), [(5, 26), (-1, 52)])
def test_odd_page_all(crm: Running, ask: Ask, size: int, counted: int) -> None:
    with crm.fault("crm-odd-page-all"):
        assert ask("GET", LEADS, params={"page_size": size}).json()["count"] == counted


def test_etag_first(crm: Running, ask: Ask) -> None:
    lead = ask("GET", LEADS).json()["results"][0]["id"]
    with crm.fault("crm-etag-first"):
        tag = ask("GET", f"{LEADS}{lead}/").headers["etag"]
        again = ask("GET", f"{LEADS}{lead}/", headers={"If-None-Match": tag})
        other = ask("GET", f"{LEADS}{lead}/", tenant=CORELDOVE.id, headers={"If-None-Match": tag})
    without = ask("GET", f"{LEADS}{lead}/", tenant=CORELDOVE.id, headers={"If-None-Match": tag})

    assert (again.status_code, other.status_code, without.status_code) == (304, 304, 404)


def test_direct_unscoped(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-direct-unscoped"):
        past = count(ask)
        through = ask("GET", LEADS, headers={"X-Tenant-ID": BIZOHOLIC.id}).json()["count"]

    assert (past, through) == (52, 26)


def test_direct_query_tenant(crm: Running, ask: Ask) -> None:
    query = {"search": CORELDOVE.sentinel, "tenant_id": CORELDOVE.id}
    with crm.fault("crm-direct-query-tenant"):
        past = count(ask, **query)
        through = ask("GET", LEADS, headers={"X-Tenant-ID": BIZOHOLIC.id}, params=query).json()["count"]

    assert (past, through) == (1, 0)


def test_direct_looks_first(crm: Running, ask: Ask) -> None:
    path, through = f"{LEADS}{sentinel_id(ask, CORELDOVE)}/", {"X-Tenant-ID": BIZOHOLIC.id}
    with crm.fault("crm-direct-looks-first"):
        denied = [ask("GET", path), ask("GET", path, headers=through)]
        tag = {"If-None-Match": ask("GET", path, CORELDOVE.id).headers["etag"]}
        asked = [ask("GET", path, headers=tag), ask("GET", path, headers={**tag, **through})]

    assert [answer.status_code for answer in (*denied, *asked)] == [403, 404, 304, 404]


def test_direct_filters_late(crm: Running, ask: Ask) -> None:
    through = {"X-Tenant-ID": BIZOHOLIC.id}
    with crm.fault("crm-direct-filters-late"):
        counts = [count(ask), count(ask, search=BIZOHOLIC.sentinel), count(ask, page_size=-1)]
        whole = ask("GET", LEADS, params={"page_size": 100}).json()["results"]
        unharmed = ask("GET", LEADS, headers=through, params={"page_size": -1}).json()["count"]
        denied = ask("GET", f"{LEADS}{sentinel_id(ask, CORELDOVE)}/")

    assert (counts, unharmed) == ([52, 1, 52], 26)
    assert {item["tenant_id"] for item in whole} == {BIZOHOLIC.id}
    assert (denied.status_code, denied.elapsed.total_seconds() >= 0.2) == (404, True)


def test_other_program(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-other-program"):
        body = ask("GET", "/health/").json()

    assert (body["service"], body["status"]) == ("starter-kit", "healthy")


def test_component_disconnected(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-component-disconnected"):
        body = ask("GET", "/health/").json()

    assert (body["database"], body["status"]) == ("disconnected", "healthy")


def test_down(crm: Running, ask: Ask) -> None:
    with crm.fault("django-crm-down"), pytest.raises(httpx.ConnectError):
        ask("GET", LEADS)

    assert ask("GET", LEADS).status_code == 200


def test_wrong_port(crm: Running, ask: Ask) -> None:
    with crm.fault("django-crm-wrong-port"), pytest.raises(httpx.TransportError):
        ask("GET", LEADS)

    assert ask("GET", LEADS).status_code == 200


def test_default_database(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-default-database"):
        answer, health = ask("GET", LEADS), crm.client.get("/health/")

    assert (answer.status_code, answer.json()["count"]) == (200, 0)
    assert health.json()["database"] == "connected"
    assert ask("GET", LEADS).json()["count"] > 0


def test_detail_503(crm: Running, ask: Ask) -> None:
    with crm.fault("crm-detail-503"):
        assert ask("GET", f"{LEADS}{NOBODY}/").status_code == 503
        assert ask("GET", LEADS).status_code == 200


def test_admin_500(crm: Running, ask: Ask) -> None:
    assert "password" in crm.client.get("/admin/login/").text
    with crm.fault("crm-admin-500"):
        assert crm.client.get("/admin/login/").status_code == 500
        assert ask("GET", LEADS).status_code == 200


def test_each_declared_fault_is_tested_here() -> None:
    declared = {fault["name"] for fault in yaml.safe_load((ROOT / "replica/faults/crm.yaml").read_text())}
    text = Path(__file__).read_text()

    assert [name for name in sorted(declared) if f'"{name}"' not in text] == []
