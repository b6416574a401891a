"""The catalogue of traps, replica/traps.yaml: what a healthy platform may do too, and a suite may take for a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

FILE = Path(__file__).parent / "traps.yaml"


@dataclass(frozen=True)
class Trap:
    """One switch, in the same file of switches as the faults; every check passes while it is on."""

    name: str
    text: str

    @property
    def line(self) -> str:
        """Name and what it does, as `--list-traps` prints it."""
        return f"{self.name:<20}{self.text}"


@cache
def traps() -> Mapping[str, Trap]:
    """All traps by name, in the order of the file."""
    found = [Trap(entry["name"], " ".join(entry["text"].split())) for entry in yaml.safe_load(FILE.read_text())]
    return MappingProxyType({trap.name: trap for trap in found})
