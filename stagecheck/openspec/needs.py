"""Which service needs which: by lists of consumers, by addresses in settings, by compose, and by calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stagecheck.openspec import identity, naming
from stagecheck.openspec.facts import Call, Need, Registered, Service, Unmatched, Variable
from stagecheck.openspec.markdown import Page

_WHOLE = re.compile(r"all (backend|frontend|infrastructure) services\b", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z][\w+.-]*://)?(?:[^\s@/]*@)?([A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*):(\d{2,5})\b")


def consumers(page: Page, service: Service, services: Sequence[Service]) -> tuple[list[Need], list[Unmatched]]:
    """What the page lists as needing its service, and the names there that are no service."""
    found: list[Need] = []
    unmatched: list[Unmatched] = []
    for text in page.texts:
        if not text.item or not any(re.search(r"required by|consumers", head, re.IGNORECASE) for head in text.under):
            continue
        whole = _WHOLE.match(text.text)
        if whole:
            kind = whole[1].lower()
            found += [Need(one.id, service.id, text.place, True) for one in services if one.kind == kind]
            continue
        consumer = naming.by_display(text.text, services)
        if consumer is not None:
            found.append(Need(consumer.id, service.id, text.place))
        elif re.match(r"[A-Z]", text.text) and "services" not in naming.words(text.text):
            unmatched.append(Unmatched(re.sub(r"\s*\(.*\)$", "", text.text), text.place))
    return found, unmatched


def listed(page: Page, service: Service, services: Sequence[Service]) -> list[Need]:
    """What the page lists as needed by its service."""
    found = []
    for text in page.texts:
        last = text.under[-1].lower() if text.under else ""
        if (
            text.item
            and re.search(r"\bdependencies\b|depends on", last)
            and not re.search("required by|consumer", last)
        ):
            needed = naming.by_display(text.text, services)
            if needed is not None:
                found.append(Need(service.id, needed.id, text.place))
    return found


def used(service: Service, services: Sequence[Service]) -> list[Need]:
    """The services whose containers its settings name, and what its compose blocks depend on."""
    found = []
    containers = {one.container.text: one.id for one in services if one.container}
    for variable in settings(service):
        for host, _ in hosts(variable.value):
            needed = containers.get(host)
            if needed and needed != service.id:
                found.append(Need(service.id, needed, variable.place))
        bare = containers.get(variable.value.strip())
        if bare and bare != service.id:
            found.append(Need(service.id, bare, variable.place))
    for one in identity.own(service):
        for key in one.needs:
            needed_by_key = naming.by_key(key, services)
            if needed_by_key is not None and needed_by_key.id != service.id:
                found.append(Need(service.id, needed_by_key.id, one.at("depends_on")))
    return found


def called(
    calls: Sequence[Call], services: Sequence[Service], registry: Sequence[Registered], gateway: Service | None
) -> Iterator[Need]:
    """The services that its calls reach, and the gateway on the way to them."""
    for call in calls:
        if gateway is not None and call.caller and call.path and call.caller != gateway.id:
            yield Need(call.caller, gateway.id, call.place)
        needed = naming.by_key(call.key, services, registry) if call.key else None
        if needed is not None and call.caller and needed.id != call.caller:
            yield Need(call.caller, needed.id, call.place)


def settings(service: Service) -> list[Variable]:
    """All variables that its page states for the deployed service, listed or in a compose block."""
    return [*service.variables, *(one for block in identity.own(service) for one in block.environment.values())]


def hosts(value: str) -> list[tuple[str, int]]:
    """The `HOST:PORT` pairs in a setting's value."""
    return [(match[1], int(match[2])) for match in _HOST.finditer(value)]
