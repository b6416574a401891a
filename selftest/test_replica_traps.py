"""Each trap changes what is on the wire, and leaves it right."""

from __future__ import annotations

import base64
import email.utils
import itertools
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from replica import catalog, harmless, release
from replica.traps import traps
from selftest import replica_edge, replica_light
from selftest.replica_edge import Edge
from selftest.replica_light import Platform
from selftest.test_replica_supervisor import command


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    parts = ("gateway", "saleor", "auth")
    with replica_light.running(tmp_path_factory.mktemp("traps"), light=parts, crm=("crm",)) as running:
        yield running


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with replica_edge.running(tmp_path_factory.mktemp("edge")) as running:
        yield running


def products(platform: Platform) -> httpx.Response:
    bearer = platform.bearer("bizoholic")
    return platform.client.get(platform.url("gateway", "/api/brain/saleor/products"), headers=bearer)


def under(platform: Platform, *names: str) -> httpx.Response:
    with platform.fault(*names):
        return products(platform)


def test_keys_come_in_another_order(platform: Platform) -> None:
    plain, other = products(platform), under(platform, "json-reordered")

    assert other.json() == plain.json()
    assert list(other.json()["products"][0]) == list(reversed(plain.json()["products"][0]))


def test_records_have_more_fields(platform: Platform) -> None:
    plain, other = products(platform).json(), under(platform, "json-extra-fields").json()

    assert other == {
        **plain, **harmless.EXTRA, "products": [{**one, **harmless.EXTRA} for one in plain["products"]]
    }  # fmt: skip


def test_services_speak_german_at_the_times_of_india(platform: Platform) -> None:
    lead = platform.url("gateway", "/api/brain/django-crm/leads/999999")
    with platform.fault("other-locale"):
        told = platform.client.get(lead, headers=platform.bearer("bizoholic"))
        health = platform.client.get(platform.url("gateway", "/health")).json()

    assert (told.status_code, told.headers["content-language"]) == (404, "de-DE")
    assert told.json()["detail"].startswith("Kein") or "nicht" in told.json()["detail"].lower()
    assert health["timestamp"].endswith("+05:30")


def test_answers_are_in_http_1_0_and_end_their_connection(platform: Platform) -> None:
    answer = under(platform, "http-1.0")

    assert (answer.http_version, answer.headers["connection"]) == ("HTTP/1.0", "close")
    assert answer.json() == products(platform).json()


def test_the_gateway_speaks_http_2_with_what_is_behind_it(platform: Platform) -> None:
    plain, other = products(platform), under(platform, "http-2")
    with httpx.Client(http1=False, http2=True, trust_env=False) as client:
        direct = client.get(platform.url("saleor", "/health"))

    assert other.json() == plain.json()
    assert (direct.http_version, direct.json()["service"]) == ("HTTP/2", "saleor")


def test_the_clock_is_ahead(platform: Platform) -> None:
    with platform.fault("clock-ahead"):
        until = time.monotonic() + 10
        while (ahead := _ahead(platform.client.get(platform.url("auth", "/health")))) < 20:
            assert time.monotonic() < until, ahead
        issued = platform.login("bizoholic")["access_token"]

    assert 20 < _claims(issued)["iat"] - time.time() <= 30


def _claims(token: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def _ahead(answer: httpx.Response) -> float:
    return email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time()


def test_a_network_stands_before_the_gateway_and_not_before_a_service(platform: Platform) -> None:
    answer = under(platform, "cdn-headers")
    with platform.fault("cdn-headers"):
        direct = platform.client.get(platform.url("saleor", "/health"))

    assert (answer.headers["x-cache"], "cf-ray" in direct.headers) == ("MISS", False)


def test_one_of_a_hundred_safe_requests_is_reset_and_never_two_in_a_row(platform: Platform) -> None:
    met: list[bool] = []
    with platform.fault("resets"):
        for _ in range(1000):
            met.append(_is_reset(lambda: platform.client.get(platform.url("gateway", "/nowhere"))))
        writes = [_is_reset(lambda: platform.client.post(platform.url("gateway", "/nowhere"))) for _ in range(300)]

    assert 3 <= sum(met) <= 25
    assert not any(first and second for first, second in itertools.pairwise(met))
    assert not any(writes)


def _is_reset(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except httpx.ReadError:
        return True
    return False


def test_only_the_first_request_is_slow(platform: Platform) -> None:
    with platform.fault("slow-start"):
        first, second = products(platform), products(platform)
    again = under(platform, "slow-start")

    assert [one.elapsed.total_seconds() > harmless.COLD for one in (first, second, again)] == [True, False, True]


def test_a_question_of_another_service_for_its_own_health_is_not_slow(platform: Platform) -> None:
    health = {release.HEALTH: "1"}
    with platform.fault("slow-start"):
        answer = platform.client.post(
            platform.url("saleor", "/graphql/"), json={"query": "{__typename}"}, headers=health
        )

    assert (answer.status_code, answer.elapsed.total_seconds() > harmless.COLD) == (200, False)


def test_jitter_is_mostly_little(platform: Platform) -> None:
    with platform.fault("jitter"):
        took = [products(platform).elapsed.total_seconds() for _ in range(60)]

    assert max(took) > 0.1
    assert sorted(took)[len(took) // 2] < 0.1


def test_names_have_ipv6_addresses_alone(edge: Edge) -> None:
    with edge.fault("ipv6-only"):
        with pytest.raises(httpx.ConnectError):
            edge.get("http://stg.bizoholic.com/")
        with socket.create_connection(("::1", edge.ports["http"]), timeout=5) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: stg.bizoholic.com\r\nConnection: close\r\n\r\n")
            status = line.recv(65536).split(b"\r\n")[0]

    assert status == b"HTTP/1.1 301 Moved Permanently"
    assert edge.get("http://stg.bizoholic.com/").status_code == 301


def test_a_page_is_large(edge: Edge) -> None:
    plain = edge.get("https://stg.bizoholic.com/").text
    with edge.fault("large-page"):
        large = edge.get("https://stg.bizoholic.com/", accept="gzip").text

    assert (len(large) > 2_000_000, large.endswith("</section></body></html>")) == (True, True)
    assert large.startswith(plain.removesuffix("</body></html>"))


def test_traps_are_listed_and_switched_as_faults_are() -> None:
    listed = command("--list-traps").stdout.splitlines()

    assert [line.split()[0] for line in listed] == list(traps())
    catalog.check(traps())


def test_no_trap_has_the_name_of_a_fault() -> None:
    assert set(traps()) & set(catalog.faults()) == set()
