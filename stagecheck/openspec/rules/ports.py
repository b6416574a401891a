"""Ports: claimed twice, not decided, listened on elsewhere, named otherwise, the host's inside the network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.openspec import naming
from stagecheck.openspec.facts import Named, Service
from stagecheck.openspec.finding import Case, Found, Rule
from stagecheck.openspec.markdown import Page, Place
from stagecheck.openspec.tree import Tree

_NAMED = re.compile(r"^([A-Z][\w /.-]*?) \((?:port )?(\d{4,5})\)")
_OBJECT = re.compile(r"\{[^{}]*\}")
_EXPOSE = re.compile(r"^\s*EXPOSE\s+(\d{2,5})", re.MULTILINE)


def claimed_twice(case: Case) -> Iterator[Found]:
    """One port of the host can be bound once."""
    first: dict[int, tuple[Service, Found]] = {}
    for service in case.tree.services:
        for port in service.ports:
            if port.outer is None:
                continue
            owner, found = first.setdefault(port.outer, (service, Found(port.place, "")))
            if owner is not service:
                sentence = f"{service.id} claims the host's port {port.outer}, which {owner.id} claims too"
                yield Found(port.place, sentence, (found.place,))


def undecided(case: Case) -> Iterator[Found]:
    """A port that is still to be decided cannot be checked."""
    for service in case.tree.services:
        for port in service.ports:
            if port.undecided:
                which = "the host's port" if port.outer is None else "the container's port"
                yield Found(port.place, f"{which} of {service.id} is not decided")


def listens_elsewhere(case: Case) -> Iterator[Found]:
    """What the mapping leads to is where the process listens: its own port variable, and EXPOSE of its image."""
    for service in case.tree.services:
        if not service.inner:
            continue
        led = " and ".join(map(str, sorted(service.inner)))
        for variable in service.variables:
            ours = _is_its_port(variable.name, service) and variable.value.isdigit()
            if ours and int(variable.value) not in service.inner:
                sentence = f"{variable.name} is {variable.value}, but the mapping of {service.id} leads to {led}"
                yield Found(variable.place, sentence, (service.ports[0].place,))
        for block in case.tree.page_of(service).blocks:
            for exposed in _EXPOSE.finditer(block.text) if block.language == "dockerfile" else ():
                if int(exposed[1]) not in service.inner:
                    sentence = f"the image of {service.id} exposes {exposed[1]}, but the mapping leads to {led}"
                    yield Found(block.at(exposed.start(1)), sentence, (service.ports[0].place,))


def named_otherwise(case: Case) -> Iterator[Found]:
    """A port that stands beside a service's name is one of its own."""
    for named in _named(case.tree):
        service = naming.by_display(named.name, case.tree.services, named.url)
        if service is None or not service.outer or named.port in service.outer | service.inner:
            continue
        stated = ", ".join(map(str, service.ports))
        sentence = f"port {named.port} stands beside '{named.name}', but {service.id} states {stated}"
        yield Found(named.place, sentence, (service.ports[0].place,))


def outer_inside(case: Case) -> Iterator[Found]:
    """Between containers a name goes with the port that the container listens on."""
    for page in case.tree.pages:
        for place, container, port in _addresses(page, case.tree):
            service = case.tree.by_container[container]
            if not service.inner or port in service.inner:
                continue
            why = "the host's port" if port in service.outer else "no port of it"
            inner = " and ".join(map(str, sorted(service.inner)))
            sentence = f"{container}:{port} is {why}; between containers {service.id} listens on {inner}"
            yield Found(place, sentence, (service.ports[0].place,))


RULES = (
    Rule("port-claimed-twice", "two services claim one port of the host", claimed_twice, rows=("F04", "F05")),
    Rule("port-undecided", "a port is not decided", undecided, rows=("F08",)),
    Rule(
        "port-listens-elsewhere",
        "the mapping leads to a port on which nothing listens",
        listens_elsewhere,
        rows=("F31", "F32"),
    ),
    Rule("port-named-otherwise", "a service is named with a port that is not its own", named_otherwise, rows=("F05",)),
    Rule("port-outer-inside", "the host's port is used between containers", outer_inside),
)


def _is_its_port(name: str, service: Service) -> bool:
    if name == "PORT":
        return True
    head, _, tail = name.rpartition("_")
    own = {*naming.words(service.id), *naming.words(service.name)}
    parts = head.lower().split("_")
    return tail == "PORT" and all(any(word.startswith(part) for word in own) for part in parts)


def _named(tree: Tree) -> Iterator[Named]:
    for node in tree.drawn:
        if match := _NAMED.match(node.label):
            yield Named(match[1], int(match[2]), "", node.place)
    for page in tree.pages:
        for text in page.texts:
            if match := _NAMED.match(text.value):
                yield Named(match[1], int(match[2]), "", text.place)
        for block in page.blocks:
            for found in _OBJECT.finditer(block.text):
                words = dict(re.findall(r"[\"'](name|url|port)[\"']:\s*[\"']?([^\"',\n}]+)", found[0]))
                if {"name", "port"} <= words.keys() and words["port"].strip().isdigit():
                    offset = found.start() + re.search(r"[\"']port[\"']", found[0]).start()  # type: ignore[union-attr]
                    yield Named(words["name"], int(words["port"]), words.get("url", ""), block.at(offset))


def _addresses(page: Page, tree: Tree) -> Iterator[tuple[Place, str, int]]:
    for number, line in enumerate(page.lines, 1):
        for container in tree.by_container:
            for match in re.finditer(rf"(?<![\w.-]){re.escape(container)}:(\d{{2,5}})\b", line):
                yield Place(page.file, number), container, int(match[1])
