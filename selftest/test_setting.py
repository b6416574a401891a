"""Where and as whom a check is asked."""

from __future__ import annotations

import re

import pytest

from selftest.told import ACME, ZETA, check, environment, page_check, request, setting
from stagecheck.model import ANONYMOUS, Identity
from stagecheck.setting import Setting

CHECK = check("whole")
HERE = setting()


def test_tenants_are_found_by_id() -> None:
    assert HERE.tenant("zeta").sentinel == ZETA
    assert [tenant.id for tenant in HERE.others("zeta")] == ["acme"]
    assert [tenant.id for tenant in HERE.others("")] == ["acme", "zeta"]


@pytest.mark.parametrize(
    ("service", "via", "base"),
    [
        ("shop", "gateway", "http://gateway.invalid:8001"),
        ("shop", "direct", "http://shop.invalid:8000"),
        ("front", "domain", "https://www.acme.invalid"),
    ],
)
def test_a_request_goes_where_its_way_leads(service: str, via: str, base: str) -> None:
    assert HERE.base(service, request(via=via)) == base


def test_a_marker_is_the_runs_the_checks_and_the_roles_alone() -> None:
    other_run, other_check = Setting(environment(), "r2"), check("kept", {"request": {"path": "/x"}, "status": [404]})
    markers = {
        HERE.marker(CHECK, "victim"),
        HERE.marker(CHECK, "own"),
        HERE.marker(other_check, "victim"),
        other_run.marker(CHECK, "victim"),
    }

    assert len(markers) == 4
    assert HERE.marker(CHECK, "victim") == setting().marker(CHECK, "victim")
    assert re.fullmatch(r"sc-r1-[0-9a-f]{24}", HERE.marker(CHECK, "victim"))


def test_nonsense_is_no_marker_and_differs_between_checks() -> None:
    assert re.fullmatch(r"nosuch-r1-[0-9a-f]{24}", HERE.nonsense(CHECK))
    assert HERE.nonsense(CHECK) != HERE.nonsense(page_check("production"))


def test_a_step_is_asked_by_the_checks_own_tenant_with_its_values() -> None:
    step = HERE.step(CHECK, "any", request(path="/x"))

    assert (step.name, step.base, step.identity, step.check) == (
        "any",
        HERE.environment.gateway,
        Identity("acme"),
        CHECK.id,
    )
    assert dict(step.fill) == {
        "nonsense": HERE.nonsense(CHECK),
        "tenant": "acme",
        "sentinel": ACME,
        "host": "www.acme.invalid",
    }


def test_a_step_may_be_asked_by_another_tenant() -> None:
    step = HERE.step(CHECK, "any", request(), tenant="zeta")

    assert (step.identity, dict(step.fill)["sentinel"]) == (Identity("zeta"), ZETA)


def test_a_step_of_nobody_has_no_tenants_values() -> None:
    step = HERE.step(CHECK, "any", request(), tenant="")

    assert (step.identity, list(dict(step.fill))) == (ANONYMOUS, ["nonsense"])


def test_what_a_proof_says_wins() -> None:
    step = HERE.step(
        CHECK,
        "any",
        request(),
        fill=[("sentinel", "needle"), ("id", "{own_id}")],
        identity=Identity("acme", "alg-none", "zeta"),
        base="http://plain.invalid",
        cleanup=True,
    )

    assert (dict(step.fill)["sentinel"], dict(step.fill)["id"]) == ("needle", "{own_id}")
    assert (step.identity.forge, step.base, step.cleanup) == ("alg-none", "http://plain.invalid", True)


def test_checks_of_domains_ask_the_domain() -> None:
    step = HERE.step(page_check("production"), "any", request(path="/x"), tenant="")
    other = HERE.step(page_check("production"), "any", request(path="/x"), tenant="", service="other")

    assert (step.request.via, step.base) == ("domain", "https://www.acme.invalid")
    assert other.base == "https://www.zeta.invalid"


@pytest.mark.parametrize(("path", "asked"), [("/", "/shop"), ("/x?", "/shop/x?"), ("/x/", "/shop/x/")])
def test_an_app_below_a_path_is_asked_below_it(path: str, asked: str) -> None:
    below = setting(domains={"front": "www.acme.invalid/shop", "other": "www.zeta.invalid"})

    step = below.step(page_check("production"), "any", request(path=path), tenant="")
    other = below.step(page_check("production"), "any", request(path=path), tenant="", service="other")
    whole = below.step(page_check("production"), "any", request(path=path), tenant="", base="https://www.acme.invalid")

    assert (step.base, step.request.path) == ("https://www.acme.invalid", asked)
    assert (other.request.path, whole.request.path) == (path, path)


def test_a_service_with_a_host_of_its_own_is_asked_for_it_directly_only() -> None:
    hosted = setting(services={"shop": {"direct": "http://10.0.0.1:80", "host": "shop.invalid"}})

    direct = hosted.step(CHECK, "any", request(via="direct"), extra_headers=(("A", "b"),))

    assert direct.extra_headers == (("Host", "shop.invalid"), ("A", "b"))
    assert hosted.step(CHECK, "any", request()).extra_headers == ()
    own = request(via="direct", headers={"host": "www.acme.invalid"})
    assert hosted.step(CHECK, "any", own).extra_headers == ()
    assert HERE.step(CHECK, "any", request(via="direct")).extra_headers == ()
