"""The replica's edge and storefronts: what they answer when they are well, and what each fault changes."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from cryptography import x509

from replica import catalog, published
from replica.storefront.brands import BRANDS
from selftest.replica_edge import Edge, running

BIZOHOLIC, CORELDOVE, THRILLRING = (f"https://{brand.host}" for brand in BRANDS)
ASSET = re.compile(r'(?:src|href)="(/_next/static/[^"]+)"')


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running(tmp_path_factory.mktemp("edge")) as found:
        yield found


def assets(edge: Edge, origin: str) -> list[httpx.Response]:
    return [edge.get(origin + path) for path in sorted(set(ASSET.findall(edge.get(origin).text)))]


def leaf(edge: Edge, server_name: str) -> x509.Certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", edge.ports["https"]), timeout=5) as sock,
        context.wrap_socket(sock, server_hostname=server_name or None) as secured,
    ):
        return x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")


# ---- well -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("brand", BRANDS, ids=lambda brand: brand.id)
def test_each_brand_answers_with_its_own_page(edge: Edge, brand) -> None:
    answer = edge.get(f"https://{brand.host}/")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f"<title>{brand.name} · " in answer.text
    assert all(mark in answer.text for mark in ('<html lang="en">', "<header>", "<main ", "<footer>"))
    assert not any(other.name in answer.text for other in BRANDS if other != brand)


@pytest.mark.parametrize("brand", BRANDS, ids=lambda brand: brand.id)
def test_health_names_the_service(edge: Edge, brand) -> None:
    answer = edge.get(f"https://{brand.host}/api/health")

    assert answer.json() == {"service": brand.service, "status": "healthy", "revision": "local"}


@pytest.mark.parametrize("brand", BRANDS, ids=lambda brand: brand.id)
def test_each_asset_of_a_page_is_there_under_its_type(edge: Edge, brand) -> None:
    found = assets(edge, f"https://{brand.host}")

    assert len(found) == 9
    assert {answer.status_code for answer in found} == {200}
    assert {answer.headers["cache-control"] for answer in found} == {"public, max-age=31536000, immutable"}
    types = {answer.url.path.rsplit(".", 1)[1]: answer.headers["content-type"].split(";")[0] for answer in found}
    assert types == {"css": "text/css", "js": "application/javascript", "svg": "image/svg+xml"}


@pytest.mark.parametrize("brand", BRANDS, ids=lambda brand: brand.id)
def test_each_link_of_a_page_leads_somewhere(edge: Edge, brand) -> None:
    links = re.findall(r'<a href="([^"]+)"', edge.get(f"https://{brand.host}/").text)

    assert len(set(links)) == 3
    assert all(edge.get(f"https://{brand.host}{link}").status_code == 200 for link in links)


def test_an_unknown_path_is_not_found(edge: Edge) -> None:
    assert edge.get(f"{BIZOHOLIC}/no-such-page").status_code == 404


def test_a_page_is_compressed_when_asked(edge: Edge) -> None:
    plain, compressed = edge.get(BIZOHOLIC), edge.get(BIZOHOLIC, accept="gzip")

    assert compressed.headers["content-encoding"] == "gzip"
    assert int(compressed.headers["content-length"]) < int(plain.headers["content-length"])
    assert compressed.text == plain.text


def test_head_has_the_length_and_no_body(edge: Edge) -> None:
    answer = edge.get(BIZOHOLIC, method="HEAD")

    assert answer.headers["content-length"] == edge.get(BIZOHOLIC).headers["content-length"]
    assert answer.content == b""


def test_other_methods_are_refused(edge: Edge) -> None:
    assert edge.get(BIZOHOLIC, method="POST").status_code == 405


def test_http_leads_to_the_same_path_on_https(edge: Edge) -> None:
    answer = edge.get("http://stg.coreldove.com/products?sort=new&sort=old")

    assert (answer.status_code, answer.headers["location"]) == (
        301,
        "https://stg.coreldove.com/products?sort=new&sort=old",
    )


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_unknown_host_is_misdirected(edge: Edge, scheme: str) -> None:
    assert edge.get(f"{scheme}://stg.example.org/", server_name="stg.bizoholic.com").status_code == 421


@pytest.mark.parametrize("name", ["stg.example.org", ""])
def test_an_unknown_server_name_gets_the_default_certificate(edge: Edge, name: str) -> None:
    assert "TRAEFIK DEFAULT CERT" in leaf(edge, name).subject.rfc4514_string()


def test_the_root_alone_is_trusted(edge: Edge) -> None:
    assert (edge.state / "ca.pem").read_text().count("BEGIN CERTIFICATE") == 1
    assert leaf(edge, "stg.coreldove.com").issuer != edge.trust().get_ca_certs()[0]["subject"]


# ---- faults ---------------------------------------------------------------------------------------------------------


def refused(url: str, pattern: str) -> Callable[[Edge], None]:
    def seen(edge: Edge) -> None:
        with pytest.raises(httpx.TransportError, match=pattern):
            edge.get(url, timeout=0.5)

    return seen


def answered(url: str, holds: Callable[[httpx.Response], bool]) -> Callable[[Edge], None]:
    def seen(edge: Edge) -> None:
        assert holds(edge.get(url))

    return seen


def all_assets(holds: Callable[[httpx.Response], bool]) -> Callable[[Edge], None]:
    def seen(edge: Edge) -> None:
        assert all(holds(answer) for answer in assets(edge, BIZOHOLIC))

    return seen


def some_asset(holds: Callable[[httpx.Response], bool]) -> Callable[[Edge], None]:
    def seen(edge: Edge) -> None:
        assert any(holds(answer) for answer in assets(edge, BIZOHOLIC))

    return seen


def an_asset_says(origin: str, text: str) -> Callable[[Edge], None]:
    def seen(edge: Edge) -> None:
        assert any(text in answer.text for answer in assets(edge, origin))

    return seen


def html(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")


def leads_to(location: str) -> Callable[[httpx.Response], bool]:
    return lambda answer: answer.is_redirect and answer.headers["location"] == location


def expires_soon(edge: Edge) -> None:
    certificate = leaf(edge, "stg.coreldove.com")

    assert 4 <= (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days - 30 <= 5
    assert edge.get(CORELDOVE).status_code == 200


def is_slow(edge: Edge) -> None:
    start = time.monotonic()

    assert edge.get(CORELDOVE).status_code == 200
    assert time.monotonic() - start >= 3
    assert edge.get(f"{CORELDOVE}/api/health").elapsed.total_seconds() < 1


def is_development(edge: Edge) -> None:
    found = assets(edge, BIZOHOLIC)

    assert {answer.status_code for answer in found} == {200}
    assert any("/_next/static/development/" in str(answer.url) for answer in found)
    assert any("webpack-hmr" in answer.text for answer in found)


def is_500_and_says_healthy(edge: Edge) -> None:
    assert edge.get(BIZOHOLIC).status_code == 500
    assert edge.get(f"{BIZOHOLIC}/api/health").json()["status"] == "healthy"


def is_bizoholic(edge: Edge) -> None:
    assert edge.get(THRILLRING).content == edge.get(BIZOHOLIC).content
    assert edge.get(f"{THRILLRING}/api/health").json()["service"] == "bizoholic-frontend"


def is_first_for_all(edge: Edge) -> None:
    assert leaf(edge, "stg.coreldove.com") == leaf(edge, "stg.bizoholic.com")
    assert "Bizoholic" in edge.get(THRILLRING, server_name="stg.bizoholic.com").text
    refused(THRILLRING, "Hostname mismatch")(edge)


def is_not_utf8(edge: Edge) -> None:
    answer = edge.get(THRILLRING)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode()


def speaks_old_tls_only(edge: Edge) -> None:
    refused(BIZOHOLIC, "(?i)protocol version|unsupported protocol|EOF|legacy sigalg")(edge)
    context = edge.trust()
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with (
        socket.create_connection(("127.0.0.1", edge.ports["https"]), timeout=5) as sock,
        context.wrap_socket(sock, server_hostname="stg.coreldove.com") as secured,
    ):
        assert secured.version() == "TLSv1.1"


def on_all(path: str, holds: Callable[[httpx.Response], bool]) -> Callable[[Edge], None]:
    def seen(edge: Edge) -> None:
        answers = [edge.get(f"{origin}{path}") for origin in (BIZOHOLIC, CORELDOVE, THRILLRING)]
        assert [holds(answer) for answer in answers] == [True, True, True]

    return seen


def is_of_the_build_before(edge: Edge) -> None:
    assert '"buildId":"previous"' in edge.get(CORELDOVE).text
    assert edge.get(f"{CORELDOVE}/api/health").json()["revision"] == "local"
    assert {answer.status_code for answer in assets(edge, CORELDOVE)} == {200}


def has_no_health_route(edge: Edge) -> None:
    assert edge.get(f"{THRILLRING}/api/health").status_code == 404
    assert edge.get(THRILLRING).status_code == 200


def has_no_product_page(edge: Edge) -> None:
    assert edge.get(f"{CORELDOVE}/products").status_code == 500
    assert edge.get(CORELDOVE).status_code == 200


def has_no_inner_pages(edge: Edge) -> None:
    paths = (f"{BIZOHOLIC}/services", f"{CORELDOVE}/products", f"{THRILLRING}/tournaments")
    assert [edge.get(path).status_code for path in paths] == [500, 500, 500]


SEEN: dict[str, Callable[[Edge], None]] = {
    "bizoholic-assets-404": all_assets(lambda answer: answer.status_code == 404),
    "bizoholic-assets-html": all_assets(html),
    "bizoholic-css-type": some_asset(lambda answer: answer.headers["content-type"].startswith("text/plain")),
    "bizoholic-dev-build": is_development,
    "bizoholic-empty-shell": answered(BIZOHOLIC, lambda answer: '<div id="__next"></div>' in answer.text),
    "bizoholic-internal-name": some_asset(lambda answer: "http://bizosaas-brain-staging:8001" in answer.text),
    "bizoholic-localhost": answered(BIZOHOLIC, lambda answer: "http://localhost:3000" in answer.text),
    "bizoholic-noindex": answered(BIZOHOLIC, lambda answer: "noindex" in answer.headers["x-robots-tag"]),
    "bizoholic-script-brings-logo": an_asset_says(BIZOHOLIC, f'src:"{CORELDOVE}/_next/static/media/logo.'),
    "bizoholic-script-lacks-chunk": an_asset_says(BIZOHOLIC, 'src:"/_next/static/chunks/218.'),
    "bizoholic-staging-banner": answered(BIZOHOLIC, lambda answer: "staging environment" in answer.text),
    "bizoholic-page-500": is_500_and_says_healthy,
    "coreldove-cert-expired": refused(CORELDOVE, "certificate has expired"),
    "coreldove-cert-expires-soon": expires_soon,
    "coreldove-cert-other-name": refused(CORELDOVE, "Hostname mismatch"),
    "coreldove-cert-unknown-ca": refused(CORELDOVE, "unable to get local issuer"),
    "coreldove-chain-incomplete": refused(CORELDOVE, "unable to get local issuer"),
    "coreldove-https-loop": answered(f"{CORELDOVE}/", leads_to(f"{CORELDOVE}/")),
    "coreldove-https-other-brand": answered(f"{CORELDOVE}/", leads_to(f"{BIZOHOLIC}/")),
    "coreldove-login-page": answered(CORELDOVE, lambda answer: html(answer) and "<form" in answer.text),
    "coreldove-maintenance": answered(CORELDOVE, lambda answer: html(answer) and "maintenance" in answer.text),
    "coreldove-no-certificate": refused(CORELDOVE, "self-signed certificate"),
    "coreldove-old-build": is_of_the_build_before,
    "coreldove-page-slow": is_slow,
    "coreldove-script-complains": an_asset_says(CORELDOVE, "console.error("),
    "coreldove-script-throws": an_asset_says(CORELDOVE, "window.shop.cart"),
    "coreldove-products-500": has_no_product_page,
    "thrillring-script-brings-name": an_asset_says(THRILLRING, '.content="Bizoholic"'),
    "thrillring-style-hides": an_asset_says(THRILLRING, "main{opacity:0}"),
    "edge-default-vhost": is_first_for_all,
    "edge-down": refused(BIZOHOLIC, "refused"),
    "edge-handshake-stalls": refused(BIZOHOLIC, "timed out"),
    "edge-http-down": refused("http://stg.bizoholic.com", "refused"),
    "edge-http-stays": answered("http://stg.bizoholic.com", html),
    "edge-no-security-headers": on_all("/", lambda answer: "strict-transport-security" not in answer.headers),
    "edge-old-tls": speaks_old_tls_only,
    "edge-redirect-loop": answered("http://stg.bizoholic.com/", leads_to("http://stg.bizoholic.com/")),
    "edge-redirect-other-brand": answered("http://stg.thrillring.com/", leads_to(f"{BIZOHOLIC}/")),
    "storefronts-assets-404": all_assets(lambda answer: answer.status_code == 404),
    "storefronts-catch-all": on_all("/no-such-page", lambda answer: answer.status_code == 200),
    "storefronts-dev-build": on_all("/", lambda answer: "/_next/static/development/" in answer.text),
    "storefronts-inner-500": has_no_inner_pages,
    "storefronts-internal-name": some_asset(lambda answer: "http://bizosaas-brain-staging:8001" in answer.text),
    "storefronts-cookie-for-all-hosts": on_all("/", lambda answer: "Domain=" in answer.headers["set-cookie"]),
    "storefronts-cookie-for-scripts": on_all("/", lambda answer: "HttpOnly" not in answer.headers["set-cookie"]),
    "storefronts-maps": on_all("/_next/static/a.js.map", lambda answer: answer.json()["mappings"] == "AAAA"),
    "storefronts-operators-files": on_all("/.env", lambda answer: answer.text.startswith("APP_ENV=")),
    "storefronts-other-program": on_all("/api/health", lambda answer: answer.json()["service"] == "starter-kit"),
    "storefronts-placeholder": on_all("/", lambda answer: "<title>It works</title>" in answer.text),
    "thrillring-404": answered(THRILLRING, lambda answer: answer.status_code == 404),
    "thrillring-app-down": answered(THRILLRING, lambda answer: answer.status_code == 502),
    "thrillring-no-health": has_no_health_route,
    "thrillring-unrouted": answered(THRILLRING, lambda answer: answer.text == "404 page not found\n"),
    "thrillring-serves-bizoholic": is_bizoholic,
    "thrillring-truncated": refused(THRILLRING, "without sending complete message body"),
    "thrillring-wrong-charset": is_not_utf8,
    "thrillring-wrong-type": answered(THRILLRING, lambda a: a.headers["content-type"] == "application/octet-stream"),
}


def test_each_page_begins_a_session_of_its_own_host(edge: Edge) -> None:
    cookies = [edge.get(origin).headers["set-cookie"] for origin in (BIZOHOLIC, CORELDOVE, BIZOHOLIC)]

    assert len(set(cookies)) == 3
    assert {cookie.partition("; ")[2] for cookie in cookies} == {"Path=/; Secure; HttpOnly; SameSite=Lax"}


@pytest.mark.parametrize("path", ["/.env", "/.git/HEAD", "/metrics", "/_next/static/a.js.map"])
def test_nothing_for_operators_is_served(edge: Edge, path: str) -> None:
    assert edge.get(BIZOHOLIC + path).status_code == 404


def test_every_fault_of_the_edge_is_seen_here() -> None:
    names = {fault.name for fault in catalog.faults().values() if fault.part == "edge"}

    # A port of its own: see test_replica_inner.py. What needs the gateway behind the edge: see test_replica_contact.py.
    assert set(SEEN) == {name for name in names if not name.startswith("contact-")} - {*published.FAULTS.values()}


@pytest.mark.parametrize("name", sorted(SEEN))
def test_a_fault_is_seen_on_the_wire_while_it_is_on(edge: Edge, name: str) -> None:
    with edge.fault(name):
        SEEN[name](edge)

    assert all(edge.get(origin).status_code == 200 for origin in (BIZOHOLIC, CORELDOVE, THRILLRING))
    assert edge.get("http://stg.thrillring.com/").headers["location"] == f"{THRILLRING}/"
