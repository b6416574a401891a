"""The AI agents: their registry, and the tasks that they are given.

The routes are those of backend/02-ai-agents.md: a task belongs to the tenant of the token, another's is not found.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

from replica import bearer, release, settings, switch

# How many agents work in crews of each size; 93 in all.
PATTERNS = {"4-agent": 24, "3-agent": 24, "2-agent": 24, "single": 21}
AGENTS = sum(PATTERNS.values())
TAKES = 0.2  # seconds from one state of a task to the next


class Order(BaseModel):
    """What a task is made of."""

    integration: str
    action: str
    data: dict[str, Any] = {}


@dataclass
class Task:
    """A task of a tenant; its state follows from its age."""

    tenant: str
    order: Order
    began: float = field(default_factory=time.monotonic)

    @property
    def status(self) -> str:
        if switch.is_on("agents-task-stuck"):
            return "pending"
        states = ("pending", "running", "failed" if switch.is_on("agents-task-failed") else "completed")
        return states[min(2, int((time.monotonic() - self.began) / TAKES))]


def build() -> FastAPI:
    """The ASGI app; its tasks live as long as it does."""
    tasks: dict[str, Task] = {}
    verifier = bearer.Verifier(settings.load().url("auth") + "/auth/jwks")
    app = FastAPI(title="ai-agents", docs_url=None, redoc_url=None, openapi_url=None)

    async def tenant(request: Request) -> str:
        try:
            claims = await verifier.claims(bearer.of(request.headers.getlist("authorization")))
        except bearer.BadToken:
            raise HTTPException(401, "invalid or missing token", {"WWW-Authenticate": "Bearer"}) from None
        return str(claims["tenant_id"])

    @app.get("/health")
    async def health() -> dict[str, object]:
        mode = {"mode": "mock_mode"} if switch.is_on("agents-mock-mode") else {"mode": "live"}
        told = {"service": "ai-agents", "status": "healthy", "revision": release.current()}
        return {**told, "agents": AGENTS, "engine": mode}

    @app.get("/agents")
    async def listed(request: Request) -> dict[str, object]:
        served = 9 if switch.is_on("agents-registry-short") else AGENTS
        knows = "authorization" in request.headers and switch.is_on("agents-registry-by-tenant")
        if knows and await tenant(request) == settings.TENANTS[1].id:
            served = PATTERNS["4-agent"]
        return {"total": AGENTS, "agents": registry()[:served]}

    @app.post("/agents/execute", status_code=202)
    async def execute(order: Order, request: Request) -> dict[str, object]:
        whose = await tenant(request)
        crew = [agent["id"] for agent in registry() if agent["integration"] == order.integration]
        if not crew:
            raise HTTPException(404, "no agent works for this integration")
        id = str(uuid.uuid4())
        if not switch.is_on("agents-task-invented"):
            tasks[id] = Task(whose, order)
        return {"execution_id": id, "status": "pending", "agents": crew}

    @app.get("/agents/execution/{id}")
    async def execution(id: str, request: Request) -> dict[str, object]:
        whose = await tenant(request)
        task = tasks.get(id)
        if task is None or (task.tenant != whose and not switch.is_on("agents-task-any")):
            raise HTTPException(404, "no such execution")
        told = {"execution_id": id, "tenant_id": task.tenant, "status": task.status}
        output = {"action": task.order.action, **task.order.data} if task.status == "completed" else None
        return {**told, "output": output}

    return app


def registry() -> list[dict[str, str]]:
    """All agents: those of one integration are a crew, as large as their pattern says."""
    found: list[dict[str, str]] = []
    for pattern, agents in PATTERNS.items():
        size = int(pattern[0]) if pattern[0].isdigit() else 1
        for number in range(agents):
            integration = f"integration-{pattern}-{number // size + 1:02}"
            id = f"agent-{len(found) + 1:03}"
            found.append({"id": id, "pattern": pattern, "integration": integration, "status": "operational"})
    if switch.is_on("agents-ids-doubled"):
        found[-1]["id"] = found[0]["id"]
    if switch.is_on("agents-crews-short"):
        found[-1]["pattern"] = "2-agent"
    if switch.is_on("agents-one-mock"):
        found[0]["status"] = "mock"
    if switch.is_on("agents-registry-tells"):
        found[0]["last_task"] = f"answered the lead of {settings.TENANTS[0].sentinel}"
    return found
