"""Services that only other services ask: Vault, Temporal's web server and Superset, each in little.

Their answers have the shape of the real ones: Vault's `sys/health` and `sys/seal-status` (Vault's HTTP API), the
namespaces of Temporal's HTTP API, Superset's `/health` (the bare word OK, whatever its database does), login page and
the data of a chart (https://superset.apache.org/docs/api): 400 where its query fails, 401 without a token, 422 for one
that it did not sign.
"""

from __future__ import annotations

import time

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from replica import settings, switch
from replica.temporal import registered

# What gRPC says when its server cannot be reached (code 14, UNAVAILABLE), as its HTTP gateway delivers it: 503.
UNREACHABLE = {"code": 14, "message": "connection error: dial tcp: connect: connection refused", "details": []}
NO_TOKEN = {"msg": "Missing Authorization Header"}
# Each state of Vault's health by the fault that it is in: its status, and what is otherwise in the body.
VAULT_STATES: dict[str, tuple[int, dict[str, object]]] = {
    "vault-sealed": (503, {"sealed": True, "standby": True}),
    "vault-not-initialized": (501, {"initialized": False, "sealed": True, "standby": True}),
    "vault-standby": (429, {"standby": True}),
    "vault-performance-standby": (473, {"standby": True, "performance_standby": True}),
    "vault-recovery-secondary": (472, {"replication_dr_mode": "secondary"}),
}


def vault() -> FastAPI:
    """GET /v1/sys/health, /v1/sys/init and /v1/sys/seal-status, which are everybody's; all else wants a token."""
    app = _app("vault")

    @app.get("/v1/sys/health")
    async def health() -> JSONResponse:
        status, changed = next((state for name, state in VAULT_STATES.items() if switch.is_on(name)), (200, {}))
        body = {"initialized": True, "sealed": False, "standby": False, "performance_standby": False}
        modes = {"replication_performance_mode": "disabled", "replication_dr_mode": "disabled"}
        told = {**body, **modes, **changed, "server_time_utc": int(time.time()), "version": "1.15.6"}
        return JSONResponse(told, status)

    @app.get("/v1/sys/seal-status")
    async def seal() -> dict[str, object]:
        # A development server keeps all in memory and opens itself with one key.
        dev = switch.is_on("vault-dev-mode")
        new = switch.is_on("vault-not-initialized")
        sealed = new or switch.is_on("vault-sealed")
        told = {"type": "shamir", "initialized": not new, "sealed": sealed, "version": "1.15.6"}
        return {**told, "t": 1 if dev else 3, "n": 1 if dev else 5, "storage_type": "inmem" if dev else "raft"}

    @app.get("/v1/sys/init")
    async def init() -> dict[str, bool]:
        return {"initialized": not switch.is_on("vault-not-initialized")}

    @app.get("/v1/{path:path}")
    async def shut(path: str) -> JSONResponse:
        if path == "sys/mounts" and switch.is_on("vault-open"):
            return JSONResponse({"data": {"secret/": {"type": "kv", "options": {"version": "2"}}}})
        return JSONResponse({"errors": ["permission denied"]}, 403)

    return app


def temporal() -> FastAPI:
    """Temporal's web server: a page, and the namespaces that it asks the Temporal server for."""
    app = _app("temporal")

    @app.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse("<!doctype html><html><head><title>Temporal</title></head><body></body></html>")

    @app.get("/api/v1/namespaces")
    async def namespaces() -> JSONResponse:
        if switch.is_on("temporal-server-down"):
            return JSONResponse(UNREACHABLE, 503)
        infos = [{"namespaceInfo": {"name": name, "state": "NAMESPACE_STATE_REGISTERED"}} for name in registered()]
        return JSONResponse({"namespaces": infos, "nextPageToken": ""})

    return app


def superset() -> FastAPI:
    """Superset: its health asks nothing, its login page needs its database; dashboards and charts want a user."""
    app = _app("superset")

    @app.get("/health")
    async def health() -> PlainTextResponse:
        return PlainTextResponse("OK", media_type="text/html")

    @app.get("/login/")
    async def login() -> Response:
        if switch.is_on("superset-database-refused"):
            return HTMLResponse("<!doctype html><title>500 Internal Server Error</title><h1>Server error</h1>", 500)
        return HTMLResponse(
            "<!doctype html><html><head><title>Superset</title></head><body><form method='post'>"
            "<input name='username'><input type='password' name='password'></form></body></html>"
        )

    @app.get("/api/v1/dashboard/")
    async def dashboards() -> JSONResponse:
        if switch.is_on("superset-open"):
            return JSONResponse({"count": 1, "ids": [1], "result": [{"id": 1, "dashboard_title": "Revenue"}]})
        return JSONResponse(NO_TOKEN, 401)

    @app.get("/api/v1/chart/{id}/data/")
    async def data(request: Request, id: int) -> JSONResponse:
        said = request.headers.get("authorization")
        if said != f"Bearer {settings.load().passwords['superset']}":
            return JSONResponse({"msg": "Signature verification failed"}, 422) if said else JSONResponse(NO_TOKEN, 401)
        if switch.is_on("superset-database-refused"):
            return JSONResponse({"message": "Fatal error"}, 500)
        if id != 1:
            return JSONResponse({"message": "Not found"}, 404)
        if switch.is_on("superset-query-fails"):
            return JSONResponse({"message": "Error: connection to server failed: Connection refused"}, 400)
        rows = [] if switch.is_on("superset-data-empty") else [{"month": "2024-01", "revenue": 1200}]
        return JSONResponse({"result": [{"status": "success", "rowcount": len(rows), "data": rows, "error": None}]})

    return app


def _app(title: str) -> FastAPI:
    return FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None)
