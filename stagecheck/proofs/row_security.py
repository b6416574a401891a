"""Every table that holds rows of tenants has row level security, and its owner is bound by it too."""

from __future__ import annotations

from stagecheck.causes import accident
from stagecheck.exchange import Answers
from stagecheck.model import Request, RowSecurity, Sql, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

MUST_HOLD = "each table with a tenant's column has row level security, enabled and forced"


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, RowSecurity)
    return (setting.step(check, "tables", Request(sql=Sql(query=tables(check.word.column)))),)


def tables(column: str) -> str:
    """A query for every table with that column: `name` as SQL writes it, `enabled`, `forced`, and whether we may read.

    https://www.postgresql.org/docs/current/catalog-pg-class.html
    """
    return (
        "SELECT c.oid::regclass::text AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced, "
        "has_table_privilege(c.oid, 'SELECT') AS readable "
        "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE a.attname = {literal(column)} AND NOT a.attisdropped AND c.relkind IN ('r', 'p') "
        "AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_temp%' "
        "ORDER BY c.oid::regclass::text"
    )


def literal(text: str) -> str:
    """A text as SQL writes it, whatever `standard_conforming_strings` says."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    """There is a table to look at."""
    assert isinstance(check.word, RowSecurity)
    return nothing_there(check, answers, check.word.column, MUST_HOLD)


def nothing_there(check: Check, answers: Answers, column: str, must_hold: str) -> Finding | None:
    """An inconclusive finding when no table has the column, or nobody says which have."""
    exchange = answers["tables"]
    if exchange.trouble is not None:
        seen, cause = exchange.trouble.detail, accident(check, exchange)
    elif not exchange.json:
        seen, cause = f"no table has a column {column!r}", "the database is empty, or the target names another column"
    else:
        return None
    return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, "tables")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    found = answers["tables"].json
    off = [one["name"] for one in found if not one["enabled"]]
    bent = [one["name"] for one in found if one["enabled"] and not one["forced"]]
    if not off and not bent:
        return None
    told = [f"off: {', '.join(off)}"] if off else []
    told += [f"not forced: {', '.join(bent)}"] if bent else []
    cause = "these tables were made without ENABLE or FORCE ROW LEVEL SECURITY: no policy binds whoever owns them"
    return failed(Reason.OPEN_DATA, MUST_HOLD, f"of {len(found)} tables, {'; '.join(told)}", cause, "tables")


PROCEDURE = Procedure(steps, holds, controls)
