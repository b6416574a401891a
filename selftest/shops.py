"""A gateway and two shops behind it, for runs on more than one machine: three parts that can be shared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from selftest.whole_run import Folder

GATEWAY = "health[gateway/health/answers]"


def folder(path: Path, address: str, **environment: Any) -> Folder:
    """The project of these targets, whose gateway is at that address."""
    made = Folder(path)
    answers = {"expect": {"status": 200}, "proofs": {"answers": {"root": True}}, "as": "anonymous"}
    made.target("gateway", checks=[{"id": "health", "kind": "health", "request": {"path": "/health"}, **answers}])
    for name in ("mall", "shop"):
        entry = {"id": "things", "kind": "routing", "request": {"path": f"/{name}"}, **answers}
        made.target(name, needs=["gateway"], checks=[entry])
    tenant = {
        "id": "acme",
        "host": "www.acme.test",
        "sentinel": "sentinel-acme-6f0d2c81b7e94a53",
        "token": "ACME_TOKEN",
    }
    made.environment(gateway=f"http://{address}", tenants=[tenant], writes="never", **environment)
    return made
