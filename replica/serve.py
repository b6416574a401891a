"""One process of the replica: `python -m replica.serve [--as NAME] PART...`, with $REPLICA_STATE set."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable
from typing import Any

from replica import databases, lifeline, redis, release, serving, settings
from replica.harmless import harmless
from replica.postgres import parts as postgres

APPS = {
    "gateway": "replica.gateway.app:build",
    "saleor": "replica.saleor.app:build",
    "auth": "replica.auth.app:build",
    "limited": "replica.limited:build",
    "wagtail": "replica.wagtail.app:build",
    "crm": "replica.crm.app:build",
    "vault": "replica.inner:vault",
    "temporal": "replica.inner:temporal",
    "superset": "replica.inner:superset",
    "agents": "replica.agents:build",
    "dokploy": "replica.dokploy:build",
    "quanttrade": "replica.backends.trading:build",
    "amazon-sourcing": "replica.backends.sourcing:build",
    "business-directory": "replica.backends.directory:build",
    "coreldove-backend": "replica.backends.goods:build",
}
# Parts that listen in a way of their own; each makes its `serving.Part` from its port.
OWN = {
    "https": "replica.storefront.edge:https_part",
    "http": "replica.storefront.edge:http_part",
    "dns": "replica.dns:part",
    "published-vault": "replica.published:vault",
    "published-shop": "replica.published:shop",
    "redis": "replica.redis:part",
    "temporal-server": "replica.temporal:part",
    "postgresql": "replica.postgres.parts:postgres",
    "pool": "replica.postgres.parts:pool",
}
# A part is gone while the fault `<part>-down` is on, but for these.
DOWN = {"crm": "django-crm-down"}
LIGHT = ("gateway", "saleor", "auth", "limited", "https", "http", "dns")
INNER = ("vault", "temporal", "temporal-server", "superset", "agents", "dokploy", "published-vault", "published-shop")
BACKENDS = ("quanttrade", "amazon-sourcing", "business-directory", "coreldove-backend")
# Programs of the machine, where it has them.
STORES = (*(("redis",) if redis.is_here() else ()), *(("postgresql", "pool") if postgres.is_here() else ()))
PROCESSES = {"light": (*LIGHT, *INNER, *BACKENDS, *STORES), "wagtail": ("wagtail",), "crm": ("crm",)}


def _found(where: str) -> Callable[..., Any]:
    module, name = where.split(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def part(name: str) -> serving.Part:
    """The part of that name, on the port that the settings give it."""
    port = settings.load().ports[name]
    if name in databases.PACKAGES:
        databases.place(name, settings.load().state)
    if name in OWN:
        own: serving.Part = _found(OWN[name])(port)
        return own
    app = harmless(name, release.stated(name, _found(APPS[name])()))
    return serving.HttpPart(name, port, app, DOWN.get(name, ""))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="replica.serve", description=__doc__)
    parser.add_argument("--as", dest="process", default="", help="the name under which it acknowledges faults")
    parser.add_argument("--parent", type=int, help="the process id of the supervisor, with which this process ends")
    parser.add_argument("parts", nargs="+", metavar="PART", choices=(*APPS, *OWN))
    asked = parser.parse_args(arguments)
    state = settings.load().state
    if asked.parent:
        lifeline.tie(asked.parent, state)
    stopped_by = serving.run(asked.process or asked.parts[0], [part(name) for name in asked.parts])
    if asked.parent and stopped_by is lifeline.ORPHANED:
        lifeline.clear(state)
    return 0


if __name__ == "__main__":
    sys.exit(main())
