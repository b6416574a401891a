"""Which service a text means: by its id, by the gateway's key, by its container, or by what people call it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from stagecheck.openspec.facts import Registered, Service

# What an id may end with beside its own name: `wagtail` is `wagtail-cms`, `saleor-backend` is `saleor`.
_ENDINGS = ("backend", "service", "server", "cms", "api", "frontend")


def words(name: str) -> tuple[str, ...]:
    """A name as small words; what stands in brackets is a remark."""
    return tuple(re.findall(r"[a-z0-9]+", re.sub(r"\([^)]*\)", "", name).lower()))


def by_display(name: str, services: Iterable[Service], url: str = "") -> Service | None:
    """The service that people call so: the same words, or else the only one whose name has them all.

    `url` decides between several by its domain.
    """
    asked = words(name)
    if not asked:
        return None
    names = {
        service.id: [words(one) for one in (service.id, service.name, service.title) if one] for service in services
    }
    by_id = {service.id: service for service in services}
    same = [id for id, known in names.items() if asked in known]
    if len(same) == 1:
        return by_id[same[0]]
    near = [id for id, known in names.items() if any(_begins(one, asked) or _begins(asked, one) for one in known)]
    if len(near) > 1 and url:
        host = re.sub(r"^https?://", "", url).partition("/")[0]
        near = [id for id in near if any(domain.text.partition("/")[0] == host for domain in by_id[id].domains)]
    return by_id[near[0]] if len(near) == 1 else None


def by_key(key: str, services: Sequence[Service], registry: Sequence[Registered] = ()) -> Service | None:
    """The service that a gateway means by a key: never a frontend."""
    behind = [service for service in services if service.kind != "frontend"]
    exact = [service for service in behind if service.id == key]
    near = exact or [service for service in behind if _begins(words(service.id), words(key)) and _ends(service.id, key)]
    near = near or [service for service in behind if _begins(words(key), words(service.id)) and _ends(key, service.id)]
    if len(near) > 1:
        ports = {one.port for one in registry if one.key == key}
        near = [service for service in near if ports & (service.inner | service.outer)]
    return near[0] if len(near) == 1 else None


def aliases(service: Service) -> set[str]:
    """The short forms of an id: without its ending."""
    head, _, tail = service.id.rpartition("-")
    return {service.id, head} if head and tail in _ENDINGS else {service.id}


def _begins(whole: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return bool(part) and whole[: len(part)] == part


def _ends(whole: str, part: str) -> bool:
    """Whether what `whole` has more than `part` is only an ending, or nothing."""
    rest = words(whole)[len(words(part)) :]
    return all(word in _ENDINGS for word in rest)
