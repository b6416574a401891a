"""The cause of a failure is one sentence that names the component to look at first."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import Said, check, html, page_check, request, said, setting, silent
from stagecheck.causes import accident, blame, part
from stagecheck.exchange import Exchange
from stagecheck.model import Grpc, Request, Step
from stagecheck.outcome import Reason
from stagecheck.plan import Check

SHOP, GATEWAY, PAGE = check("whole"), check("whole", service="brain-gateway"), page_check("production")
BEHIND = "brain-gateway (or shop behind it)"


def answered(answer: Said, check: Check = SHOP, via: str = "gateway", tenant: str | None = None) -> Exchange:
    return answer.to(setting().step(check, "any", request(path="/x", via=via), tenant=tenant))


@pytest.mark.parametrize(
    ("check", "via", "component"),
    [
        (SHOP, "gateway", BEHIND),
        (SHOP, "direct", "shop"),
        (GATEWAY, "gateway", "brain-gateway"),
        (PAGE, "gateway", "front"),
    ],
)
def test_the_part_is_the_service_or_the_gateway_before_it(check: Check, via: str, component: str) -> None:
    assert part(check, answered(said({}), check, via)) == component


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (502, {"service": "crm"}, "crm is down or unreachable from the gateway: brain-gateway cannot reach it"),
        (
            *(502, {"service": "crm", "detail": "crm answered with an error"}),
            "crm answers brain-gateway with an error, see its log: 'crm answered with an error'",
        ),
        (
            *(502, {"service": "crm", "detail": "crm is unreachable"}),
            "crm is down or unreachable from the gateway: brain-gateway cannot reach it",
        ),
        (502, {}, "shop is down or unreachable from the gateway: brain-gateway cannot reach it"),
        (502, {"service": 7}, "shop is down or unreachable from the gateway: brain-gateway cannot reach it"),
        (
            503,
            {"service": "shop"},
            "shop is down or unreachable from the gateway: brain-gateway does not let requests through to it",
        ),
        (504, None, "shop is down or unreachable from the gateway: brain-gateway got no answer from it in time"),
    ],
)
def test_a_dead_upstream_is_named_by_the_gateway(status: int, body: Any, sentence: str) -> None:
    assert blame(SHOP, answered(said(body, status)), Reason.UPSTREAM_DOWN) == sentence


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (Reason.PROTOCOL, "another program than shop listens at cache.test:6379, or a proxy with nothing behind it"),
        (Reason.STATUS, "shop refuses what its target asks: another version, schema or role than it is written for"),
        (Reason.UPSTREAM_DOWN, "shop is there and cannot serve now: it starts, recovers or has no place left"),
        (Reason.TIMEOUT, "shop accepted the request and did not finish its answer in time"),
    ],
)
def test_of_another_protocol_the_service_itself_is_to_blame(reason: Reason, sentence: str) -> None:
    asked = Step("any", request(redis={"command": ["PING"]}), probe="redis", base="CACHE_URL")

    assert blame(SHOP, Exchange(asked, "redis://cache.test:6379"), reason) == sentence


def test_a_service_that_answers_503_itself_is_up_and_cannot_serve() -> None:
    own = answered(said({"service": "brain-gateway"}, 503), GATEWAY)

    assert blame(GATEWAY, own, Reason.UPSTREAM_DOWN) == "brain-gateway answers 503: it is up and cannot serve"
    assert blame(SHOP, answered(said({}, 503), via="direct"), Reason.UPSTREAM_DOWN).startswith("shop answers 503")


def test_a_503_that_names_no_service_may_be_the_services_own() -> None:
    page = html("<title>503 Service Temporarily Unavailable</title>", 503)

    told = "answers 503 titled '503 Service Temporarily Unavailable': it is up and cannot serve"
    assert blame(SHOP, answered(page), Reason.UPSTREAM_DOWN) == f"{BEHIND} {told}"
    assert blame(SHOP, answered(said([], 503)), Reason.UPSTREAM_DOWN).startswith(f"{BEHIND} answers 503: it is up")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (said({"service": "shop"}, 502), "shop is down or unreachable"),
        (said({}, 500), "fails inside"),
        (said({}, 302), "redirects where it should answer"),
        (silent(Reason.TIMEOUT), "did not finish its answer in time"),
    ],
)
def test_an_accident_has_the_cause_that_it_has_elsewhere(answer: Said, words: str) -> None:
    assert words in accident(SHOP, answered(answer))


@pytest.mark.parametrize(
    ("status", "tenant", "sentence"),
    [
        (401, "acme", "refuses a valid token of acme: keys or roles differ"),
        (403, "zeta", "refuses a valid token of zeta: keys or roles differ"),
        (401, "", "answers 401 where another status is due"),
        (300, None, "redirects where it should answer: a proxy setting (HTTPS, slash, login) is wrong"),
        (399, None, "redirects where it should answer: a proxy setting (HTTPS, slash, login) is wrong"),
        (400, None, "refuses the request itself: a Host that is not allowed, or another API version"),
        (404, None, "does not have this route: another program, version or prefix is deployed"),
        (500, None, "fails inside: see its log at this trace id"),
        (418, None, "answers 418 where another status is due"),
        (204, None, "answers 204 where another status is due"),
    ],
)
def test_a_status_has_its_sentence(status: int, tenant: str | None, sentence: str) -> None:
    assert blame(SHOP, answered(said({}, status), tenant=tenant), Reason.STATUS) == f"{BEHIND} {sentence}"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"token_begins_s": 600}, "that begins 10 min from now: the clock of who issues it is ahead"),
        ({"token_begins_s": 90}, "that begins 2 min from now: the clock of who issues it is ahead"),
        ({"token_begins_s": 89}, "that begins 89 s from now: the clock of who issues it is ahead"),
        ({"token_ends_s": -3600}, "that ended 60 min ago: the clock of who issues it is behind, or it is old"),
    ],
)
def test_a_token_that_is_refused_for_its_times_is_told_with_them(facts: dict[str, int], sentence: str) -> None:
    refused = answered(said({}, 401, facts=facts), tenant="acme")

    assert blame(SHOP, refused, Reason.STATUS) == f"{BEHIND} refuses a token of acme {sentence}"


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        (
            "<title>TypeError at /</title>",
            "fails inside, with a page titled 'TypeError at /': see its log at this trace id",
        ),
        ("no such column: site.tenant", "asks its database for what it does not have: a migration did not run"),
        ('column "tenant" does not exist', "asks its database for what it does not have: a migration did not run"),
    ],
)
def test_a_page_of_a_framework_says_more(page: str, sentence: str) -> None:
    assert blame(SHOP, answered(html(page, 500)), Reason.STATUS) == f"{BEHIND} {sentence}"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.DNS, "no usable answer for www.acme.invalid"),
        (Reason.CONNECT, "nothing accepts connections at www.acme.invalid: front is not running"),
        (Reason.TIMEOUT, "front accepted the request and did not finish"),
        (Reason.TLS_EXPIRED, "expired certificate for www.acme.invalid"),
        (Reason.TLS_NAME, "certificate of another name for www.acme.invalid"),
        (Reason.TLS_UNTRUSTED, "no trusted authority signed"),
        (Reason.TLS_CHAIN, "without its intermediate"),
        (Reason.TLS_PROTOCOL, "no common TLS protocol for www.acme.invalid"),
        (Reason.NOT_JSON, "something other than front answered"),
        (Reason.EMPTY, "front is up and has no data"),
        (Reason.LEAK, "front does not do what front must"),
    ],
)
def test_every_other_reason_names_a_component_or_a_host(reason: Reason, words: str) -> None:
    sentence = blame(PAGE, answered(silent(reason), PAGE), reason)

    assert words in sentence
    assert "{" not in sentence


@pytest.mark.parametrize("reason", Reason)
def test_there_is_a_whole_sentence_for_each_reason(reason: Reason) -> None:
    sentence = blame(SHOP, answered(silent(reason)), reason)

    assert "{" not in sentence
    assert "\n" not in sentence
    assert any(name in sentence for name in ("shop", "gateway", "edge", "name server"))


@pytest.mark.parametrize("reason", [Reason.EMPTY, Reason.WRONG_CONTENT])
def test_a_queue_without_a_worker_is_the_workers_failure(reason: Reason) -> None:
    request = Request(grpc=Grpc(namespace="jobs", task_queue="mail"))
    exchange = Exchange(Step("s", request, probe="grpc"), "grpc://flows.test:7233")

    assert blame(SHOP, exchange, reason).startswith("no worker takes what is put into mail: ")


def test_a_status_means_what_the_target_says_of_it() -> None:
    vault = check("answers", expect={"status": 200}, causes={"429": "it is on standby", "503": "it is sealed"})

    assert blame(vault, answered(said({}, 429), vault), Reason.STATUS) == "it is on standby"
    assert blame(vault, answered(said({}, 503), vault), Reason.UPSTREAM_DOWN) == "it is sealed"
    assert "fails inside" in blame(vault, answered(said({}, 500), vault), Reason.STATUS)
    assert blame(vault, answered(said({}, 503), vault), Reason.SLOW).endswith("slower than its users are promised")
