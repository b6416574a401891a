"""Target files made of what a specification states; what it does not state is marked, and not made up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from stagecheck.errors import BadInput
from stagecheck.openspec import needs
from stagecheck.openspec.facts import Endpoint, Service
from stagecheck.openspec.tree import Tree

_HEALTH = re.compile(r"health", re.IGNORECASE)


def write(tree: Tree, folder: Path) -> list[Path]:
    """Write one file a service; raises `BadInput` where there is none to write, or a file is there already."""
    if not tree.services:
        raise BadInput(f"{folder}: no page of the specification states a service")
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{service.id}.yaml" for service in tree.services]
    if len(set(paths)) < len(paths):
        twice = next(path for path in paths if paths.count(path) > 1)
        raise BadInput(f"{twice}: two pages of the specification state this service")
    there = next((path for path in paths if path.exists()), None)
    if there is not None:
        raise BadInput(f"{there}: is there already, and nothing is overwritten")
    for service, path in zip(tree.services, paths, strict=True):
        path.write_text("\n".join(lines(tree, service)) + "\n", encoding="utf-8")
    return paths


def lines(tree: Tree, service: Service) -> Iterator[str]:
    """The lines of a service's target."""
    yield f"service: {service.id}"
    yield f"title: {_text(service.name or service.title or service.id)}"
    if service.owner:
        yield f"owner: {_text(service.owner.lower().replace(' ', '-'))}"
    else:
        yield "owner: nobody   # unknown: the specification names no owner"
    yield f"spec: {_text(_reference(tree, service))}"
    needed, left_out = _needed(tree, service)
    if needed:
        yield f"needs: [{', '.join(needed)}]"
    yield from (f"# left out of needs, since {other} needs this one too: {other}" for other in left_out)
    yield from _identity(service)
    yield from _settings(service)
    yield ""
    yield "checks:"
    yield from _checks(tree, service)


def _reference(tree: Tree, service: Service) -> str:
    """The section from which the checks are: that of the first route, or else that of the identity."""
    own = [one for one in tree.endpoints if one.service == service.id and one.place.file == service.page]
    line = own[0].place.line if own else service.place.line
    above = [heading for heading in tree.page_of(service).headings if heading.place.line <= line]
    return f"{service.page}#{above[-1].anchor}" if above else service.page


def _needed(tree: Tree, service: Service) -> tuple[list[str], list[str]]:
    """What the service needs; the second of two that need each other is left out, since targets have no circles."""
    edges = {(need.service, need.needed) for need in tree.needs}
    order = [one.id for one in tree.services]
    kept: set[tuple[str, str]] = set()
    for edge in sorted(edges, key=lambda edge: (edge[1] in _users(tree, edge[0]), order.index(edge[0]), edge[1])):
        if not _leads(kept, edge[1], edge[0]):
            kept.add(edge)
    mine = sorted(other for one, other in edges if one == service.id)
    return [other for other in mine if (service.id, other) in kept], [
        other for other in mine if (service.id, other) not in kept
    ]


def _users(tree: Tree, id: str) -> set[str]:
    """Who is stated to need a service by its list of consumers or by a compose block: they stand above it for sure."""
    return {need.service for need in tree.consumers if need.needed == id}


def _leads(edges: set[tuple[str, str]], start: str, end: str) -> bool:
    seen, left = set(), [start]
    while left:
        here = left.pop()
        if here == end:
            return True
        if here not in seen:
            seen.add(here)
            left += [other for one, other in edges if one == here]
    return False


def _identity(service: Service) -> Iterator[str]:
    for name, stated in (("container", service.container), ("image", service.image), ("status", service.status)):
        yield f"# {name}: {stated}" if stated else f"# unknown: {name}"
    ports = [f"{port}{f' {port.protocol}' if port.protocol else ''}" for port in service.ports if not port.undecided]
    yield f"# ports (host:container): {', '.join(ports)}" if ports else "# unknown: ports"
    yield from (f"# unknown: a port that is not decided, {port}" for port in service.ports if port.undecided)
    yield from (f"# domain: {domain}" for domain in service.domains)


def _settings(service: Service) -> Iterator[str]:
    """The names of the variables, never a value."""
    names = list(dict.fromkeys(variable.name for variable in needs.settings(service)))
    yield f"# variables: {', '.join(names)}" if names else "# unknown: variables"


def _checks(tree: Tree, service: Service) -> Iterator[str]:
    own = [one for one in tree.endpoints if one.service == service.id]
    asked = sorted((one for one in own if _can_be_asked(one)), key=lambda one: not _HEALTH.search(one.path))
    for number, one in enumerate(asked):
        yield from _check(one, "gateway" if service is tree.gateway else "direct", root=number == 0)
    if service.domains and len(service.domains) == 1:
        yield from _domain(service)
    elif not asked:
        if service.ports:
            yield "  # unknown: how it is asked over HTTP; that its address accepts a connection is all that is stated"
        else:
            yield "  # unknown: what can be asked; put checks in place of this one, which asserts little"
        yield "  - id: address"
        yield "    kind: domain"
        yield "    proofs: {tcp: {}}"
    for one in own:
        if one not in asked:
            yield f"  # unknown: what {one} wants and answers ({one.place})"
    for requirement in tree.requirements:
        if requirement.service == service.id:
            yield f"  # unknown: what shows the requirement '{requirement.name}' ({requirement.place})"


def _can_be_asked(endpoint: Endpoint) -> bool:
    return endpoint.method == "GET" and "{" not in endpoint.path


def _check(endpoint: Endpoint, via: str, root: bool) -> Iterator[str]:
    yield f"  - id: {_slug(endpoint.path)}   # {endpoint.place}"
    yield f"    kind: {'health' if _HEALTH.search(endpoint.path) else 'routing'}"
    yield f"    request: {{path: {_text(endpoint.path)}{'' if via == 'gateway' else f', via: {via}'}}}"
    yield "    expect: {status: 200}   # unknown: the status, and whatever else shows that it works"
    yield f"    proofs: {{answers: {{{'root: true' if root else ''}}}}}"


def _domain(service: Service) -> Iterator[str]:
    host, _, path = service.domains[0].text.partition("/")
    yield f"  - id: site   # {service.domains[0].place}; the environment's domains give {service.id}: {host}"
    yield "    kind: domain"
    yield f"    request: {{path: {_text(f'/{path}')}, via: domain}}"
    yield "    expect: {status: 200}   # unknown: the words that only this site's page has (fingerprint)"
    yield "    proofs: {dns: {}, tcp: {}, answers: {}}"


def _slug(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "root"


def _text(text: str) -> str:
    """A YAML scalar, quoted where it must be."""
    return str(yaml.safe_dump(text, default_flow_style=True, width=10_000)).removesuffix("\n").removesuffix("\n...")
