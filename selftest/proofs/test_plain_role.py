"""The proof `plain_role`: neither the role nor one that it may become is free of policies."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, fails, passes, said, setting, silent, unproven
from stagecheck.outcome import Reason

CHECK = check("plain_role", kind="isolation", service="db", request={})
HERE = setting(databases={"db": {"url": "DB_URL"}})


def role(name: str, superuser: bool = False, bypasses: bool = False) -> dict[str, object]:
    return {"role": name, "superuser": superuser, "bypasses": bypasses}


def test_a_plain_role() -> None:
    assert passes(CHECK, {"roles": said([role("app"), role("reads")], None)}, where=HERE)


@pytest.mark.parametrize(
    ("roles", "seen"),
    [
        ([role("postgres", True, True)], "postgres is a superuser"),
        ([role("app", bypasses=True)], "app has BYPASSRLS"),
        ([role("app"), role("admin", True), role("dump", bypasses=True)], "admin is a superuser; dump has BYPASSRLS"),
    ],
)
def test_a_role_that_no_policy_binds(roles: list[dict[str, object]], seen: str) -> None:
    told = fails(CHECK, {"roles": said(roles, None)}, where=HERE)

    assert (told.reason, told.seen) == (Reason.OPEN_DATA, seen)
    assert told.cause.startswith(f"the platform connects as {roles[0]['role']}, ")


@pytest.mark.parametrize(
    ("answer", "seen"),
    [(said([], None), "the role is not among the server's roles"), (silent(), "connection refused")],
)
def test_without_an_answer_nothing_is_proven(answer: Said, seen: str) -> None:
    found = unproven(CHECK, {"roles": answer}, where=HERE)

    assert (found.step, found.seen) == ("roles", seen)
