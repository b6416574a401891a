"""What a run learnt of the names that it asked: their addresses and certificates, out of its records' exchanges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stagecheck.record import Record

CERTIFICATE = ("issuer", "not_after", "days_left")


def plain(records: Iterable[Record]) -> list[dict[str, Any]]:
    """One mapping for each host, by name: `host`, `addresses` (sorted) and `certificate` (None where none was seen)."""
    found: dict[str, dict[str, Any]] = {}
    for exchange in (one for record in records for one in record["exchanges"]):
        kind, _, place = str(exchange.get("url", "")).partition("://")
        facts = exchange.get("facts") or {}
        host = found.setdefault(place.partition(":")[0], {"addresses": [], "certificate": None})
        if kind == "dns" and facts.get("addresses"):
            host["addresses"] = sorted(facts["addresses"])
        elif kind == "tls" and all(name in facts for name in CERTIFICATE):
            host["certificate"] = {name: facts[name] for name in CERTIFICATE}
    return [{"host": name, **host} for name, host in sorted(found.items()) if host["addresses"] or host["certificate"]]


def days_left(hosts: Iterable[Mapping[str, Any]]) -> list[str]:
    """One sentence on how long the certificates are good, the shortest first; nothing where none was seen."""
    found = sorted((host["certificate"]["days_left"], host["host"]) for host in hosts if host["certificate"])
    return [f"certificates: {', '.join(f'{name} {days:.0f} days' for days, name in found)} left"] if found else []
