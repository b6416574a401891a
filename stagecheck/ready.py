"""What a run waits for: checks that every service is stable, and runs the release that is to be promoted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from stagecheck import plan as plans
from stagecheck.errors import BadInput
from stagecheck.model import Answers, Environment
from stagecheck.plan import Check, Plan
from stagecheck.targets import Loaded

# The proofs of these checks. The first two are asked before anything else, the last one after all: by the controller
# alone, so none of them is a pytest item of its own.
STABLE, REPORTED, UNCHANGED = "stable", "reported", "unchanged"
PROOFS = (STABLE, REPORTED, UNCHANGED)


def is_ready(check: Check) -> bool:
    """Whether that check is one of these."""
    return check.proof in PROOFS


def is_proof_of(id: str) -> bool:
    """Whether the check of that id is one of these; `health[shop/ready/stable]` is."""
    return id.rpartition("/")[2].removesuffix("]") in PROOFS


def planned(plan: Plan, loaded: Sequence[Loaded], environment: Environment, release: str = "") -> Plan:
    """The plan of a run that waits: a check of each required service is put below all others.

    With a `release`, each service must report it at the beginning and at the end. Raises `BadInput` when no target says
    where its release stands.
    """
    if release and not any(one.target.revision for one in loaded):
        raise BadInput("--revision: no target says where its release stands (key 'revision')")
    maker = _Maker(plan, loaded, environment, release)
    stable = list(maker.stable())
    reported = list(maker.reported(stable))
    unchanged = [_unchanged(check) for check in reported]
    below = tuple(check.id for check in (*stable, *reported) if check.required)
    others = (replace(check, roots=(*below, *check.roots)) for check in plan.checks)
    checks = tuple(sorted((*stable, *reported, *unchanged, *others), key=lambda check: check.id))
    return Plan(checks, (*plan.left_out, *maker.left_out), plans.digest_of(checks, plan.p95), plan.p95, plan.flaky)


@dataclass
class _Maker:
    plan: Plan
    loaded: Sequence[Loaded]
    environment: Environment
    release: str

    def __post_init__(self) -> None:
        self.left_out: list[tuple[str, str]] = []

    def stable(self) -> Iterator[Check]:
        """One check for each required root, lowest first; asked as the root is."""
        found = [check for check in self.plan.checks if check.required and _is_root(check)]
        services = {check.service for check in found}
        for root in sorted(found, key=lambda check: len(self._below(check, services))):
            assert root.entry is not None
            via = "domain" if root.kind == "domain" else root.entry.request.via
            request = root.entry.request.model_copy(update={"via": via})
            name = f"{root.service}/ready/{STABLE}"
            yield replace(
                root,
                id=f"health[{name}]",
                kind="health",
                name=name,
                proof=STABLE,
                title=f"{root.service} answers as its root check says, {self.environment.ready.stable} times in a row, "
                "on every address",
                roots=tuple(f"health[{service}/ready/{STABLE}]" for service in self._below(root, services)),
                entry=root.entry.model_copy(update={"request": request}),
            )

    def reported(self, stable: Sequence[Check]) -> Iterator[Check]:
        """One check for each service that says where its release stands."""
        waits = {check.service: (*check.roots, check.id) for check in stable}
        for loaded in self.loaded if self.release else ():
            target, revision = loaded.target, loaded.target.revision
            name = f"{target.service}/revision/{REPORTED}"
            reason = self._not_covered(loaded)
            if revision is None or reason:
                self.left_out.append((f"health[{name}]", reason or "its target has no key 'revision'"))
                continue
            anonymous = revision.as_ == "anonymous" or revision.request.via == "domain"
            yield Check(
                id=f"health[{name}]",
                kind="health",
                service=target.service,
                name=name,
                proof=REPORTED,
                title=f"{target.service} reports the release {self.release} on every address, each time it is asked",
                required=True,
                owner=target.owner,
                runbook=target.runbook,
                spec=target.spec,
                source=f"{loaded.path}:{loaded.line_of('revision')}",
                tenant="" if anonymous else self.environment.tenants[0].id,
                roots=waits.get(target.service, ()),
                personal=tuple(target.personal),
                revision=revision,
                release=self.release,
            )

    def _not_covered(self, loaded: Loaded) -> str:
        via = loaded.target.revision.request.via if loaded.target.revision else "gateway"
        service, name = loaded.target.service, self.environment.name
        if via == "direct" and service not in self.environment.services:
            return f"the environment '{name}' gives no direct address of {service}"
        if via == "domain" and service not in self.environment.domains:
            return f"the environment '{name}' names no domain for {service}"
        return ""

    def _below(self, root: Check, services: set[str]) -> list[str]:
        """The services that a root stands on, lowest first, but for its own."""
        found = dict.fromkeys(self.plan.get(id).service for id in root.roots)
        return [service for service in found if service in services and service != root.service]


def _is_root(check: Check) -> bool:
    return isinstance(check.word, Answers) and check.word.root


def _unchanged(check: Check) -> Check:
    name = f"{check.service}/revision/{UNCHANGED}"
    return replace(
        check,
        id=f"health[{name}]",
        name=name,
        proof=UNCHANGED,
        title=f"{check.service} still reports the release {check.release} when all checks are done",
        roots=(*check.roots, check.id),
    )
