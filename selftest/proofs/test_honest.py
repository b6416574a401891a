"""The proof `honest`: what a health body claims of a service is what a request to that service says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from selftest.told import check, entry, fails, html, identities, passes, said, setting, silent, steps
from stagecheck.exchange import Trouble
from stagecheck.outcome import Reason

WITNESSES = (
    ("shop", entry("answers", expect={"status": 200, "type": "application/json"}, request={"path": "/shop"})),
    ("auth", entry("answers", expect={"status": 200}, request={"path": "/jwks"}, **{"as": "anonymous"})),
)
CLAIMS = {"shop": "$.services.shop.status", "auth": "$.services.auth.status"}
CHECK = check(
    "honest", {"claims": CLAIMS}, service="brain-gateway", kind="health", about={"tenant": "", "witnesses": WITNESSES}
)


def health(shop: Any = "up", auth: Any = "up") -> dict[str, Any]:
    return {"services": {"shop": {"status": shop}, "auth": {"status": auth}}}


def heard(**changed: Any) -> dict[str, Any]:
    return {"health": said(health()), "shop": said({}), "auth": said({}), **changed}


@pytest.mark.parametrize("tenant", ["", "acme", "zeta"])
def test_asks_the_health_body_and_each_witness_itself(tenant: str) -> None:
    assert identities(replace(CHECK, tenant=tenant)) == {"health": "anonymous", "shop": "acme", "auth": "anonymous"}
    assert [step.request.path for step in steps(CHECK).values()] == ["/things", "/shop", "/jwks"]


def test_passes_when_claims_and_answers_agree() -> None:
    assert passes(CHECK, heard())
    assert passes(CHECK, heard(health=said(health(shop="UP"))))
    assert passes(CHECK, heard(health=said(health(shop="down"), 503), shop=said({}, 502)))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (said({}, 502), "502"),
        (silent(Reason.TIMEOUT, "no answer in 10 s"), "no answer in 10 s"),
        (html("<p>hi"), "200 text/html"),
        (said({}, trouble=Trouble(Reason.TRUNCATED, "10 of 20 bytes")), "200, but 10 of 20 bytes"),
    ],
)
def test_a_claim_of_good_that_the_service_does_not_bear_out_fails(answer: Any, told: str) -> None:
    found = fails(CHECK, heard(shop=answer))

    assert (found.reason, found.step) == (Reason.FALSE_HEALTH, "shop")
    assert found.seen == f"/health says 'up' of shop, but asked through the gateway it answered {told}"
    assert found.cause == "brain-gateway reports a state that it does not measure: shop does not work behind it"


@pytest.mark.parametrize(("claim", "said_of_it"), [("down", "'down'"), (None, "'None'")])
def test_a_claim_of_bad_about_a_service_that_works_fails(claim: Any, said_of_it: str) -> None:
    found = fails(CHECK, heard(health=said(health(auth=claim))))

    assert (found.reason, found.step) == (Reason.FALSE_HEALTH, "auth")
    assert found.seen.startswith(f"/health says {said_of_it} of auth")
    assert found.cause.endswith("auth works")


def test_a_service_of_which_nothing_is_claimed_fails() -> None:
    found = fails(CHECK, heard(health=said({"services": {"shop": {"status": "up"}}})))

    assert (found.reason, found.step) == (Reason.FALSE_HEALTH, "auth")
    assert found.seen.startswith("/health says nothing of auth")
    assert passes(CHECK, heard(health=said({"services": {"auth": {"status": "up"}}}), shop=said({}, 502)))


@pytest.mark.parametrize(("status", "works"), [(200, True), (201, False)])
def test_a_witness_that_expects_no_status_is_expected_to_say_200(status: int, works: bool) -> None:
    silent_on_status = entry("answers", expect={"contains": ["x"]}, request={"path": "/shop"})
    one = check("honest", {"claims": {"shop": "$.shop"}}, about={"witnesses": (("shop", silent_on_status),)})

    assert passes(one, {"health": said({"shop": "up" if works else "down"}), "shop": said({}, status)})


def test_a_wrong_body_of_a_service_that_answers_is_another_checks_business() -> None:
    assert passes(CHECK, heard(shop=said({"source": "fallback"})))


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("claim", ["up", "down"])
def test_a_refused_token_says_nothing_of_the_service(status: int, claim: str) -> None:
    assert passes(CHECK, heard(health=said(health(shop=claim)), shop=said({}, status)))


def test_no_health_body_fails_with_the_matchers_reason() -> None:
    assert fails(CHECK, heard(health=said({}, 404))).reason is Reason.STATUS
    assert fails(CHECK, heard(health=html("<p>"))).reason is Reason.CONTENT_TYPE


OWN = (("shop", entry("answers", kind="health", expect={"status": 200, "json": {"$.status": "healthy"}})),)
ASKED_ITSELF = check(
    "honest",
    {"claims": {"shop": "$.shop"}},
    service="brain-gateway",
    kind="health",
    about={"tenant": "", "witnesses": WITNESSES[:1], "own_health": OWN},
)
WELL, UNWELL = said({"status": "healthy"}), said({"status": "unhealthy"}, 503)


def beside(claim: str, through: Any, itself: Any) -> dict[str, Any]:
    return {"health": said({"shop": claim}), "shop": through, "shop itself": itself}


def test_a_service_that_calls_itself_unwell_may_be_called_so_while_it_answers() -> None:
    asked = identities(replace(ASKED_ITSELF, tenant="acme"))
    assert asked == {"health": "anonymous", "shop": "acme", "shop itself": "anonymous"}
    assert passes(ASKED_ITSELF, beside("down", said({}), UNWELL))
    both = replace(CHECK, own_health=OWN)
    two = {**beside("", said({}), UNWELL), "health": said(health(shop="down", auth="down")), "auth": said({})}
    assert fails(both, two).step == "auth", "the others are looked at all the same"
    assert fails(ASKED_ITSELF, beside("down", said({}), WELL)).cause.endswith("shop works")
    assert fails(ASKED_ITSELF, beside("down", said({}), silent())).cause.endswith("shop works")


def test_what_the_service_says_of_itself_may_be_held_against_a_schema() -> None:
    well = entry("answers", kind="health", expect={"schema": "health"})
    by_schema = replace(ASKED_ITSELF, own_health=(("shop", well),))
    where = setting({"health": {"properties": {"status": {"const": "healthy"}}}})

    assert passes(by_schema, beside("down", said({}), UNWELL), where=where)
    assert fails(by_schema, beside("down", said({}), WELL), where=where).step == "shop"


def test_what_the_service_says_of_itself_is_told_beside_what_came_through_the_gateway() -> None:
    found = fails(ASKED_ITSELF, beside("up", said({}, 502), WELL))

    assert found.seen.endswith("asked through the gateway it answered 502, and asked itself 200")
    assert "does not work behind it, and calls itself well" in found.cause
    assert fails(ASKED_ITSELF, beside("up", said({}, 502), UNWELL)).cause.endswith("shop does not work behind it")


def test_each_service_takes_from_its_own_budget() -> None:
    services = {name: step.service for name, step in steps(ASKED_ITSELF).items()}

    assert services == {"health": "brain-gateway", "shop": "shop", "shop itself": "shop"}
