"""T28: what is for administrators is shut for a plain tenant, however its address is spelled."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import (
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
from stagecheck.isolation.privileged import PATH_HEADERS, _leads_back, spellings
from stagecheck.model import Privileged, Step
from stagecheck.outcome import Reason

WHERE = setting(administrator="ROOT_TOKEN")
WHOAMI: dict[str, Any] = {"request": {"path": "/me"}, "tenant": "$.t", "roles": "$.r[*]"}
ROUTE = Privileged(id="users", request=request(path="/auth/users"))
CHECK = isolation("privileged", None, WHOAMI, victim="", privileged=ROUTE)
ME, USERS, SHUT = said({"t": "acme"}), said({"users": []}), said({}, 403)
NAMES = [name for name, _ in spellings(ROUTE.request)]


def heard(**more: Said) -> dict[str, Said]:
    fixed = {"administrator": USERS, "beside": ME, **dict.fromkeys(NAMES, SHUT), **dict.fromkeys(PATH_HEADERS, ME)}
    return {**fixed, **more}


def test_an_administrator_asks_once_and_the_tenant_in_every_spelling() -> None:
    asked = steps(CHECK, WHERE)

    assert identities(CHECK, WHERE) == {**dict.fromkeys(asked, "acme"), "administrator": "administrator"}
    assert asked["administrator"].identity.variable == "ROOT_TOKEN"
    assert [asked[name].request.path for name in NAMES] == [
        "/auth/users",
        "/auth/users/",
        "/auth//users",
        "/auth/USERS",
        "/auth/%75sers",
        "/auth/users;x=1",
        "/auth/./users",
        "/auth/users.json",
        "/auth/x/%2e%2e/users",
        "/auth/x/..;/users",
    ]
    assert {asked[name].request.path for name in ("beside", *PATH_HEADERS)} == {"/me"}
    assert [asked[name].extra_headers for name in PATH_HEADERS] == [((name, "/auth/users"),) for name in PATH_HEADERS]
    assert not any(step.request.writes for step in asked.values())


@pytest.mark.parametrize("path", ["/auth/users", "/auth/INDEX"])
def test_a_path_with_a_slash_is_tried_without_it(path: str) -> None:
    assert dict(spellings(request(path=f"{path}/")))["the other slash"] == path


def test_the_administrator_is_no_tenant_of_the_check() -> None:
    fills = {name: dict(step.fill) for name, step in steps(CHECK, WHERE).items()}

    assert "sentinel" not in fills["administrator"]
    assert fills["beside"]["tenant"] == "acme"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
def test_a_route_that_is_shut_passes(status: int) -> None:
    assert passes(CHECK, heard(**dict.fromkeys(NAMES, said({}, status))), where=WHERE)


@pytest.mark.parametrize("status", [301, 307, 308])
@pytest.mark.parametrize("path", ["/auth/users", "/users"])
def test_a_redirect_to_the_route_itself_passes_also_where_a_gateway_takes_off_a_prefix(path: str, status: int) -> None:
    back = said(b"", status, None, headers=(("Location", f"http://inner.invalid{path}"),))

    assert passes(CHECK, heard(**{"the other slash": back}), where=WHERE)


@pytest.mark.parametrize(
    ("path", "location", "is_back"),
    [
        ("/auth/users/", "/auth/users", True),
        ("/auth/users", "/auth/users/", True),
        ("/auth/users/", "/login", False),
        ("/auth/users/", "", False),
        ("/auth/users", "/superusers", False),
        ("/auth/users", "http://[/users", False),
    ],
)
def test_a_redirect_elsewhere_is_none_to_the_route(path: str, location: str, is_back: bool) -> None:
    headers = (("Location", location),) if location else ()
    exchange = said(b"", 301, None, headers=headers).to(Step("beside"))

    assert _leads_back(exchange, path) is is_back


@pytest.mark.parametrize("name", [*NAMES, *PATH_HEADERS])
def test_an_answer_fails(name: str) -> None:
    found = fails(CHECK, heard(**{name: USERS}), where=WHERE)

    assert (found.reason, found.step, found.seen) == (Reason.OPEN_DATA, name, f"'{name}': 200")
    through = f"the role is looked at by the path alone, and this spelling of it ({name}) slips through"
    assert found.cause == ("no role is looked at there" if name == "as it is" else through)


@pytest.mark.parametrize("name", [*NAMES, *PATH_HEADERS])
@pytest.mark.parametrize(
    "answer",
    [
        said({}, 300),
        said({}, 500),
        said({}, 301),
        *(said(b"", status, None, headers=(("Location", "/login"),)) for status in (302, 307)),
        silent(),
    ],
)
def test_an_accident_is_no_refusal(name: str, answer: Said) -> None:
    assert unproven(CHECK, heard(**{name: answer}), where=WHERE).step == name


@pytest.mark.parametrize("name", ["administrator", "beside"])
def test_nothing_is_proven_where_nobody_is_let_in(name: str) -> None:
    assert unproven(CHECK, heard(**{name: SHUT}), where=WHERE).step == name
