"""The proof `row_security`: no table of tenants is without it."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import Said, check, fails, passes, said, setting, silent, steps, unproven
from stagecheck.outcome import Reason
from stagecheck.proofs import row_security

CHECK = check("row_security", {"column": "tenant_id"}, kind="isolation", service="db", request={})
HERE = setting(databases={"db": {"url": "DB_URL"}})


def table(name: str, enabled: bool = True, forced: bool = True) -> dict[str, Any]:
    return {"name": name, "enabled": enabled, "forced": forced, "readable": True}


def found(*tables: dict[str, Any]) -> dict[str, Said]:
    return {"tables": said(list(tables), None)}


def test_asks_the_catalogue_for_tables_with_the_column() -> None:
    (step,) = steps(CHECK, HERE).values()

    assert (step.probe, step.base) == ("postgres", "DB_URL")
    assert step.request.sql.query == (
        "SELECT c.oid::regclass::text AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced, "
        "has_table_privilege(c.oid, 'SELECT') AS readable FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.attname = E'tenant_id' AND NOT a.attisdropped "
        "AND c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
        "AND n.nspname NOT LIKE 'pg_temp%' ORDER BY c.oid::regclass::text"
    )


@pytest.mark.parametrize(("text", "literal"), [("acme", "E'acme'"), ("o'hara", "E'o''hara'"), ("a\\b", "E'a\\\\b'")])
def test_a_text_is_written_so_that_it_stays_one(text: str, literal: str) -> None:
    assert row_security.literal(text) == literal


def test_all_are_bound() -> None:
    assert passes(CHECK, found(table("users"), table("leads")), where=HERE)


def test_tables_that_are_off_and_not_forced_are_named() -> None:
    tables = found(table("users", False, False), table("leads", True, False), table("pages"), table("ids", False, True))
    told = fails(CHECK, tables, where=HERE)

    assert (told.reason, told.seen) == (Reason.OPEN_DATA, "of 4 tables, off: users, ids; not forced: leads")
    assert told.cause.startswith("these tables were made without ENABLE or FORCE ROW LEVEL SECURITY: no policy binds")


@pytest.mark.parametrize(
    ("tables", "seen"),
    [
        ([table("users", False)], "of 1 tables, off: users"),
        ([table("users", forced=False), table("leads", forced=False)], "of 2 tables, not forced: users, leads"),
    ],
)
def test_only_what_is_amiss_is_told(tables: list[dict[str, Any]], seen: str) -> None:
    assert fails(CHECK, found(*tables), where=HERE).seen == seen


def test_without_a_table_nothing_is_proven() -> None:
    told = unproven(CHECK, found(), where=HERE)

    assert told.seen == "no table has a column 'tenant_id'"
    assert told.cause == "the database is empty, or the target names another column"


def test_without_an_answer_nothing_is_proven() -> None:
    assert unproven(CHECK, {"tables": silent()}, where=HERE).seen == "connection refused"
