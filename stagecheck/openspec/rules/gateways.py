"""The gateway: its registry against the services, its prefix and keys against the callers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from stagecheck import listing
from stagecheck.openspec import naming, registry
from stagecheck.openspec.facts import Registered, Service
from stagecheck.openspec.finding import Case, Found, Rule
from stagecheck.openspec.markdown import Page, Place

_CATCH_ALL = re.compile(r"(.*)/\{service(?:_name)?\}/\{")
_ARROW = re.compile(r"\s*(?:→|-{1,2}>)\s*")


def outer_port(case: Case) -> Iterator[Found]:
    """The gateway asks inside the network, where a service listens on its inner port."""
    for entry, service in _registered(case):
        if service.inner and entry.port in service.outer - service.inner:
            inner = " and ".join(map(str, sorted(service.inner)))
            sentence = (
                f"the registry has '{entry.key}' on {entry.port}, the host's port; the container listens on {inner}"
            )
            yield Found(entry.place, sentence, (service.ports[0].place,))


def mixed_ports(case: Case) -> Iterator[Found]:
    """A registry of inner and of outer ports is wrong for some, wherever it is used."""
    both = list(_registered(case))
    inner = [entry for entry, service in both if entry.port in service.inner - service.outer]
    outer = [entry for entry, service in both if entry.port in service.outer - service.inner]
    if inner and outer:
        yield Found(
            inner[0].place,
            f"the registry mixes ports: {_keys(inner)} with the container's, {_keys(outer)} with the host's",
            (outer[0].place,),
        )


def key_no_host(case: Case) -> Iterator[Found]:
    """Where the keys are asked as host names, they are names of containers."""
    for page in case.tree.pages:
        entries = [one for one in registry.entries(page) if not one.internal]
        probe = registry.probe(page)
        if probe is None or not case.tree.by_container:
            continue
        composed = {one.key for service in case.tree.services for one in service.composed}
        nameless = [one for one in entries if one.key not in case.tree.by_container and one.key not in composed]
        if nameless:
            sentence = f"the registry's keys are asked as host names, but no container is called {_keys(nameless)}"
            yield Found(probe[1], sentence, (nameless[0].place,))


def key_unread(case: Case) -> Iterator[Found]:
    """What the registry states and no code reads has no effect."""
    for page in case.tree.pages:
        for key, place in registry.unread(page):
            yield Found(place, f"the registry states '{key}' of its services, and no code there reads it")


def path_differs(case: Case) -> Iterator[Found]:
    """The path that the registry gives a service begins the routes that the service states."""
    for entry, service in _registered(case):
        own = [one for one in case.tree.endpoints if one.service == service.id and "health" not in one.path]
        if len(entry.path) > 1 and own and not any(one.path.startswith(entry.path) for one in own):
            sentence = f"the registry has '{entry.key}' under {entry.path}, but no route of {service.id} begins so"
            yield Found(entry.place, sentence, (own[0].place,))


def key_unknown(case: Case) -> Iterator[Found]:
    """What callers name in the path is a key of the registry."""
    keys = {entry.key for entry in case.tree.registry}
    told: set[str] = set()
    for call in case.tree.calls if keys else ():
        if call.key and call.key not in keys and call.key not in told:
            told.add(call.key)
            service = naming.by_key(call.key, case.tree.services, case.tree.registry)
            near = next((entry.key for entry, one in _registered(case) if one is service), "")
            sentence = f"the gateway is asked for '{call.key}', which is no key of its registry"
            yield Found(call.place, sentence + (f" ('{near}' is)" if near else ""), (case.tree.registry[0].place,))


def prefix_differs(case: Case) -> Iterator[Found]:
    """The route that the gateway states is the one that callers ask."""
    asked = [call for call in case.tree.calls if call.key and call.path]
    for endpoint in case.tree.endpoints:
        stated = _CATCH_ALL.match(endpoint.path)
        if stated and case.tree.prefix != stated[1] and asked:
            sentence = f"the gateway routes {endpoint.path}, but callers write {case.tree.prefix or 'no prefix'}/..."
            yield Found(endpoint.place, sentence, (asked[0].place,))


def bypassed(case: Case) -> Iterator[Found]:
    """A drawn way from a frontend leads through the gateway, where the specification has one."""
    gateway = case.tree.gateway
    for page in case.tree.pages if gateway else ():
        for place, names in _chains(page):
            way = [naming.by_display(name, case.tree.services) for name in names]
            for one, following in itertools.pairwise(way):
                if one is None or following is None or following is gateway:
                    continue
                if one.kind == "frontend" and following.kind != "frontend":
                    yield Found(place, f"the way leads from {one.id} to {following.id} past the gateway")


RULES = (
    Rule("registry-outer-port", "the gateway asks a service on the host's port", outer_port),
    Rule("registry-mixed-ports", "the registry mixes inner and outer ports", mixed_ports),
    Rule("registry-key-no-host", "the registry's keys are asked as hosts and are none", key_no_host, rows=("F36",)),
    Rule("registry-key-unread", "the registry states what no code reads", key_unread),
    Rule("registry-path-differs", "the registry's path is not that of the service's routes", path_differs),
    Rule("gateway-key-unknown", "callers name a service that the gateway does not know", key_unknown),
    Rule("gateway-prefix-differs", "the gateway's route is not the one that callers ask", prefix_differs),
    Rule("gateway-bypassed", "a way leads from a frontend past the gateway", bypassed),
)


def _registered(case: Case) -> Iterator[tuple[Registered, Service]]:
    for entry in case.tree.registry:
        service = naming.by_key(entry.key, case.tree.services, case.tree.registry)
        if service is not None:
            yield entry, service


def _keys(entries: list[Registered]) -> str:
    names = [f"'{entry.key}'" for entry in entries]
    return " and ".join(names) if len(names) < 4 else listing.some(names, 3)


def _chains(page: Page) -> Iterator[tuple[Place, list[str]]]:
    lines = [(text.place, text.text) for text in page.texts]
    lines += [(block.line(index), line) for block in page.blocks for index, line in enumerate(block.lines)]
    for place, line in lines:
        names = _ARROW.split(line.strip())
        if len(names) > 1:
            yield place, names
