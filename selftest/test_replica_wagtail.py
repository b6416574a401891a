"""Wagtail of the replica: what it answers when it is well, and what each fault changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from replica.settings import TENANTS
from selftest.replica_part import ROOT, Running, running

BIZOHOLIC, CORELDOVE = TENANTS
PAGES = "/api/v2/pages/"


@pytest.fixture(scope="module")
def wagtail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running("wagtail", tmp_path_factory.mktemp("wagtail")) as part:
        yield part


def ask(wagtail: Running, path: str, host: str = BIZOHOLIC.host, **query: str | int) -> httpx.Response:
    return wagtail.client.get(path, headers={"Host": host}, params=query or None)


def titles(answer: httpx.Response) -> list[str]:
    return [item["title"] for item in answer.json()["items"]]


@pytest.mark.parametrize("tenant", TENANTS, ids=lambda tenant: tenant.id)
def test_the_sentinel_is_found_by_slug_and_by_search(wagtail: Running, tenant) -> None:
    by_slug = ask(wagtail, PAGES, tenant.host, slug=tenant.sentinel)
    by_search = ask(wagtail, PAGES, tenant.host, search=tenant.sentinel)

    assert titles(by_slug) == titles(by_search) == [f"Sentinel {tenant.sentinel}"]


def test_tenants_share_no_page(wagtail: Running) -> None:
    one, other = ask(wagtail, PAGES, BIZOHOLIC.host), ask(wagtail, PAGES, CORELDOVE.host)

    assert one.json()["meta"]["total_count"] == other.json()["meta"]["total_count"] == 10
    assert not set(titles(one)) & set(titles(other))


def test_the_page_of_another_tenant_is_not_found(wagtail: Running) -> None:
    foreign = ask(wagtail, PAGES, CORELDOVE.host).json()["items"][0]["id"]

    assert ask(wagtail, f"{PAGES}{foreign}/", CORELDOVE.host).status_code == 200
    assert ask(wagtail, f"{PAGES}{foreign}/", BIZOHOLIC.host).status_code == 404


@pytest.mark.parametrize("kind", ["images", "documents"])
def test_media_are_those_of_the_tenant(wagtail: Running, kind: str) -> None:
    answers = [titles(ask(wagtail, f"/api/v2/{kind}/", tenant.host)) for tenant in TENANTS]

    assert [len(found) for found in answers] == [2, 2]
    assert not set(answers[0]) & set(answers[1])


@pytest.mark.parametrize("kind", ["images", "documents"])
def test_fault_media_any(wagtail: Running, kind: str) -> None:
    with wagtail.fault("wagtail-media-any"):
        assert len(titles(ask(wagtail, f"/api/v2/{kind}/"))) == 4


def test_a_file_is_served_under_its_own_host_alone(wagtail: Running) -> None:
    listed = ask(wagtail, "/api/v2/documents/", CORELDOVE.host, title=f"Sentinel {CORELDOVE.sentinel}").json()
    path = f"/documents/{listed['items'][0]['id']}/sentinel-{CORELDOVE.id}.txt"

    assert ask(wagtail, path, CORELDOVE.host).text == f"Sentinel {CORELDOVE.sentinel}\n"
    assert ask(wagtail, path, BIZOHOLIC.host).status_code == 404
    with wagtail.fault("wagtail-files-any"):
        assert ask(wagtail, path, BIZOHOLIC.host).text == f"Sentinel {CORELDOVE.sentinel}\n"


def test_an_unknown_host_is_not_found(wagtail: Running) -> None:
    assert ask(wagtail, PAGES, "stg.nobody.example").status_code == 404


def test_a_filter_that_matches_nothing_gives_nothing(wagtail: Running) -> None:
    assert ask(wagtail, PAGES, search="zzqqnothing").json() == {"meta": {"total_count": 0}, "items": []}


def test_a_missing_page_is_not_found(wagtail: Running) -> None:
    assert ask(wagtail, f"{PAGES}999999/").status_code == 404
    assert ask(wagtail, f"{PAGES}find/", html_path="/zzqq/").status_code == 404


def test_another_site_cannot_be_asked_for(wagtail: Running) -> None:
    assert ask(wagtail, PAGES, site=CORELDOVE.host).status_code == 400


def test_pages_carry_their_body(wagtail: Running) -> None:
    item = ask(wagtail, PAGES, type="cms.BlogPage", fields="*").json()["items"][0]

    assert item["meta"]["type"] == "cms.BlogPage"
    assert item["body"].startswith("<p>")


def test_compression_only_when_asked_for(wagtail: Running) -> None:
    plain = wagtail.client.get(PAGES, headers={"Host": BIZOHOLIC.host, "Accept-Encoding": "identity"})
    packed = wagtail.client.get(PAGES, headers={"Host": BIZOHOLIC.host, "Accept-Encoding": "gzip"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) == len(plain.content)


def test_an_etag_is_honoured(wagtail: Running) -> None:
    first = ask(wagtail, PAGES)
    again = wagtail.client.get(PAGES, headers={"Host": BIZOHOLIC.host, "If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


def test_health_has_asked_the_database(wagtail: Running) -> None:
    body = ask(wagtail, "/health/", "bizosaas-wagtail-staging:4000").json()

    assert (body["service"], body["status"], body["database"], body["sites"]) == (
        "wagtail-cms",
        "healthy",
        "connected",
        2,
    )


def test_migrations_behind(wagtail: Running) -> None:
    with wagtail.fault("wagtail-migrations-behind"):
        answers = [ask(wagtail, path) for path in (PAGES, "/health/")]

    assert [answer.status_code for answer in answers] == [500, 500]
    assert all("no such column: wagtailcore_site.tenant_id" in answer.text for answer in answers)


def test_empty(wagtail: Running) -> None:
    with wagtail.fault("wagtail-empty"):
        answer = ask(wagtail, PAGES)

    assert answer.status_code == 200
    assert answer.json()["meta"]["total_count"] == 0


def test_not_found_200(wagtail: Running) -> None:
    with wagtail.fault("wagtail-not-found-200"):
        answer = ask(wagtail, f"{PAGES}999999/")

    assert (answer.status_code, answer.json()["title"]) == (200, "Page Not Found")


def test_any_path(wagtail: Running) -> None:
    asked = f"{PAGES}find/?html_path=/no-such-page/"
    healthy = ask(wagtail, asked)
    with wagtail.fault("wagtail-any-path"):
        answer = ask(wagtail, asked)

    assert (healthy.status_code, answer.status_code) == (404, 302)


def test_default_site(wagtail: Running) -> None:
    with wagtail.fault("wagtail-default-site"):
        answers = [titles(ask(wagtail, PAGES, host)) for host in (CORELDOVE.host, "stg.nobody.example")]

    assert answers[0] == answers[1]
    assert f"Sentinel {BIZOHOLIC.sentinel}" in answers[0]


def test_first_site(wagtail: Running) -> None:
    with wagtail.fault("wagtail-first-site"):
        own, unknown = (titles(ask(wagtail, PAGES, host)) for host in (CORELDOVE.host, "stg.nobody.example"))

    assert f"Sentinel {CORELDOVE.sentinel}" in own
    assert f"Sentinel {BIZOHOLIC.sentinel}" in unknown


def test_visitor_site(wagtail: Running) -> None:
    token = {"host": CORELDOVE.host, "authorization": "Bearer x"}
    with wagtail.fault("wagtail-visitor-site"):
        visitor = titles(ask(wagtail, PAGES, CORELDOVE.host))
        user = titles(wagtail.client.get(PAGES, headers=token))

    assert f"Sentinel {BIZOHOLIC.sentinel}" in visitor
    assert f"Sentinel {CORELDOVE.sentinel}" in user


def test_host_refused(wagtail: Running) -> None:
    with wagtail.fault("wagtail-host-refused"):
        refused = ask(wagtail, PAGES)
        by_address = wagtail.client.get("/health/")

    assert (refused.status_code, refused.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert by_address.status_code == 200


def test_tenant_unknown(wagtail: Running) -> None:
    with wagtail.fault("wagtail-tenant-unknown"):
        answers = [ask(wagtail, path, CORELDOVE.host) for path in (PAGES, "/")]
        others = ask(wagtail, PAGES)

    assert [answer.status_code for answer in answers] == [404, 404]
    assert others.status_code == 200


def test_login_redirect(wagtail: Running) -> None:
    with wagtail.fault("wagtail-login-redirect"):
        answer = ask(wagtail, PAGES)
        page = ask(wagtail, answer.headers["location"])

    assert answer.status_code == 302
    assert (page.status_code, "Sign in" in page.text) == (200, True)


def test_ssl_redirect(wagtail: Running) -> None:
    with wagtail.fault("wagtail-ssl-redirect"):
        answer = ask(wagtail, PAGES, limit=1)

    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{BIZOHOLIC.host}{PAGES}?limit=1")


def test_search_ignored(wagtail: Running) -> None:
    with wagtail.fault("wagtail-search-ignored"):
        counts = [
            ask(wagtail, PAGES, **query).json()["meta"]["total_count"] for query in ({"search": "zz"}, {"slug": "zz"})
        ]

    assert counts == [10, 10]


def test_stale(wagtail: Running) -> None:
    with wagtail.fault("wagtail-stale"):
        counts = [
            ask(wagtail, PAGES).json()["meta"]["total_count"],
            len(titles(ask(wagtail, PAGES, slug=BIZOHOLIC.sentinel))),
        ]

    assert counts == [9, 0]


def test_slow(wagtail: Running) -> None:
    with wagtail.fault("wagtail-slow"):
        answer = ask(wagtail, PAGES)

    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() > 2.4


def test_html_type(wagtail: Running) -> None:
    with wagtail.fault("wagtail-html-type"):
        answer = ask(wagtail, PAGES)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.json()["meta"]["total_count"] == 10


def test_site_param(wagtail: Running) -> None:
    with wagtail.fault("wagtail-site-param"):
        found = titles(ask(wagtail, PAGES, site=CORELDOVE.host))

    assert f"Sentinel {CORELDOVE.sentinel}" in found


def foreign(wagtail: Running, kind: str) -> str:
    """The path of a record that the other tenant has."""
    path = f"/api/v2/{kind}/"
    return f"{path}{ask(wagtail, path, CORELDOVE.host).json()['items'][0]['id']}/"


@pytest.mark.parametrize("kind", ["pages", "images", "documents"])
def test_looks_first(wagtail: Running, kind: str) -> None:
    path = foreign(wagtail, kind)
    with wagtail.fault("wagtail-looks-first"):
        denied = [ask(wagtail, path), ask(wagtail, f"/api/v2/{kind}/999999/")]
        tag = ask(wagtail, path, CORELDOVE.host).headers["etag"]
        asked = wagtail.client.get(path, headers={"Host": BIZOHOLIC.host, "If-None-Match": tag})

    assert [answer.status_code for answer in (*denied, asked)] == [403, 404, 304]
    assert ask(wagtail, path).status_code == 404


def test_filters_late(wagtail: Running) -> None:
    with wagtail.fault("wagtail-filters-late"):
        totals = [ask(wagtail, PAGES, **query).json()["meta"]["total_count"] for query in ({}, {"slug": "about"})]
        whole, odd = ask(wagtail, PAGES), ask(wagtail, PAGES, offset=-1)
        denied = ask(wagtail, foreign(wagtail, "pages"))

    assert (totals, len(titles(whole)), len(titles(odd))) == ([20, 1], 10, 20)
    assert (denied.status_code, denied.elapsed.total_seconds() >= 0.2) == (404, True)
    assert ask(wagtail, PAGES, offset=-1).status_code == 400


@pytest.mark.parametrize("kind", ["pages", "images", "documents"])
def test_whole_record(wagtail: Running, kind: str) -> None:
    path = foreign(wagtail, kind)
    with wagtail.fault("wagtail-whole-record"):
        whole = ask(wagtail, path, CORELDOVE.host).json()

    assert {"owner_id", "internal_notes", "password_hash"} == whole.keys() - ask(
        wagtail, path, CORELDOVE.host
    ).json().keys()


def test_all_sites(wagtail: Running) -> None:
    with wagtail.fault("wagtail-all-sites"):
        found = titles(ask(wagtail, PAGES))

    assert {f"Sentinel {BIZOHOLIC.sentinel}", f"Sentinel {CORELDOVE.sentinel}"} <= set(found)


def test_other_program(wagtail: Running) -> None:
    with wagtail.fault("wagtail-other-program"):
        body = ask(wagtail, "/health/").json()

    assert (body["service"], body["status"]) == ("starter-kit", "healthy")


def test_component_disconnected(wagtail: Running) -> None:
    with wagtail.fault("wagtail-component-disconnected"):
        body = ask(wagtail, "/health/").json()

    assert (body["database"], body["status"]) == ("disconnected", "healthy")


def test_down(wagtail: Running) -> None:
    with wagtail.fault("wagtail-down"), pytest.raises(httpx.ConnectError):
        ask(wagtail, PAGES)

    assert ask(wagtail, PAGES).status_code == 200


def test_wrong_port(wagtail: Running) -> None:
    with wagtail.fault("wagtail-wrong-port"), pytest.raises(httpx.TransportError):
        ask(wagtail, PAGES)

    assert ask(wagtail, PAGES).status_code == 200


def test_redis_refused(wagtail: Running) -> None:
    with wagtail.fault("wagtail-redis-refused"):
        health, pages = wagtail.client.get("/health/"), ask(wagtail, PAGES)

    assert (health.status_code, health.json()["cache"]) == (503, "disconnected")
    assert pages.status_code == 200


def test_create_superuser(wagtail: Running) -> None:
    assert wagtail.client.get("/create-superuser/").status_code == 404
    with wagtail.fault("wagtail-create-superuser"):
        assert "password" in wagtail.client.get("/create-superuser/").text


def test_each_declared_fault_is_tested_here() -> None:
    declared = {fault["name"] for fault in yaml.safe_load((ROOT / "replica/faults/wagtail.yaml").read_text())}
    text = Path(__file__).read_text()
    form = {name for name in declared if name.startswith(("wagtail-form-", "wagtail-submission"))}

    # The contact form's need the gateway before Wagtail: see test_replica_contact.py.
    assert [name for name in sorted(declared - form) if f'fault("{name}")' not in text] == []
