"""What every part of the replica must know: ports, tenants, credentials; written once at start, read by all."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Tenant:
    """A tenant; `password` is made up at each start, `like` names the brand whose kind of data it has."""

    id: str
    host: str
    sentinel: str
    email: str
    password: str = ""
    like: str = ""

    @property
    def brand(self) -> str:
        """The brand whose kind of data it has."""
        return self.like or self.id


BRANDS = (
    Tenant("bizoholic", "stg.bizoholic.com", "sentinel-bizoholic-5d1c9f27a4be80336f0e12c7", "owner@bizoholic.example"),
    Tenant("coreldove", "stg.coreldove.com", "sentinel-coreldove-b83e07d6519c4fa2e7709d14", "owner@coreldove.example"),
)


def tenants(count: int) -> tuple[Tenant, ...]:
    """The two brands, and for more of them made-up tenants that have what one of the brands has."""
    more = (_made_up(number) for number in range(len(BRANDS) + 1, count + 1))
    return (*BRANDS[:count], *more)


def _made_up(number: int) -> Tenant:
    id = f"tenant{number}"
    digest = hashlib.sha256(id.encode()).hexdigest()[:24]
    return Tenant(id, f"{id}.example", f"sentinel-{id}-{digest}", f"owner@{id}.example", like=BRANDS[number % 2].id)


# Chosen by whoever starts the replica, for all of its processes.
TENANTS = tenants(int(os.environ.get("REPLICA_TENANTS", len(BRANDS))))


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
        return tuple(replace(tenant, password=self.passwords.get(tenant.id, "")) for tenant in TENANTS)

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
