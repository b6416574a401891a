"""A whole specification: the Markdown files of a folder, and all that they state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from stagecheck.errors import BadInput
from stagecheck.openspec import calling, identity, markdown, naming, needs, registry, routes
from stagecheck.openspec import requirements as required
from stagecheck.openspec.drawing import Node, nodes
from stagecheck.openspec.facts import Call, Endpoint, Need, Registered, Requirement, Service, Unmatched
from stagecheck.openspec.markdown import Page, Place

MAX_FILES = 2000
# What the OpenSpec tool keeps beside the specification: proposals of change, which state nothing yet.
ASIDE = ("changes", "archive", "node_modules")


@dataclass(frozen=True)
class Tree:
    """The pages of a specification, sorted by file."""

    pages: tuple[Page, ...]

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """The services, each from its own page, in the order of the files."""
        return tuple(one for one in map(identity.service_of, self.pages) if one is not None)

    @cached_property
    def by_id(self) -> dict[str, Service]:
        """The services by id; the first of two that share one."""
        return {one.id: one for one in reversed(self.services)}

    def page(self, file: str) -> Page | None:
        """The page of a file."""
        return next((one for one in self.pages if one.file == file), None)

    @cached_property
    def by_container(self) -> dict[str, Service]:
        """The services by the name of their container, which is their host name in the network."""
        return {one.container.text: one for one in reversed(self.services) if one.container}

    @cached_property
    def drawn(self) -> list[Node]:
        """The labels of all drawn trees."""
        return [node for page in self.pages for node in nodes(page)]

    @cached_property
    def registry(self) -> list[Registered]:
        """The entries of the gateway's registry."""
        return [entry for page in self.pages for entry in registry.entries(page)]

    @cached_property
    def gateway(self) -> Service | None:
        """The service whose page states the registry, or else the only one whose type says that it is a gateway."""
        stating = {entry.page for entry in self.registry}
        found = [one for one in self.services if one.page in stating]
        found = found or [one for one in self.services if "gateway" in one.type.lower()]
        return found[0] if len(found) == 1 else None

    @cached_property
    def calls(self) -> list[Call]:
        """The requests through the gateway that the pages state."""
        keys = {entry.key for entry in self.registry}
        keys |= {alias for one in self.services for alias in naming.aliases(one)}
        owner = {one.page: one.id for one in self.services}
        return [call for page in self.pages for call in calling.calls(page, owner.get(page.file, ""), keys)]

    @cached_property
    def prefix(self) -> str:
        """What callers write before the service's key, such as `/api/brain`."""
        return calling.prefix_of(self.calls)

    @cached_property
    def endpoints(self) -> list[Endpoint]:
        """The routes that services state as their own; what an overview states under the prefix is the gateway's."""
        return sorted(self._endpoints(), key=lambda one: (one.service, one.place))

    def _endpoints(self) -> Iterator[Endpoint]:
        owner = {one.page: one for one in self.services}
        for page in self.pages:
            service = owner.get(page.file)
            if service is not None:
                containers = frozenset({service.container.text} if service.container else ())
                yield from routes.endpoints(page, service.id, containers)
            elif self.gateway is not None:
                for one in routes.endpoints(page, self.gateway.id, frozenset()):
                    if self.prefix and one.path.startswith(f"{self.prefix}/"):
                        yield one

    @cached_property
    def requirements(self) -> list[Requirement]:
        """The requirements of all pages."""
        owner = {one.page: one.id for one in self.services}
        return [one for page in self.pages for one in required.requirements(page, owner.get(page.file, ""))]

    @cached_property
    def consumers(self) -> list[Need]:
        """What services list as their consumers."""
        return [need for found, _ in self._consumers for need in found]

    @cached_property
    def unmatched(self) -> list[Unmatched]:
        """The names in lists of consumers that are no service."""
        return [one for _, found in self._consumers for one in found]

    @cached_property
    def _consumers(self) -> list[tuple[list[Need], list[Unmatched]]]:
        return [needs.consumers(self.page_of(one), one, self.services) for one in self.services]

    @cached_property
    def uses(self) -> list[Need]:
        """What services name in their settings and compose blocks."""
        return [need for one in self.services for need in needs.used(one, self.services)]

    @cached_property
    def needs(self) -> list[Need]:
        """All needs, stated in whichever way, each once, at its first place."""
        listed = [need for one in self.services for need in needs.listed(self.page_of(one), one, self.services)]
        called = list(needs.called(self.calls, self.services, self.registry, self.gateway))
        first: dict[tuple[str, str], Need] = {}
        for need in (*listed, *self.uses, *called, *self.consumers):
            first.setdefault((need.service, need.needed), need)
        return sorted(first.values(), key=lambda need: (need.service, need.needed))

    def page_of(self, service: Service) -> Page:
        """The page that describes a service."""
        return next(one for one in self.pages if one.file == service.page)

    def mentions(self, text: str) -> list[Place]:
        """The lines in which a text stands."""
        found = []
        for page in self.pages:
            found += [Place(page.file, number) for number, line in enumerate(page.lines, 1) if text in line]
        return found


def read(folder: Path) -> Tree:
    """Read all Markdown files below a folder; raises `BadInput` where there is none, or one cannot be read.

    A folder `specs` in it is the base of the file names, as in `backend/01-gateway.md`; pages beside it keep theirs.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder of a specification")
    paths = sorted(path for path in folder.rglob("*.md") if not set(path.relative_to(folder).parts) & set(ASIDE))
    if not paths:
        raise BadInput(f"{folder}: no specification (*.md) in this folder")
    if len(paths) > MAX_FILES:
        raise BadInput(f"{folder}: more than {MAX_FILES} files")
    return Tree(
        tuple(markdown.read(path, path.relative_to(folder).as_posix().removeprefix("specs/")) for path in paths)
    )
