"""Plants the sentinels that the proofs need, once for each tenant, and says what a person must plant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stagecheck.exchange import Exchange
from stagecheck.matchers import values
from stagecheck.model import Identity, Operation, Resource, Sentinel, Step, Tenant
from stagecheck.outcome import Reason
from stagecheck.placeholders import fill
from stagecheck.plan import Check
from stagecheck.probes import PROBES
from stagecheck.runner import Runner
from stagecheck.targets import Loaded


@dataclass(frozen=True)
class Planting:
    """What became of one sentinel: `state` is present, planted, missing, failed or unknown; `note` says what to do.

    `failed` was planted and cannot be found; of `unknown` nobody could look, so that nothing is known to be missing.

    `what` is the resource that holds it, or the check, as `entry/proof`, that looks for it.
    """

    service: str
    what: str
    tenant: str
    state: str
    note: str = ""

    @property
    def done(self) -> bool:
        """Whether the sentinel is there now."""
        return self.state in ("present", "planted")


def plantings(loaded: Sequence[Loaded], runner: Runner, dry_run: bool) -> Iterator[Planting]:
    """Look for every sentinel and plant what is missing, where the environment allows writes.

    First those of the resources, which can be planted; then every check that looks for a sentinel is asked whether it
    finds it, so that nothing is missing when this says so.
    """
    for target in (item.target for item in loaded):
        # What stands behind another resource is the same records: they are planted once.
        for resource in (one for one in target.resources if one.behind is None):
            for tenant in runner.setting.environment.tenants:
                state, note = _planted(target.service, resource, tenant, runner, dry_run)
                yield Planting(target.service, resource.id, tenant.id, state, note)
    for check in runner.plan.checks:
        if isinstance(check.word, Sentinel) and check.entry is not None:
            state, note = _found(check, check.word, runner)
            yield Planting(check.service, f"{check.entry.id}/{check.proof}", check.tenant, state, note)


def _planted(service: str, resource: Resource, tenant: Tenant, runner: Runner, dry_run: bool) -> tuple[str, str]:
    if resource.find.id is None:
        return "missing", "the target does not say where the id is (find.id)"
    exchange = _send(service, resource.find, tenant, runner)
    if exchange.status != 200:
        return "unknown", f"looking for it: {exchange.said}"
    if values(resource.find.id, exchange.json):
        return "present", ""
    if resource.seed is None:
        return "missing", (resource.seed_by_hand or "plant it by hand").replace("{sentinel}", tenant.sentinel)
    if runner.setting.environment.writes == "never":
        return "missing", "this environment allows no writes: plant it by hand"
    if dry_run:
        return "missing", f"would send {resource.seed.request.method} {resource.seed.request.path}"
    planted = _send(service, resource.seed, tenant, runner)
    if values(resource.find.id, _send(service, resource.find, tenant, runner).json):
        return "planted", ""
    return "failed", f"it was sent, answered {planted.said}, and cannot be found"


def _found(check: Check, word: Sentinel, runner: Runner) -> tuple[str, str]:
    _, finding = runner.look(check, runner.setting.environment.budgets.timeout)
    if finding is None:
        return "present", ""
    if finding.reason not in (Reason.NO_SENTINEL, Reason.EMPTY):
        return "unknown", f"{finding.reason}: {finding.seen}"
    by_hand = word.seed_by_hand or "plant it by hand, or where the same records are a resource by its `seed`"
    return "missing", by_hand.replace("{sentinel}", runner.setting.tenant(check.tenant).sentinel)


def _send(service: str, operation: Operation, tenant: Tenant, runner: Runner) -> Exchange:
    step = Step(
        "seed",
        operation.request,
        base=runner.setting.base(service, operation.request),
        identity=Identity(tenant.id),
        # Their names are those of `blanks.SEEDED`: what else stands in braces was refused at load.
        fill=(("sentinel", tenant.sentinel), ("tenant", tenant.id), ("host", tenant.host)),
        check="seed",
        service=service,
    )
    return PROBES[step.probe](fill(step, {}), runner.wire)
