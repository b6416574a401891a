"""What a specification states against the checks of a plan: which check covers which statement."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from stagecheck import targets
from stagecheck.model import Environment, Step
from stagecheck.openspec import matching, naming
from stagecheck.openspec.facts import Endpoint
from stagecheck.openspec.markdown import Place
from stagecheck.openspec.reference import of_target
from stagecheck.openspec.tree import Tree
from stagecheck.plan import Plan
from stagecheck.runner import procedure_of
from stagecheck.setting import Setting
from stagecheck.targets import Loaded

KINDS = ("endpoint", "port", "domain", "requirement")


@dataclass(frozen=True)
class Item:
    """One statement, and the ids of the checks that cover it."""

    kind: str
    service: str
    text: str
    place: Place
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """All statements of a specification, in the order of `KINDS` and of the files."""

    items: tuple[Item, ...]

    def counts(self, kind: str = "") -> tuple[int, int]:
        """How many statements are covered, and how many there are; of one kind where it is given."""
        here = [one for one in self.items if kind in ("", one.kind)]
        return sum(bool(one.checks) for one in here), len(here)

    @property
    def percent(self) -> int:
        """The covered part, rounded down; 0 where nothing is stated."""
        covered, all_ = self.counts()
        return math.floor(100 * covered / all_) if all_ else 0

    def below(self, floor: float) -> str:
        """Why it does not hold: a sentence, or nothing where it is at the floor (in percent) or above."""
        covered, all_ = self.counts()
        if all_ and 100 * covered / all_ >= floor:
            return ""
        return f"the checks cover {covered} of {all_} statements of the specification; the floor is {floor:g} %"

    def __str__(self) -> str:
        covered, all_ = self.counts()
        return f"specification: {covered} of {all_} statements covered ({self.percent} %)"


def of(tree: Tree, loaded: Sequence[Loaded], plan: Plan, environment: Environment) -> Coverage:
    """Compare the statements with the requests that the plan's checks would send; nothing is sent."""
    asked = tuple(_asked(loaded, plan, environment))
    look = _Look(tree, environment, asked)
    items = [*look.endpoints(), *look.ports(), *look.domains(), *_requirements(tree, loaded, plan)]
    return Coverage(tuple(items))


@dataclass(frozen=True)
class _Asked:
    check: str
    method: str
    origin: str
    path: str

    @property
    def host(self) -> str:
        return urlsplit(self.origin).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.origin)
        return parts.port or (443 if parts.scheme == "https" else 80)


def _asked(loaded: Sequence[Loaded], plan: Plan, environment: Environment) -> Iterator[_Asked]:
    """What each check would ask, apart from cleaning up."""
    setting = Setting(environment, "0" * 8, targets.schemas(loaded))
    for check in plan.checks:
        for step in procedure_of(check).steps(check, setting):
            if not step.cleanup:
                yield _Asked(check.id, _method(step), step.base, step.request.path.partition("?")[0])


def _method(step: Step) -> str:
    if step.probe != "http":
        return ""
    return "POST" if step.request.graphql is not None else step.request.method


@dataclass(frozen=True)
class _Look:
    tree: Tree
    environment: Environment
    asked: Sequence[_Asked]

    def endpoints(self) -> Iterator[Item]:
        """The services' own routes, and the gateway's that others call."""
        for one in self.tree.endpoints:
            found = (asked.check for asked in self.asked if self._reaches(asked, one))
            yield Item("endpoint", one.service, str(one), one.place, _once(found))
        told = {(one.method, one.path) for one in self.tree.endpoints if self._is_gateway(one.service)}
        for call in self.tree.calls:
            if not call.path or self.tree.gateway is None or (call.method, call.path) in told:
                continue
            told.add((call.method, call.path))
            route = Endpoint(self.tree.gateway.id, call.method, call.path, call.place)
            found = (asked.check for asked in self.asked if self._reaches(asked, route))
            yield Item("endpoint", route.service, str(route), call.place, _once(found))

    def ports(self) -> Iterator[Item]:
        """A port is covered by a request to it at the service's own address."""
        for service in self.tree.services:
            container = service.container.text if service.container else ""
            for port in service.ports:
                found = (
                    asked.check
                    for asked in self.asked
                    if asked.port in (port.outer, port.inner)
                    and (asked.host == container or asked.origin in self._origins(service.id))
                )
                yield Item("port", service.id, str(port), port.place, _once(found))

    def domains(self) -> Iterator[Item]:
        """A domain is covered by a check of that name; a path of one by a request below it."""
        for service in self.tree.services:
            for domain in service.domains:
                host, _, path = domain.text.partition("/")
                found = (
                    asked.check
                    for asked in self.asked
                    if asked.host == host and (not path or f"{asked.path}/".startswith(f"/{path}/"))
                )
                yield Item("domain", service.id, domain.text, domain.place, _once(found))

    def _is_gateway(self, service: str) -> bool:
        return self.tree.gateway is not None and self.tree.gateway.id == service

    def _origins(self, service: str) -> set[str]:
        """Where the environment has the service itself."""
        address = self.environment.services.get(service)
        origins = {address.direct} if address else set()
        return origins | ({self.environment.gateway} if self._is_gateway(service) else set())

    def _reaches(self, asked: _Asked, endpoint: Endpoint) -> bool:
        if not asked.method or endpoint.method not in ("", asked.method):
            return False
        if asked.origin in self._origins(endpoint.service):
            return matching.same_route(asked.path, endpoint.path)
        if asked.host == self.environment.host(endpoint.service):
            return matching.same_route(asked.path, endpoint.path)
        return asked.origin == self.environment.gateway and self._through(asked.path, endpoint)

    def _through(self, path: str, endpoint: Endpoint) -> bool:
        """Whether a request of the gateway goes to the service of an endpoint, and to this route of it."""
        service = self.tree.by_id.get(endpoint.service)
        keys = naming.aliases(service) if service else set()
        keys |= {one.key for one in self.tree.registry if self._registered(one.key) == endpoint.service}
        parts = path.strip("/").split("/")
        for index, part in enumerate(parts):
            if part in keys:
                return matching.reaches(part, f"/{'/'.join(parts[index + 1 :])}", endpoint.path)
        return False

    def _registered(self, key: str) -> str:
        service = naming.by_key(key, self.tree.services, self.tree.registry)
        return service.id if service else ""


def _requirements(tree: Tree, loaded: Sequence[Loaded], plan: Plan) -> Iterator[Item]:
    """A requirement is covered by the checks of the target, entry or resource whose `spec` names it."""
    for one in tree.requirements:
        found: list[str] = []
        for target in loaded:
            for reference in of_target(target):
                if (reference.file, reference.anchor) == (one.place.file, one.anchor):
                    found += (
                        check.id
                        for check in plan.checks
                        if check.service == target.target.service and reference.entry in ("", _entry(check.name))
                    )
        yield Item("requirement", one.service, one.name, one.place, _once(found))


def _entry(name: str) -> str:
    """The entry or resource of a check's name, `SERVICE/ENTRY/PROOF`."""
    return name.split("/")[1]


def _once(ids: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(sorted(set(ids)))
