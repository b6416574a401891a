"""What a rule is, what it is given, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from stagecheck.openspec.facts import Composed
from stagecheck.openspec.markdown import Place
from stagecheck.openspec.tree import Tree
from stagecheck.targets import Loaded

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Case:
    """What is looked at: the specification, and where they are given the compose files and the targets."""

    tree: Tree
    composed: tuple[Composed, ...] = ()
    targets: Sequence[Loaded] = ()


@dataclass(frozen=True)
class Found:
    """One contradiction; `others` are the places that it contradicts. The message never shows a credential."""

    place: Place
    message: str
    others: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One kind of contradiction; `rows` are the rows of docs/faults.md that it answers."""

    id: str
    title: str
    check: Callable[[Case], Iterable[Found]]
    level: Level = "error"
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What a rule found, as it is told."""

    rule: str
    level: Level
    place: Place
    message: str
    others: tuple[Place, ...] = ()

    def __str__(self) -> str:
        seen = f" (see {', '.join(map(str, self.others))})" if self.others else ""
        return f"{self.place}: {self.level}: {self.message}{seen} [{self.rule}]"


def judged(rules: Iterable[Rule], case: Case) -> Iterator[Finding]:
    """What the rules find, rule by rule."""
    for rule in rules:
        for found in rule.check(case):
            yield Finding(rule.id, rule.level, found.place, found.message, found.others)


def count(number: int, noun: str) -> str:
    """`1 port`, `2 ports`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
