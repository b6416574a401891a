"""Where targets refer to the specification: `spec: backend/05-shop.md#api-endpoints`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stagecheck.openspec.markdown import Place
from stagecheck.targets import Loaded


@dataclass(frozen=True)
class Reference:
    """A file of the specification and a section of it, by its anchor; `entry` is the check or resource that refers."""

    file: str
    anchor: str
    place: Place
    entry: str = ""


def of_target(loaded: Loaded) -> Iterator[Reference]:
    """All references of a target, its own first; `#anchor` alone is a section of the target's own file."""
    target = loaded.target
    if target.spec and "://" not in target.spec:  # an address is for people
        yield _parsed(target.spec, "", loaded, ("spec",), "")
    own = target.spec.partition("#")[0]
    entries = [("checks", index, entry.spec, entry.id) for index, entry in enumerate(target.checks)]
    entries += [("resources", index, one.spec, one.id) for index, one in enumerate(target.resources)]
    for key, index, text, id in entries:
        if text:
            yield _parsed(text, own, loaded, (key, index, "spec"), id)


def _parsed(text: str, own: str, loaded: Loaded, loc: tuple[str | int, ...], entry: str) -> Reference:
    file, _, anchor = text.partition("#")
    return Reference(file or own, anchor, Place(loaded.path, loaded.line_of(*loc)), entry)
