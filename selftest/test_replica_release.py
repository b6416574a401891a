"""Every part says which release it runs, and the faults of a deploy that is not over change that."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from selftest.replica_light import A, Platform, running


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("state"), light=("gateway", "saleor", "auth", "limited")) as platform:
        yield platform


def shop(platform: Platform) -> httpx.Response:
    """Saleor, asked through the gateway."""
    url, asked = platform.url("gateway", "/api/brain/saleor/graphql"), {"query": "{ shop { name } }"}
    return platform.client.post(url, json=asked, headers=platform.bearer(A.id))


@pytest.mark.parametrize(("part", "path"), [("saleor", "/health/"), ("auth", "/health"), ("limited", "/health")])
def test_a_service_says_its_release_in_its_health_and_on_every_answer(platform: Platform, part: str, path: str) -> None:
    answer = platform.client.get(platform.url(part, path))

    assert (answer.json()["revision"], answer.headers["x-revision"]) == ("local", "local")
    assert platform.client.get(platform.url(part, "/nowhere")).headers["x-revision"] == "local"


def test_the_header_of_a_service_arrives_through_the_gateway(platform: Platform) -> None:
    assert shop(platform).headers["x-revision"] == "local"


def test_the_gateway_says_its_own_release_in_its_health_alone(platform: Platform) -> None:
    answer = platform.client.get(platform.url("gateway", "/health"))

    assert (answer.json()["revision"], "x-revision" in answer.headers) == ("local", False)


def test_an_old_gateway_before_new_services(platform: Platform) -> None:
    with platform.fault("gateway-old-revision"):
        assert platform.client.get(platform.url("gateway", "/health")).json()["revision"] == "previous"
        assert shop(platform).headers["x-revision"] == "local"


def test_a_slow_start_begins_with_the_first_request_for_data(platform: Platform) -> None:
    with platform.fault("saleor-slow-start"):
        health = platform.client.get(platform.url("saleor", "/health/")).status_code
        data = [shop(platform).status_code for _ in range(2)]

    assert (health, data) == (503, [503, 503])
    assert shop(platform).status_code == 200
