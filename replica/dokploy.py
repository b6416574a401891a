"""Dokploy's API in little: its projects with how each deploy ended, and the containers of its host.

Their shapes are those of `project.all` and `docker.getContainers` (https://docs.dokploy.com/docs/api), which asks what
`docker ps -a` says. Whoever has no key is refused.
"""

from __future__ import annotations

import time

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from replica import settings, switch

PART = "dokploy"
STACKS = ("infrastructure", "backend", "frontend")
NAMES = (
    *("postgres", "redis", "vault", "temporal-server", "temporal-ui", "superset"),
    *("brain", "ai-agents", "quanttrade-backend", "auth", "wagtail", "saleor", "django-crm", "coreldove-backend"),
    *("amazon-sourcing", "business-directory", "bizoholic-frontend", "coreldove-frontend", "thrillring-gaming"),
    *("quanttrade-frontend", "client-portal", "admin-dashboard", "business-directory-frontend"),
)
SHARED = "in-a-variable-of-the-project"  # no password of anything here
# Another project of the same Dokploy, which is none of the platform's and whose last deploy failed.
STRANGER = {
    "projectId": "p-0",
    "name": "playground",
    "env": "",
    "environments": [{"compose": [{"composeId": "c-0", "name": "trial", "composeStatus": "error"}]}],
}
WELL = ("running", "Up 2 hours (healthy)")
# By fault: the container, and what docker says of it.
BROKEN = {
    "dokploy-container-exited": ("amazon-sourcing", ("exited", "Exited (137) 4 minutes ago")),
    "dokploy-container-unhealthy": ("superset", ("running", "Up 12 minutes (unhealthy)")),
    "dokploy-container-restarting": ("temporal-server", ("restarting", "Restarting (1) 6 seconds ago")),
}


def build() -> FastAPI:
    """GET /api/project.all and /api/docker.getContainers."""
    app = FastAPI(title="dokploy", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/api/health")
    async def health() -> dict[str, bool]:
        return {"ok": True}

    @app.get("/api/project.all")
    async def projects(request: Request) -> JSONResponse:
        name = "platform" if switch.is_on("dokploy-project-renamed") else "bizosaas"
        project = {"projectId": "p-1", "name": name, "env": f"POSTGRES_PASSWORD={SHARED}"}
        return _answer(request, [STRANGER, {**project, "environments": [{"compose": _stacks()}]}])

    @app.get("/api/docker.getContainers")
    async def containers(request: Request) -> JSONResponse:
        return _answer(request, _containers())

    return app


def _answer(request: Request, body: object) -> JSONResponse:
    if request.headers.get("x-api-key") != settings.load().passwords[PART]:
        return JSONResponse({"message": "Unauthorized", "code": "UNAUTHORIZED"}, 401)
    return JSONResponse(body)


def _stacks() -> list[dict[str, str]]:
    lost = "frontend" if switch.is_on("dokploy-deploy-failed") else ""
    states = {name: "error" if name == lost else "done" for name in STACKS}
    return [{"composeId": f"c-{name}", "name": name, "composeStatus": state} for name, state in states.items()]


def _containers() -> list[dict[str, str]]:
    states = dict.fromkeys(NAMES, WELL)
    states |= dict(broken for fault, broken in BROKEN.items() if switch.is_on(fault))
    if switch.is_on("dokploy-container-absent"):
        del states["client-portal"]
    loops = "vault" if switch.is_on("dokploy-container-loops") else ""
    return [
        {
            "containerId": f"{time.time_ns() if name == loops else number:016x}",
            "name": f"bizosaas-{name}-staging",
            "state": state,
            "status": "Up Less than a second" if name == loops else status,
        }
        for number, (name, (state, status)) in enumerate(states.items(), 1)
    ]
