"""T29: who administers one tenant administers no other."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import (
    ENVIRONMENT,
    Said,
    fails,
    identities,
    isolation,
    passes,
    request,
    said,
    setting,
    silent,
    steps,
    unproven,
)
from stagecheck.model import Privileged
from stagecheck.outcome import Reason
from stagecheck.placeholders import fill

WHERE = setting(
    tenants=[{**tenant, "administrator": f"{tenant['id'].upper()}_ADMIN"} for tenant in ENVIRONMENT["tenants"]]
)
WHOAMI: dict[str, Any] = {"request": {"path": "/me"}, "tenant": "$.t", "roles": "$.r[*]"}
ROUTE = Privileged(id="users", request=request(path="/tenants/{whose}/users"))
CHECK = isolation("administered", None, WHOAMI, privileged=ROUTE)
OWN, THEIRS = said({"users": ["a"]}), said({"users": ["z"]})


def heard(**more: Said) -> dict[str, Said]:
    return {"own": OWN, "owner": THEIRS, "attack": said({}, 403), **more}


def test_each_administrator_asks_for_its_own_and_one_for_the_others() -> None:
    asked = steps(CHECK, WHERE)

    assert identities(CHECK, WHERE) == {
        "own": "acme+administrator",
        "owner": "zeta+administrator",
        "attack": "acme+administrator",
    }
    assert [step.identity.variable for step in asked.values()] == ["ACME_ADMIN", "ZETA_ADMIN", "ACME_ADMIN"]
    assert [dict(step.fill)["tenant"] for step in asked.values()] == ["acme", "zeta", "acme"]
    assert [fill(step, {}).request.path for step in asked.values()] == [
        "/tenants/acme/users",
        "/tenants/zeta/users",
        "/tenants/zeta/users",
    ]
    assert not any(step.request.writes for step in asked.values())


@pytest.mark.parametrize("answer", [said({}, 403), said({}, 404), OWN])
def test_a_denial_or_ones_own_passes(answer: Said) -> None:
    assert passes(CHECK, heard(attack=answer), where=WHERE)


def test_what_belongs_to_the_other_fails() -> None:
    found = fails(CHECK, heard(attack=THEIRS), where=WHERE)

    assert (found.reason, found.step, found.seen) == (Reason.LEAK, "attack", "it was answered 200")
    assert "looks at the role alone" in found.cause


@pytest.mark.parametrize("answer", [*(said({}, status) for status in (300, 302, 401, 500)), silent()])
def test_an_accident_is_no_denial(answer: Said) -> None:
    assert unproven(CHECK, heard(attack=answer), where=WHERE).step == "attack"


@pytest.mark.parametrize("name", ["own", "owner"])
def test_nothing_is_proven_where_nobody_is_let_in(name: str) -> None:
    assert unproven(CHECK, heard(**{name: said({}, 403)}), where=WHERE).step == name


def test_nothing_is_proven_where_everybody_is_told_the_same() -> None:
    found = unproven(CHECK, heard(owner=OWN), where=WHERE)

    assert (found.step, found.seen) == ("owner", "control 'owner': the same body as 'own'")
