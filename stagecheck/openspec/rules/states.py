"""States: ready while what it stands on is broken, or while its own list is open; two states of one service."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.openspec import naming
from stagecheck.openspec.facts import Service, Stated
from stagecheck.openspec.finding import Case, Found, Rule, count

_BROKEN = re.compile(
    r"unhealthy|not (?:running|deployed)|pending|wrong|critical|\b[345]\d\d\b|down\b"
    r"|needs? [\w ]*\b(?:fix|configuration)",
    re.IGNORECASE,
)
_READY = re.compile(r"production[- ]ready", re.IGNORECASE)


def ready_over_broken(case: Case) -> Iterator[Found]:
    """What is ready stands on nothing that is not."""
    for service in case.tree.services:
        ready = _ready(service)
        below = _below(case, service)
        broken = [
            one for one in case.tree.services if one.id in below and one.status and _BROKEN.search(one.status.text)
        ]
        if ready and broken:
            names = ", ".join(one.id for one in broken)
            places = tuple(one.status.place for one in broken if one.status)
            yield Found(ready.place, f"{service.id} is ready, but not what it stands on: {names}", places)


def ready_with_open_list(case: Case) -> Iterator[Found]:
    """What is ready has no open box in its own list of what makes it so."""
    for service in case.tree.services:
        ready = _ready(service)
        texts = case.tree.page_of(service).texts
        boxes = [text for text in texts if text.item and text.text.startswith("[ ]")]
        if ready and boxes:
            sentence = f"{service.id} is ready, with {count(len(boxes), 'point')} of its list open"
            yield Found(ready.place, sentence, (boxes[0].place,))


def two_states(case: Case) -> Iterator[Found]:
    """A service has one state."""
    for service in case.tree.services:
        if service.status is None or service.footer is None:
            continue
        broken = [bool(_BROKEN.search(one.text)) for one in (service.status, service.footer)]
        ready = [
            bool(_READY.search(one.text) or "running" in one.text.lower()) for one in (service.status, service.footer)
        ]
        if broken != [broken[0]] * 2 and any(ready):
            sentence = f"{service.id} is '{_plain(service.status)}' and '{_plain(service.footer)}'"
            yield Found(service.footer.place, sentence, (service.status.place,))


RULES = (
    Rule("ready-over-broken", "what is ready stands on what is not", ready_over_broken, rows=("F39",)),
    Rule("ready-with-open-list", "what is ready has open points in its list", ready_with_open_list, "warning"),
    Rule("status-differs", "a service has two states", two_states),
)


def _ready(service: Service) -> Stated | None:
    return next((one for one in (service.status, service.footer) if one and _READY.search(one.text)), None)


def _below(case: Case, service: Service) -> set[str]:
    """What a service needs, and where it keeps the registry what it registers."""
    found = {need.needed for need in case.tree.needs if need.service == service.id}
    if service is case.tree.gateway:
        entries = (naming.by_key(one.key, case.tree.services, case.tree.registry) for one in case.tree.registry)
        found |= {one.id for one in entries if one is not None}
    return found


def _plain(stated: Stated) -> str:
    return re.sub(r"^[^\w]+", "", stated.text)
