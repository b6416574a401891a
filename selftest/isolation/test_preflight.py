"""T0: the tenants' tokens are alive, name their own tenant, and carry no more than a plain role."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import Said, fails, identities, isolation, passes, said, silent, steps, writers
from stagecheck.outcome import Reason

WHOAMI = {"request": {"path": "/whoami"}, "tenant": "$.tenant_id", "roles": "$.roles[*]", "plain": ["client", "guest"]}
CHECK = isolation("preflight", whoami=WHOAMI, tenant="", victim="")


def token(tenant: Any, *roles: str) -> Said:
    return said({"tenant_id": tenant, "roles": list(roles)})


def heard(**more: Said) -> dict[str, Said]:
    return {"acme": token("acme", "client"), "zeta": token("zeta", "guest"), **more}


def test_asks_as_each_tenant_who_it_is() -> None:
    assert identities(CHECK) == {"acme": "acme", "zeta": "zeta"}
    assert {step.request.path for step in steps(CHECK).values()} == {"/whoami"}
    assert writers(CHECK) == []


def test_plain_tokens_of_their_own_tenants_pass() -> None:
    assert passes(CHECK, heard())


@pytest.mark.parametrize(("named", "told"), [("acme", "acme"), ("", ""), (None, "None")])
def test_a_token_that_names_another_tenant_fails(named: Any, told: str) -> None:
    found = fails(CHECK, heard(zeta=token(named, "client")))

    assert (found.reason, found.step) == (Reason.WRONG_CONTENT, "zeta")
    assert found.seen == f"the token of zeta names {told or 'no tenant'}"
    assert "tokens of the wrong tenant" in found.cause


def test_a_token_that_names_nobody_fails() -> None:
    assert fails(CHECK, heard(acme=said({"roles": ["client"]}))).seen == "the token of acme names no tenant"


@pytest.mark.parametrize("roles", [("super_admin",), ("client", "admin")])
def test_a_token_with_a_high_role_fails(roles: tuple[str, ...]) -> None:
    found = fails(CHECK, heard(acme=token("acme", *roles)))

    assert (found.reason, found.step) == (Reason.CONTROL_FAILED, "acme")
    assert found.seen == f"the token of acme has the role '{roles[-1]}'"
    exempt = "the user is exempt from what is to be tested"
    assert found.cause == f"{exempt}, or the auth service makes everybody an administrator"


@pytest.mark.parametrize("tenant", ["acme", "zeta"])
def test_a_token_that_is_not_accepted_fails_with_the_matchers_reason(tenant: str) -> None:
    found = fails(CHECK, heard(**{tenant: said({}, 401)}))

    assert (found.reason, found.step) == (Reason.STATUS, tenant)
    assert f"refuses a valid token of {tenant}" in found.cause
    assert fails(CHECK, heard(**{tenant: silent()})).reason is Reason.CONNECT
    assert fails(CHECK, heard(**{tenant: said({}, type="text/html")})).reason is Reason.CONTENT_TYPE


def test_a_token_that_says_nothing_of_its_roles_fails() -> None:
    found = fails(CHECK, heard(zeta=token("zeta")))

    assert (found.reason, found.step) == (Reason.CONTROL_FAILED, "zeta")
    assert (found.seen, found.must_hold) == (
        "the token of zeta names no role",
        "each tenant's token is accepted, names that tenant, and has a plain role",
    )
    assert found.cause.startswith("shop does not say what the token may do")


def test_a_token_that_names_two_tenants_names_both() -> None:
    two = isolation("preflight", whoami={**WHOAMI, "tenant": "$.tenants[*]"}, tenant="", victim="")
    both = said({"tenants": ["acme", "zeta"], "roles": ["client"]})

    assert fails(two, {"acme": both, "zeta": both}).seen == "the token of acme names acme, zeta"
