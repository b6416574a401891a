"""The replica's database is the real PostgreSQL behind PgBouncer: asked by the probe, well and under each fault."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from replica import catalog
from replica.postgres import parts
from selftest.replica_light import STORE_PASSWORD, Platform, running
from selftest.speaker import wired
from stagecheck.exchange import Exchange
from stagecheck.model import Request, Sql, Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES

pytestmark = pytest.mark.skipif(not parts.is_here(), reason="needs: apt-get install postgresql pgbouncer")

A, B = "6a0f3c9e-0b1d-4c55-9a43-5d1c9f27a4be", "c2f7d1a8-4e60-47b9-8d2f-b83e07d6519c"
OF = "app.current_tenant_id"
LEADS = "SELECT DISTINCT tenant_id FROM leads ORDER BY tenant_id"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("state"), light=("auth", "postgresql", "pool")) as started:
        yield started


def ask(platform: Platform, query: str, pooled: bool = False, timeout: float = 5.0, **settings: str) -> Exchange:
    variables = parts.urls(STORE_PASSWORD)
    databases = {"db": {"url": "POSTGRESQL_URL", "pooled": "POSTGRESQL_POOLED_URL"}}
    connect = {
        "bizosaas-postgres-staging:5432": f"127.0.0.1:{platform.ports['postgresql']}",
        "bizosaas-pgbouncer-staging:6432": f"127.0.0.1:{platform.ports['pool']}",
    }
    named = {name.replace("__", "."): value for name, value in settings.items()}
    asked = Request(sql=Sql(query=query, settings=named, pooled=pooled))
    base = "POSTGRESQL_POOLED_URL" if pooled else "POSTGRESQL_URL"
    with wired(connect=connect, variables=variables, databases=databases) as wire:
        return PROBES["postgres"](Step("s", asked, base=base, timeout=timeout), wire)


def told(platform: Platform, query: str, **more: Any) -> Any:
    """The rows, or the SQLSTATE."""
    exchange = ask(platform, query, **more)
    return exchange.facts.get("sqlstate") or exchange.json


def whose(platform: Platform, **more: Any) -> Any:
    rows = told(platform, LEADS, **more)
    return rows if isinstance(rows, str) else [row["tenant_id"] for row in rows]


def roles(platform: Platform) -> Any:
    return told(platform, "SELECT rolbypassrls AS free FROM pg_roles WHERE rolname = current_user")


def count(platform: Platform, table: str) -> Any:
    return told(platform, f"SELECT count(*) AS many FROM {table}")


# What is asked, what a healthy replica says, and what it says under the fault.
FAULTS: dict[str, tuple[Callable[[Platform], Any], Any, Any]] = {
    "postgresql-not-migrated": (
        lambda p: told(p, "SELECT count(*) AS many FROM vector_store", app__current_tenant_id=A),
        [{"many": 1}],
        "42P01",
    ),
    "postgresql-extension-lost": (
        lambda p: told(p, "SELECT count(*) AS many FROM pg_extension WHERE extname = 'pg_trgm'"),
        [{"many": 1}],
        [{"many": 0}],
    ),
    "postgresql-places-taken": (
        lambda p: told(p, "SELECT sum(numbackends) > 90 AS many FROM pg_stat_database"),
        [{"many": False}],
        [{"many": True}],
    ),
    "postgresql-row-security-off": (lambda p: whose(p, app__current_tenant_id=A), [A], [A, B]),
    "postgresql-row-security-not-forced": (lambda p: whose(p, app__current_tenant_id=A), [A], [A, B]),
    "postgresql-bypassing-role": (roles, [{"free": False}], [{"free": True}]),
    "postgresql-open-without-tenant": (lambda p: count(p, "users"), "42704", [{"many": 2}]),
    "pool-leaks-tenant": (lambda p: whose(p, pooled=True), "42704", [A]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(platform: Platform, fault: str) -> None:
    seen, well, broken = FAULTS[fault]

    assert platform.seen(fault, seen) == (well, broken)
    assert seen(platform) in (well, "22P02")


@pytest.mark.parametrize(("fault", "pooled"), [("postgresql-down", False), ("pool-down", True)])
def test_each_can_be_absent(platform: Platform, fault: str, pooled: bool) -> None:
    with platform.fault(fault):
        trouble = ask(platform, "SELECT 1 AS one", pooled=pooled).trouble

    assert trouble is not None
    assert trouble.reason is Reason.CONNECT
    assert ask(platform, "SELECT 1 AS one", pooled=pooled).json == [{"one": 1}]


def test_its_port_can_accept_with_nobody_behind_it(platform: Platform) -> None:
    with platform.fault("postgresql-nobody"):
        trouble = ask(platform, "SELECT 1 AS one").trouble

    assert trouble is not None
    assert trouble.reason is Reason.PROTOCOL


def test_every_fault_of_them_is_asked_about_here() -> None:
    names = {name for name in catalog.faults() if name.startswith(("postgresql-", "pool-"))}

    assert names == {*FAULTS, "postgresql-down", "postgresql-nobody", "pool-down"}


@pytest.mark.parametrize("pooled", [False, True])
def test_rows_are_objects_and_a_setting_is_the_transactions_own(platform: Platform, pooled: bool) -> None:
    query = f"SELECT current_setting('{OF}', true) AS tenant, 1.5 AS number, NULL AS nothing, ARRAY['a'] AS list"
    row = {"number": 1.5, "nothing": None, "list": ["a"]}

    assert told(platform, query, pooled=pooled, app__current_tenant_id=B) == [{"tenant": B, **row}]
    assert told(platform, query, pooled=pooled)[0]["tenant"] in (None, "")


@pytest.mark.parametrize(
    ("query", "state"),
    [
        ("DELETE FROM leads RETURNING 1", "42601"),
        ("SELECT set_config('a.b', nextval('s')::text, true)", "42P01"),
        ("WITH gone AS (DELETE FROM leads RETURNING 1) SELECT * FROM gone", "0A000"),
    ],
)
def test_what_does_not_only_read_is_refused_by_the_server(platform: Platform, query: str, state: str) -> None:
    exchange = ask(platform, query)

    assert exchange.trouble is not None
    assert (exchange.facts, exchange.trouble.reason) == ({"sqlstate": state}, Reason.STATUS)
    assert exchange.trouble.detail.startswith(f"refuses the query: {state}: ")


def test_nothing_stays_of_what_a_function_does_all_the_same(platform: Platform) -> None:
    assert ask(platform, "SELECT lo_create(0)").trouble is None  # PostgreSQL 15 lets it

    assert count(platform, "pg_largeobject_metadata") == [{"many": 0}]


def test_a_query_that_takes_too_long_ends_at_the_deadline(platform: Platform) -> None:
    began = time.monotonic()
    trouble = ask(platform, "SELECT pg_sleep(10)", timeout=0.4).trouble

    assert trouble is not None
    assert trouble.reason is Reason.TIMEOUT
    assert time.monotonic() - began < 3


def test_all_of_it_ends_with_the_process_that_started_it_however_that_ends(tmp_path: Path) -> None:
    with running(tmp_path, light=("postgresql", "pool")) as platform:
        folders = [Path(line) for line in (tmp_path / "elsewhere").read_text().splitlines()]
        assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700, 0o700]
        platform.started["light"].kill()
        platform.started["light"].wait()
        until = time.monotonic() + 5
        while still := [words for words in _commands() if any(str(folder) in words for folder in folders)]:
            assert time.monotonic() < until, still
            time.sleep(0.02)
    for folder in folders:
        shutil.rmtree(folder)


def _commands() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_text().replace("\0", " "))
        except OSError:
            continue
    return found
