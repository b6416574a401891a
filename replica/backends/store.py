"""What a small backend keeps: one SQLite file in the state folder, written at start and read at each request."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from replica import release, settings, switch

Row = dict[str, Any]
EVERYBODY = "%"  # where a query asks for records of a tenant
DENIED_LATE = 0.2  # seconds
TOLD = {"detail": "the database is unreachable"}


def misstated(component: str) -> dict[str, str]:
    """What the health of a small backend says wrongly under the faults that are on."""
    other = {"service": "temporal-integration"} if switch.is_on("backends-other-program") else {}
    return other | ({component: "disconnected"} if switch.is_on("backends-component-disconnected") else {})


def recent(rows: Iterable[Row]) -> list[Row]:
    """The rows; without the sentinels while a fault shows a copy from before they were planted."""
    stale = switch.is_on("backends-stale")
    return [row for row in rows if not (stale and row["name"].startswith("Sentinel "))]


def total(found: Sequence[Row], everything: Sequence[Row], narrowed: bool) -> int:
    """How many records a list states: those found, or under a fault all tenants' where nothing narrows the list."""
    return len(everything if not narrowed and switch.is_on("backends-filter-late") else found)


async def missing(detail: str, anothers: bool) -> HTTPException:
    """404; under faults 403, or late, where another tenant has the record."""
    if anothers and switch.is_on("backends-look-first"):
        return HTTPException(403, "a record of another tenant")
    if anothers and switch.is_on("backends-filter-late"):
        await asyncio.sleep(DENIED_LATE)
    return HTTPException(404, detail)


@dataclass(frozen=True)
class Store:
    """The database of a service. Under the fault `<fault>-database-gone` its file cannot be opened any more."""

    service: str
    fault: str

    def create(self, table: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
        """A table with these rows, in place of one of that name."""
        names = list(columns)
        places = ", ".join("?" * len(names))
        with closing(sqlite3.connect(self._path)) as database, database:
            database.execute(f"DROP TABLE IF EXISTS {table}")
            database.execute(f"CREATE TABLE {table} ({', '.join(names)})")
            database.executemany(f"INSERT INTO {table} VALUES ({places})", map(tuple, rows))  # noqa: S608

    def rows(self, query: str, *values: Any) -> list[Row]:
        """What a query finds; raises sqlite3.OperationalError while the database is gone."""
        path = Path("/nowhere") / self._path.name if switch.is_on(f"{self.fault}-database-gone") else self._path
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query, values)]

    def app(self) -> FastAPI:
        """An app that says 503 while the database is gone, with a GET /health that asks the database."""
        app = FastAPI(title=self.service, docs_url=None, redoc_url=None, openapi_url=None)

        @app.exception_handler(sqlite3.OperationalError)
        async def gone(request: Request, error: Exception) -> JSONResponse:
            return JSONResponse(TOLD, 503)

        @app.get("/health")
        async def health() -> JSONResponse:
            try:
                self.rows("SELECT 1")
                database = "connected"
            except sqlite3.OperationalError:
                database = "disconnected"
            well = database == "connected"
            told = {"service": self.service, "status": "healthy" if well else "unhealthy", "database": database}
            told |= misstated("database")
            return JSONResponse({**told, "revision": release.current()}, 200 if well else 503)

        return app

    @property
    def _path(self) -> Path:
        return Path(settings.load().state) / f"{self.service}.sqlite3"
