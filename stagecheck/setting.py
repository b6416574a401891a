"""Where and as whom a check is asked: the environment, the run, and the steps that both make possible."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stagecheck import marks
from stagecheck.model import Environment, Identity, Request, Step, Tenant
from stagecheck.plan import Check


@dataclass(frozen=True)
class Setting:
    """One run in one environment; `schemas` are the JSON Schemas under targets/schemas/, by name."""

    environment: Environment
    run_id: str
    schemas: Mapping[str, Any] = field(default_factory=dict)

    def tenant(self, id: str) -> Tenant:
        """The tenant of that id."""
        return next(tenant for tenant in self.environment.tenants if tenant.id == id)

    def others(self, id: str) -> tuple[Tenant, ...]:
        """All tenants but that one."""
        return tuple(tenant for tenant in self.environment.tenants if tenant.id != id)

    def base(self, service: str, request: Request) -> str:
        """Where a request of that service goes: an origin, or the variable with the URL of its database."""
        if request.redis is not None:
            return self.environment.databases[service].url
        if request.sql is not None:
            database = self.environment.databases[service]
            return str(database.pooled) if request.sql.pooled else database.url
        if request.via == "domain":
            return f"https://{self.environment.host(service)}"
        if request.via == "direct" or request.grpc is not None:
            return self.environment.services[service].direct
        return self.environment.gateway

    def marker(self, check: Check, role: str) -> str:
        """A string of 96 random-looking bits that only this run, check and role have."""
        digest = hashlib.sha256(f"{self.run_id} {check.id} {role}".encode()).hexdigest()
        return marks.mark(self.run_id, digest)

    def nonsense(self, check: Check) -> str:
        """A word that no record can carry."""
        return self.marker(check, "nonsense").replace(marks.PREFIX, "nosuch-", 1)

    def step(
        self, check: Check, name: str, request: Request, tenant: str | None = None, service: str = "", **more: Any
    ) -> Step:
        """A step of that check with its placeholders' values, asked as `tenant`: '' is nobody, None the check's own."""
        who = check.tenant if tenant is None else tenant
        service = service or check.service
        if check.kind == "domain":
            request = request.model_copy(update={"via": "domain"})
        if request.via == "domain" and "base" not in more:
            request = request.model_copy(update={"path": self.environment.at_domain(service, request.path)})
        fill = dict(more.pop("fill", ()))
        fill.setdefault("nonsense", self.nonsense(check))
        if who:
            fill.setdefault("tenant", who)
            fill.setdefault("sentinel", self.tenant(who).sentinel)
            fill.setdefault("host", self.tenant(who).host)
        more.setdefault("identity", Identity(who))
        more.setdefault("base", self.base(service, request))
        more.setdefault("service", service)
        more.setdefault("probe", request.probe)
        headers = tuple(more.pop("extra_headers", ()))
        named = any(name.lower() == "host" for name in (*request.headers, *(name for name, _ in headers)))
        if request.via == "direct" and self.environment.services[service].host and not named:
            headers = (("Host", self.environment.services[service].host), *headers)
        return Step(name, request, check=check.id, fill=tuple(fill.items()), extra_headers=headers, **more)
