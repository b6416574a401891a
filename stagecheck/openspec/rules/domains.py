"""Domains: claimed twice, not decided, of two schemes, shared by path without a route, internal and yet published."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.openspec.facts import Service
from stagecheck.openspec.finding import Case, Found, Rule
from stagecheck.openspec.markdown import Place

_INTERNAL = re.compile(r"\b(not public|internal only|vpn only|never public)\b", re.IGNORECASE)


def claimed_twice(case: Case) -> Iterator[Found]:
    """A domain, or a path of it, is one service's."""
    first: dict[str, tuple[Service, Place]] = {}
    for service in case.tree.services:
        for domain in service.domains:
            owner, place = first.setdefault(domain.text.rstrip("/"), (service, domain.place))
            if owner is not service:
                yield Found(domain.place, f"{service.id} claims {domain}, which {owner.id} claims too", (place,))


def undecided(case: Case) -> Iterator[Found]:
    """A domain that is one of several, or still to be decided, cannot be checked."""
    for service in case.tree.services:
        page = case.tree.page_of(service)
        for text in page.texts:
            if text.label.lower() not in ("domain", "domains") or "Service Identity" not in text.under:
                continue
            if re.search(r"\bTBD\b", text.value) or re.search(r"\bor\b", text.value, re.IGNORECASE):
                yield Found(text.place, f"the domain of {service.id} is not decided: {text.value.replace('`', '')}")


def scheme_differs(case: Case) -> Iterator[Found]:
    """A public domain is reached in one way: HTTP or HTTPS."""
    for domain in sorted({one.text.partition("/")[0] for service in case.tree.services for one in service.domains}):
        plain = case.tree.mentions(f"http://{domain}")
        secure = case.tree.mentions(f"https://{domain}")
        if plain and secure:
            yield Found(plain[0], f"{domain} is reached by http here, and by https elsewhere", (secure[0],))


def path_unrouted(case: Case) -> Iterator[Found]:
    """A service under a path of another's domain needs a route by that path, or the other one answers."""
    owners = {one.text: service for service in case.tree.services for one in service.domains if "/" not in one.text}
    for service in case.tree.services:
        for domain in service.domains:
            host, _, path = domain.text.partition("/")
            owner = owners.get(host)
            if path and owner and owner is not service and not case.tree.mentions(f"PathPrefix(`/{path}"):
                sentence = (
                    f"{service.id} is under {domain}, and {host} is {owner.id}'s; no route by that path is stated"
                )
                yield Found(domain.place, sentence, (owner.domains[0].place,))


def internal_published(case: Case) -> Iterator[Found]:
    """What must not be public is not published on the host."""
    for service in case.tree.services:
        for text in case.tree.page_of(service).texts:
            if _INTERNAL.search(text.text) and service.outer:
                sentence = f"{service.id} must not be public, and is published on the host's port {min(service.outer)}"
                yield Found(text.place, sentence, (service.ports[0].place,))


RULES = (
    Rule("domain-claimed-twice", "two services claim one domain", claimed_twice),
    Rule("domain-undecided", "a domain is not decided", undecided, rows=("F08",)),
    Rule("scheme-differs", "a domain is reached by http and by https", scheme_differs),
    Rule("path-domain-unrouted", "a path of another's domain has no route", path_unrouted, "warning", ("F09", "F46")),
    Rule("internal-but-published", "what is internal is published", internal_published, "warning", ("F54",)),
)
