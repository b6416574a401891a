"""What every part of the replica must know: ports, tenants, credentials; written once at start, read by all."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Tenant:
    """A tenant of the platform; `password` is made up at each start."""

    id: str
    host: str
    sentinel: str
    email: str
    password: str = ""


TENANTS = (
    Tenant("bizoholic", "stg.bizoholic.com", "sentinel-bizoholic-5d1c9f27a4be80336f0e12c7", "owner@bizoholic.example"),
    Tenant("coreldove", "stg.coreldove.com", "sentinel-coreldove-b83e07d6519c4fa2e7709d14", "owner@coreldove.example"),
)


@dataclass(frozen=True)
class Settings:
    """`ports` maps a part (gateway, wagtail, crm, saleor, auth, limited, https, http, dns) to its loopback port."""

    state: str
    ports: dict[str, int]
    passwords: dict[str, str]
    rate_limit: int = 6000
    revision: str = "local"

    def url(self, part: str) -> str:
        return f"http://127.0.0.1:{self.ports[part]}"

    @property
    def tenants(self) -> tuple[Tenant, ...]:
        return tuple(Tenant(t.id, t.host, t.sentinel, t.email, self.passwords.get(t.id, "")) for t in TENANTS)

    def tenant(self, id: str) -> Tenant:
        return next(tenant for tenant in self.tenants if tenant.id == id)

    def write(self) -> None:
        path = Path(self.state) / "settings.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)))


@cache
def load() -> Settings:
    """The settings of the running replica, from the folder that $REPLICA_STATE names."""
    return Settings(**json.loads((Path(os.environ["REPLICA_STATE"]) / "settings.json").read_text()))
