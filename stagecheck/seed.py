"""Plants the sentinels that the proofs need, once for each tenant, and says what a person must plant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stagecheck.exchange import Exchange
from stagecheck.matchers import values
from stagecheck.model import Identity, Operation, Resource, Step, Tenant
from stagecheck.placeholders import Unfilled, fill
from stagecheck.probes import PROBES
from stagecheck.probes.wire import Wire
from stagecheck.setting import Setting
from stagecheck.targets import Loaded


@dataclass(frozen=True)
class Planting:
    """What became of one sentinel: `state` is present, planted, missing or failed; `note` says what to do."""

    service: str
    resource: str
    tenant: str
    state: str
    note: str = ""

    @property
    def done(self) -> bool:
        """Whether the sentinel is there now."""
        return self.state in ("present", "planted")


def plantings(loaded: Sequence[Loaded], setting: Setting, wire: Wire, dry_run: bool) -> Iterator[Planting]:
    """Look for every sentinel and plant what is missing, where the environment allows writes."""
    for target in (item.target for item in loaded):
        # What stands behind another resource is the same records: they are planted once.
        for resource in (one for one in target.resources if one.behind is None):
            for tenant in setting.environment.tenants:
                state, note = _planted(target.service, resource, tenant, setting, wire, dry_run)
                yield Planting(target.service, resource.id, tenant.id, state, note)


def _planted(
    service: str, resource: Resource, tenant: Tenant, setting: Setting, wire: Wire, dry_run: bool
) -> tuple[str, str]:
    if resource.find.id is None:
        return "missing", "the target does not say where the id is (find.id)"
    exchange = _send(service, resource.find, tenant, setting, wire)
    if exchange.status != 200:
        return "failed", f"looking for it: {_told(exchange)}"
    if values(resource.find.id, exchange.json):
        return "present", ""
    if resource.seed is None:
        return "missing", (resource.seed_by_hand or "plant it by hand").replace("{sentinel}", tenant.sentinel)
    if setting.environment.writes == "never":
        return "missing", "this environment allows no writes: plant it by hand"
    if dry_run:
        return "missing", f"would send {resource.seed.request.method} {resource.seed.request.path}"
    planted = _send(service, resource.seed, tenant, setting, wire)
    if values(resource.find.id, _send(service, resource.find, tenant, setting, wire).json):
        return "planted", ""
    return "failed", f"it was sent, answered {_told(planted)}, and cannot be found"


def _send(service: str, operation: Operation, tenant: Tenant, setting: Setting, wire: Wire) -> Exchange:
    step = Step(
        "seed",
        operation.request,
        base=setting.environment.gateway,
        identity=Identity(tenant.id),
        fill=(("sentinel", tenant.sentinel), ("tenant", tenant.id), ("host", tenant.host)),
        check="seed",
        service=service,
    )
    try:
        return PROBES[step.probe](fill(step, {}), wire)
    except Unfilled as lacking:
        raise ValueError(f"{operation.request.path}: nothing fills {{{lacking.name}}}") from None


def _told(exchange: Exchange) -> str:
    return exchange.trouble.detail if exchange.trouble else str(exchange.status)
