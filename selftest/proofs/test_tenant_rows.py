"""The proof `tenant_rows`: whose rows are read with a tenant set, with another one, and with none."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import Said, check, fails, hear, passes, said, setting, silent, unproven
from stagecheck.exchange import Answers, Trouble
from stagecheck.model import Step
from stagecheck.outcome import Reason
from stagecheck.proofs.tenant_rows import PROCEDURE

WORD = {"column": "tenant_id", "setting": "app.tenant", "pooled": True}
CHECK = check("tenant_rows", WORD, kind="isolation", service="db", request={})
DATABASE = {"url": "DB_URL", "pooled": "POOL_URL", "tenants": {"acme": "A-1", "zeta": "Z'2"}}
HERE = setting(databases={"db": DATABASE})
UNSET = Said(None, trouble=Trouble(Reason.STATUS, "42704: unrecognized"), facts={"sqlstate": "42704"})


HANDED_ON = "the pool hands on what another client set for its session: SET LOCAL is right in transaction mode"
TOO_WIDE = "row level security of leads fails: it is off, not forced, or its policy is too wide"
NO_ROWS = "the tenant has no rows yet, or the environment calls it otherwise than the database does"


def tables(*names: str, readable: bool = True) -> Said:
    return said([{"name": name, "enabled": True, "forced": True, "readable": readable} for name in names], None)


def reads(name: str = "leads", own: bool = True, other: str | None = None) -> Said:
    return said([{"name": name, "own": own, "other": other}], None)


def nobody(name: str = "leads", left: str | None = None, other: str | None = None) -> Said:
    return said([{"name": name, "left": left, "other": other}], None)


def told(**more: Said) -> dict[str, Said]:
    given = {"tables": tables("leads"), "as_acme": reads(), "as_zeta": reads(), "nobody_1": nobody(), **more}
    return {name.replace("_", "-"): answer for name, answer in given.items()}


def test_asks_over_the_pool_as_each_tenant_and_then_each_table_as_nobody() -> None:
    answers = hear(CHECK, told(tables=tables("leads", "crm.notes"), nobody_2=nobody()), where=HERE)
    asked = {name: exchange.step for name, exchange in answers.exchanges.items()}

    assert list(asked) == ["tables", "as-acme", "as-zeta", "nobody-1", "nobody-2"]
    assert [step.base for step in asked.values()] == ["DB_URL", *["POOL_URL"] * 4]
    queries = {name: step.request.sql for name, step in asked.items()}
    assert [sql.settings for sql in queries.values()] == [{}, {"app.tenant": "A-1"}, {"app.tenant": "Z'2"}, {}, {}]
    assert "FROM crm.notes WHERE \"tenant_id\"::text <> E'Z''2' LIMIT 1" in queries["as-zeta"].query
    assert queries["as-acme"].query.count(" UNION ALL SELECT ") == 1, "one row for each table"
    assert "current_setting(E'app.tenant', true) AS left" in queries["nobody-2"].query
    assert queries["nobody-2"].query.endswith(
        ', (SELECT "tenant_id"::text FROM crm.notes WHERE "tenant_id" IS NOT NULL LIMIT 1) AS other'
    )


def test_what_was_begun_is_not_asked_again() -> None:
    heard = {name: answer.to(Step(name)) for name, answer in told().items() if name in ("tables", "as-acme")}

    assert PROCEDURE.follow(CHECK, HERE, Answers(heard)) == ()


@pytest.mark.parametrize("answer", [nobody(), nobody(left=""), UNSET])
def test_nobody_reads_nothing_or_meets_an_error(answer: Said) -> None:
    assert passes(CHECK, told(nobody_1=answer), where=HERE)


@pytest.mark.parametrize(
    ("answers", "step", "seen"),
    [
        ({"as_zeta": reads(other="A-1")}, "as-zeta", "zeta reads a row of A-1 in leads"),
        ({"nobody_1": nobody(other="A-1")}, "nobody-1", "nobody reads a row of A-1 in leads"),
        (
            {"nobody_1": nobody(left="A-1", other="A-1")},
            "nobody-1",
            "app.tenant is 'A-1' in a transaction that set none",
        ),
    ],
)
def test_a_row_of_another_is_a_leak(answers: dict[str, Any], step: str, seen: str) -> None:
    found = fails(CHECK, told(**answers), where=HERE)

    assert (found.reason, found.step, found.seen) == (Reason.LEAK, step, seen)
    assert found.cause == (HANDED_ON if "transaction" in seen else TOO_WIDE)


@pytest.mark.parametrize(
    ("answers", "step", "seen"),
    [
        ({"as_acme": reads(own=False)}, "as-acme", "acme reads no row of its own"),
        ({"as_acme": UNSET}, "as-acme", "as-acme: 42704: unrecognized"),
        ({"nobody_1": silent(Reason.TIMEOUT, "late")}, "nobody-1", "nobody-1: late"),
    ],
)
def test_where_a_tenant_reads_nothing_or_a_query_fails_nothing_is_proven(
    answers: dict[str, Any], step: str, seen: str
) -> None:
    found = unproven(CHECK, told(**answers), where=HERE)

    assert (found.step, found.seen) == (step, seen)
    assert (found.cause == NO_ROWS) == ("no row" in seen)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (said([], None), "no table has a column 'tenant_id'"),
        (tables("leads", readable=False), "no table may be read"),
        (silent(), "connection refused"),
    ],
)
def test_without_tables_nothing_is_proven(answer: Said, seen: str) -> None:
    found = unproven(CHECK, {"tables": answer}, where=HERE)

    assert found.seen == seen
    another = "the role of the URL is another one than the platform's own"
    assert (found.cause == another) == (seen == "no table may be read")
