"""With a tenant set, no row of another is read; with none set, no row at all, or an error.

Nobody is set on a connection of its own for each table, right after a tenant was: over a pool that hands a setting on,
that connection still has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stagecheck.causes import accident
from stagecheck.exchange import Answers
from stagecheck.model import Request, Sql, Step, TenantRows
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.proofs.row_security import literal, nothing_there, tables
from stagecheck.setting import Setting

MUST_HOLD = "with a tenant set no row of another is read, and with none set no row at all"
# Of more tables than these the first are read, by name; `row_security` looks at all.
MOST_TABLES = 200
# How a query fails whose policy asks for a tenant that is not set: the setting is unknown, or is no id.
UNSET = frozenset({"42704", "22P02"})


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, TenantRows)
    return (setting.step(check, "tables", Request(sql=Sql(query=tables(check.word.column)))),)


def follow(check: Check, setting: Setting, answers: Answers) -> tuple[Step, ...]:
    """Once it is known which tables there are: all of them as each tenant, then each as nobody."""
    readable = _readable(answers)
    if len(answers.exchanges) > 1 or not readable:
        return ()
    word = check.word
    assert isinstance(word, TenantRows)
    called = setting.environment.databases[check.service].tenants
    asked = [
        (f"as-{tenant.id}", _as(readable, word.column, called[tenant.id]), {word.setting: called[tenant.id]})
        for tenant in setting.environment.tenants
    ]
    asked += [(f"nobody-{at}", _as_nobody(name, word), {}) for at, name in enumerate(readable, 1)]
    return tuple(
        setting.step(check, name, Request(sql=Sql(query=query, settings=settings, pooled=word.pooled)))
        for name, query, settings in asked
    )


def _as(names: list[str], column: str, tenant: str) -> str:
    """For each table: whether it has rows of that tenant, and whose another row is, where one is read."""
    of = f'"{column}"::text'
    return " UNION ALL ".join(
        f"SELECT {literal(name)} AS name, EXISTS (SELECT FROM {name} WHERE {of} = {literal(tenant)}) AS own, "
        f"(SELECT {of} FROM {name} WHERE {of} <> {literal(tenant)} LIMIT 1) AS other"
        for name in names
    )


def _as_nobody(name: str, word: TenantRows) -> str:
    """Whose row is read, where one is; and who is set, where somebody is."""
    whose = f'(SELECT "{word.column}"::text FROM {name} WHERE "{word.column}" IS NOT NULL LIMIT 1)'
    return f"SELECT {literal(name)} AS name, current_setting({literal(word.setting)}, true) AS left, {whose} AS other"


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    """Each tenant reads rows of its own; a table that none may read, or a failing query, proves nothing."""
    assert isinstance(check.word, TenantRows)
    if finding := nothing_there(check, answers, check.word.column, MUST_HOLD):
        return finding
    if not _readable(answers):
        cause = "the role of the URL is another one than the platform's own"
        return inconclusive(Reason.CONTROL_FAILED, MUST_HOLD, "no table may be read", cause, "tables")
    for name, exchange in answers.exchanges.items():
        if exchange.trouble is not None and not (_is_nobody(name) and exchange.facts.get("sqlstate") in UNSET):
            seen = f"{name}: {exchange.trouble.detail}"
            return inconclusive(Reason.CONTROL_FAILED, MUST_HOLD, seen, accident(check, exchange), name)
    for tenant in setting.environment.tenants:
        name = f"as-{tenant.id}"
        if not any(row["own"] for row in answers[name].json):
            cause = "the tenant has no rows yet, or the environment calls it otherwise than the database does"
            return inconclusive(Reason.CONTROL_FAILED, MUST_HOLD, f"{tenant.id} reads no row of its own", cause, name)
    return None


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, TenantRows)
    for step, row in _rows(answers):
        if _is_nobody(step) and row["left"]:
            seen = f"{check.word.setting} is {row['left']!r} in a transaction that set none"
            cause = "the pool hands on what another client set for its session: SET LOCAL is right in transaction mode"
            return failed(Reason.LEAK, MUST_HOLD, seen, cause, step)
        if row["other"] is not None:
            who = "nobody" if _is_nobody(step) else step.removeprefix("as-")
            cause = f"row level security of {row['name']} fails: it is off, not forced, or its policy is too wide"
            return failed(Reason.LEAK, MUST_HOLD, f"{who} reads a row of {row['other']} in {row['name']}", cause, step)
    return None


def _readable(answers: Answers) -> list[str]:
    found = answers["tables"].json or []
    return [one["name"] for one in found if one["readable"]][:MOST_TABLES]


def _rows(answers: Answers) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, exchange in answers.exchanges.items():
        if name != "tables":
            yield from ((name, row) for row in exchange.json or ())


def _is_nobody(step: str) -> bool:
    return step.startswith("nobody-")


PROCEDURE = Procedure(steps, holds, controls, follow)
