"""The catalogue of faults: replica/faults/*.yaml, read and refused."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from replica.traps import traps

FOLDER = Path(__file__).parent / "faults"
PARTS = (
    "gateway",
    "saleor",
    "auth",
    "limited",
    "wagtail",
    "crm",
    "edge",
    "dns",
    "inner",
    "databases",
    "backends",
    "paths",
)
KEYS = ("name", "rows", "part", "text", "expect", "reach")
NOTHING: Mapping[str, Any] = MappingProxyType({})


class CatalogError(ValueError):
    """A fault that cannot be read, or a name that no fault has; one line."""


@dataclass(frozen=True)
class Fault:
    """One switch. `rows` are the platform's known faults that it stands for, `part` is who acts on it.

    `expect` is the check that must go red and its reason kind, `reach` the ids of all checks that may.
    """

    name: str
    rows: tuple[str, ...]
    part: str
    text: str
    expect: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    reach: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """Name, rows and what it does, as `--list-faults` prints it."""
        return f"{self.name:<35} {','.join(self.rows) or '-':<15} {self.text}"


def read(folder: Path = FOLDER) -> dict[str, Fault]:
    """All faults of the folder's YAML files by name, in the order of files and lines; raises CatalogError."""
    faults: dict[str, Fault] = {}
    for path in sorted(folder.glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text()) or []:
            fault = _fault(entry, path.name)
            if fault.name in faults:
                raise CatalogError(f"{path.name}: {fault.name}: the name is taken")
            faults[fault.name] = fault
    return faults


@cache
def faults() -> Mapping[str, Fault]:
    """The replica's own catalogue, read once."""
    return MappingProxyType(read())


def check(names: Iterable[str], known: Iterable[str] | None = None) -> None:
    """Refuse the first name that no fault and no trap has, naming the nearest; raises CatalogError."""
    known = (*faults(), *traps()) if known is None else tuple(known)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
            hint = f"; did you mean '{near[0]}'?" if near else "; see --list-faults and --list-traps"
            raise CatalogError(f"no fault is called '{name}'{hint}")


def _fault(entry: Any, file: str) -> Fault:
    if not isinstance(entry, dict):
        raise CatalogError(f"{file}: a fault is a mapping, got {entry!r}")
    name = str(entry.get("name", "?"))
    for key in entry:
        if key not in KEYS:
            raise CatalogError(f"{file}: {name}: unknown key '{key}'")
    for key in ("name", "rows", "part", "text"):
        if key not in entry:
            raise CatalogError(f"{file}: {name}: '{key}' is missing")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise CatalogError(f"{file}: {name}: a name is kebab-case")
    if entry["part"] not in PARTS:
        raise CatalogError(f"{file}: {name}: no part is called '{entry['part']}'")
    rows = tuple(str(row) for row in entry["rows"])
    reach = tuple(str(id) for id in entry.get("reach") or ())
    return Fault(name, rows, entry["part"], " ".join(str(entry["text"]).split()), entry.get("expect") or NOTHING, reach)
