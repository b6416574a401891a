"""The proof `row_security`: no table of tenants is without it."""

from __future__ import annotations

from typing import Any

from selftest.told import Said, check, fails, passes, said, setting, silent, steps, unproven
from stagecheck.outcome import Reason

CHECK = check("row_security", {"column": "tenant_id"}, kind="isolation", service="db", request={})
HERE = setting(databases={"db": {"url": "DB_URL"}})


def table(name: str, enabled: bool = True, forced: bool = True) -> dict[str, Any]:
    return {"name": name, "enabled": enabled, "forced": forced, "readable": True}


def found(*tables: dict[str, Any]) -> dict[str, Said]:
    return {"tables": said(list(tables), None)}


def test_asks_the_catalogue_for_tables_with_the_column() -> None:
    (step,) = steps(CHECK, HERE).values()

    assert (step.probe, step.base) == ("postgres", "DB_URL")
    assert "a.attname = E'tenant_id'" in step.request.sql.query


def test_all_are_bound() -> None:
    assert passes(CHECK, found(table("users"), table("leads")), where=HERE)


def test_tables_that_are_off_and_not_forced_are_named() -> None:
    tables = found(table("users", False, False), table("leads", True, False), table("pages"), table("ids", False, True))
    told = fails(CHECK, tables, where=HERE)

    assert (told.reason, told.seen) == (Reason.OPEN_DATA, "of 4 tables, off: users, ids; not forced: leads")


def test_without_a_table_nothing_is_proven() -> None:
    assert unproven(CHECK, found(), where=HERE).seen == "no table has a column 'tenant_id'"


def test_without_an_answer_nothing_is_proven() -> None:
    assert unproven(CHECK, {"tables": silent()}, where=HERE).seen == "connection refused"
