"""The proof `components`: every component of a health body is good, whatever the body says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import check, fails, identities, passes, said, silent, steps
from stagecheck.outcome import Reason

CHECK = check(
    "components", {"at": "$.services.*.status", "names": ["cms", "crm"]}, kind="health", service="brain-gateway"
)


def health(cms: Any = "up", crm: Any = "up", **more: Any) -> dict[str, Any]:
    return {"status": "healthy", "services": {"cms": {"status": cms}, "crm": {"status": crm}}, **more}


def test_asks_the_entry_itself_once() -> None:
    assert identities(CHECK) == {"health": "acme"}
    assert steps(CHECK)["health"].request.path == "/things"
    assert steps(CHECK)["health"].shared is True, "other checks ask the same"


@pytest.mark.parametrize("word", ["up", "OK", "Healthy", "connected", "ready"])
@pytest.mark.parametrize("status", [200, 503])
def test_passes_when_each_component_is_good(word: str, status: int) -> None:
    assert passes(CHECK, {"health": said(health(cms=word), status)})


@pytest.mark.parametrize("word", ["down", "starting", "", None, False, 1])
def test_a_component_that_is_not_good_fails_inside_a_body_that_says_healthy(word: Any) -> None:
    found = fails(CHECK, {"health": said(health(crm=word))})

    assert (found.reason, found.seen) == (Reason.COMPONENT_DOWN, f"services.crm.status is {word!r}")
    assert found.cause == "crm is down or unreachable for brain-gateway, though brain-gateway calls itself 'healthy'"


def test_all_components_that_are_not_good_are_told_beside_the_words_that_are() -> None:
    found = fails(CHECK, {"health": said(health("down", "lost"))})

    assert found.seen == "services.cms.status is 'down', services.crm.status is 'lost'"
    assert "is one of up, ok, " in found.must_hold


def test_a_body_that_is_a_list_has_no_word_of_its_own() -> None:
    listed = check("components", {"at": "$[*].status", "names": []}, kind="health", service="brain-gateway")

    assert fails(listed, {"health": said([{"status": "down"}])}).seen == "0.status is 'down'"


def test_a_bad_word_anywhere_else_fails() -> None:
    found = fails(CHECK, {"health": said(health(postgresql=[{"state": "Disconnected"}]))})

    assert (found.reason, found.seen) == (Reason.COMPONENT_DOWN, "postgresql.0.state is 'Disconnected'")
    assert found.cause.startswith("postgresql is down")


def test_a_bad_word_of_the_body_about_itself_fails() -> None:
    found = fails(CHECK, {"health": said({**health(), "status": "degraded"})})

    assert (found.reason, found.seen) == (Reason.COMPONENT_DOWN, "status is 'degraded'")
    assert found.cause == "brain-gateway says that it is not well, and names no component"


def test_a_body_without_a_status_of_its_own_is_not_said_to_have_one() -> None:
    found = fails(CHECK, {"health": said({"services": health(cms="down")["services"]})})

    assert found.cause == "cms is down or unreachable for brain-gateway"


def test_a_component_that_is_not_watched_fails() -> None:
    found = fails(CHECK, {"health": said({"services": {"cms": {"status": "up"}}})})

    assert (found.reason, found.seen) == (Reason.COMPONENT_DOWN, "crm is not in the body")
    assert found.cause == "brain-gateway does not watch crm"


@pytest.mark.parametrize("body", [{}, {"services": {}}, "up", None, b"not json"])
def test_a_body_without_components_fails(body: Any) -> None:
    unnamed = check("components", {"at": "$.services.*.status"}, kind="health")

    found = fails(unnamed, {"health": said(body)})

    assert (found.reason, found.seen) == (Reason.COMPONENT_DOWN, "$.services.*.status is not there")


def test_no_health_body_fails_with_the_matchers_reason() -> None:
    assert fails(CHECK, {"health": silent()}).reason is Reason.CONNECT
    assert fails(CHECK, {"health": said(health(), 500)}).reason is Reason.STATUS
    assert fails(CHECK, {"health": said(health(), type="text/html")}).reason is Reason.CONTENT_TYPE


@pytest.mark.parametrize("around", ["services", "components", "checks"])
def test_the_component_is_named_and_not_the_place_where_it_stands(around: str) -> None:
    placed = check("components", {"at": f"$.{around}.*.status"}, service="brain-gateway", kind="health")

    found = fails(placed, {"health": said({around: {"redis": {"status": "down"}}})})

    assert found.cause == "redis is down or unreachable for brain-gateway"


def test_a_service_that_says_that_it_is_not_well_is_not_held_against_itself() -> None:
    bad = check("components", {"at": "$.services.*"}, service="brain-gateway", kind="health")

    found = fails(bad, {"health": said({"services": {"crm": "down"}, "status": "degraded"})})

    assert found.cause == "crm is down or unreachable for brain-gateway"


def test_a_state_without_a_name_is_that_of_a_component() -> None:
    bare = check("components", {"at": "$.status"}, service="brain-gateway", kind="health")

    found = fails(bare, {"health": said({"checks": {"status": "down"}, "status": "up"})})

    assert found.cause.startswith(
        "a component is down or unreachable for brain-gateway, though brain-gateway calls itself 'up'"
    )
