"""What nobody looks for is found in every answer: the sentinel of a tenant that neither asked nor was named."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from selftest.told import ACME, ZETA, Said, check, fails, hear, html, isolation, passes, said, setting, silent
from stagecheck.exchange import Answers, Hop
from stagecheck.leaks import leaked
from stagecheck.marks import mark
from stagecheck.model import Identity, Request, Step
from stagecheck.outcome import Finding, Outcome, Reason

CHECK = check("answers", expect={"status": 200})
CLAIMS = base64.urlsafe_b64encode(json.dumps({"a": 1, "name": f"Sentinel {ZETA}"}).encode()).decode().rstrip("=")


def found(answer: Said, tenant: str = "acme", **step: Any) -> Finding | None:
    asked = Step("ask", base="http://shop.invalid:8000", identity=Identity(tenant), **step)
    return leaked(CHECK, setting(), Answers({"ask": answer.to(asked)}))


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        (said({"a": [{"b": "x"}, {"b": f"Sentinel {ZETA}"}]}), "$.a[1].b"),
        (said({"a": {ZETA: 1}}), "$.a.*"),
        (said({"token": f"eyJhbGciOiJub25lIn0.{CLAIMS}."}), "$.token"),
        (said({"error": f"no row for {ZETA!r} in leads"}, 500), "$.error"),
        (said({}, headers=(("X-Debug", base64.b64encode(f"a:{ZETA}".encode()).decode()),)), "the header X-Debug"),
        (said({}, headers=(("Set-Cookie", f"who={ZETA.encode().hex()}"),)), "the header Set-Cookie"),
        (said({}, hops=(Hop("http://shop.invalid", 302, f"/leads/{ZETA}"),)), "the header Location"),
        (html(f"<p>{ZETA}</p>"), "the body"),
    ],
)
def test_a_sentinel_is_found_wherever_it_stands(answer: Said, place: str) -> None:
    finding = found(answer)

    assert finding is not None
    assert (finding.outcome, finding.reason, finding.step) == (Outcome.FAILED, Reason.LEAK, "ask")
    assert finding.must_hold == "no answer to acme holds anything of zeta"
    assert finding.seen == f"the sentinel of zeta is in {place} of 'ask', which asked for nothing of it"
    assert ZETA not in f"{finding.seen} {finding.cause}"


def test_nobody_is_a_stranger_to_everybody() -> None:
    finding = found(said({"name": ACME}), tenant="")

    assert finding is not None
    assert finding.must_hold == "no answer to nobody holds anything of acme"


@pytest.mark.parametrize(
    "step",
    [
        {"request": Request(path=f"/leads/{ZETA}")},
        {"request": Request(query={"search": ZETA})},
        {"request": Request(method="POST", body={"name": ZETA})},
        {"request": Request(headers={"X-Name": ZETA})},
        {"extra_query": (("search", ZETA),)},
        {"extra_headers": (("Host", "www.zeta.invalid"),)},
        {"request": Request(headers={"Host": "www.zeta.invalid"})},
        {"line_host": "www.zeta.invalid"},
    ],
)
def test_what_the_request_carries_may_come_back_and_a_host_answers_of_its_own(step: dict[str, Any]) -> None:
    assert found(said({"detail": f"nothing for {ZETA}"}), **step) is None


def test_a_page_of_a_tenants_own_host_shows_that_tenant() -> None:
    asked = Step("ask", base="https://www.zeta.invalid")

    assert leaked(CHECK, setting(), Answers({"ask": html(ZETA).to(asked)})) is None


def test_what_came_before_a_second_try_is_searched_too() -> None:
    asked = Step("ask", base="http://shop.invalid:8000", identity=Identity("acme"))
    first, second = said({"name": ZETA}, 502).to(asked), said({}).to(asked)

    assert leaked(CHECK, setting(), Answers({"ask": replace(second, first=first)})) is not None


@pytest.mark.parametrize("answer", [said({"name": ACME}), silent(), said({"name": "sentinel-zeta"})])
def test_ones_own_and_nothing_are_no_leak(answer: Said) -> None:
    assert found(answer) is None


def test_an_attack_that_carries_the_sentinel_is_judged_by_its_own_check() -> None:
    attack = isolation("search")
    nothing, seen = said({"results": []}), said({"results": [{"id": 7}]})
    told = {"find-victim": seen, "find-own": seen, "attack": nothing}

    assert passes(attack, told)
    assert leaked(attack, setting(), hear(attack, told)) is None
    assert fails(attack, {**told, "attack": said({"results": [{"name": ZETA}]})}).reason is Reason.LEAK


MARK = mark("r1", "1" * 24)


@pytest.mark.parametrize(
    ("tenant", "step", "leaks"),
    [
        ("acme", {}, True),
        ("", {}, True),
        ("zeta", {}, False),
        ("acme", {"request": Request(query={"search": MARK})}, False),
        ("", {"base": "https://www.zeta.invalid"}, False),
        ("", {"base": "https://www.acme.invalid"}, True),
    ],
)
def test_what_the_run_wrote_in_anothers_name_is_no_answer_to_this(
    tenant: str, step: dict[str, Any], leaks: bool
) -> None:
    asked = Step("ask", identity=Identity(tenant), **{"base": "http://shop.invalid:8000", **step})
    answers = Answers({"ask": said({"last": f"Synthetic {MARK}"}).to(asked)})
    found = leaked(CHECK, setting(), answers, lambda text: {MARK: frozenset({"zeta"})} if MARK in text else {})

    assert (found is not None) is leaks
    if found is not None:
        assert found.seen.startswith("a record that this run wrote in the name of zeta is in $.last of 'ask'")
        assert MARK not in f"{found.seen} {found.cause}"


LOGIN = Request(method="POST", path="/login", body={"email": "{user:acme}", "password": "{password:acme}"})


def claims(**told: Any) -> str:
    part = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{part}.c2lnbmVk"


@pytest.mark.parametrize(
    ("answer", "leaks"),
    [
        (said({"access_token": claims(tenant_id="acme"), "tenant": "acme"}), False),
        (said({"access_token": claims(tenant_id="acme"), "tenants": ["acme", "zeta"]}), True),
        (said({"access_token": claims(tenant_id="acme", hosts=["www.zeta.invalid"])}), True),
        (said({"access_token": claims(tenants="acme,zeta")}), True),
        (said({"access_token": claims(tenant_id="acme", iss="https://www.zeta.invalid", aud=["zeta"])}), False),
        (said({"access_token": "eyJhbGciOiJSUzI1NiJ9.bm8gSlNPTg.c2lnbmVk"}), False),
        (said({"access_token": "eyJh.a.b", "note": "zeta-functions and zetas"}), False),
        (said({"detail": "zeta"}, 401), False),
    ],
)
def test_the_answer_to_a_login_names_no_other_tenant(answer: Said, leaks: bool) -> None:
    found = leaked(CHECK, setting(), Answers({"ask": answer.to(Step("ask", LOGIN, base="http://gateway.invalid"))}))

    assert (found is not None) is leaks
    if found is not None:
        assert found.must_hold == "no answer to acme holds anything of zeta"
        assert found.seen.startswith("the name of zeta is in the answer to the login of 'ask'")
