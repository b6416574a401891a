"""What changed in a specification since the last look: two snapshots of its facts, compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from stagecheck.errors import BadInput
from stagecheck.openspec import needs
from stagecheck.openspec.tree import Tree

VERSION = 1
Snapshot = Mapping[str, str]


def snapshot(tree: Tree) -> dict[str, str]:
    """The facts of a specification by name; of variables the names only, of a requirement's text its digest."""
    return dict(sorted(_facts(tree)))


def write(path: Path, facts: Snapshot) -> None:
    """Write a snapshot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": VERSION, "facts": facts}, indent=2, ensure_ascii=False) + "\n", "utf-8")


def read(path: Path) -> dict[str, str]:
    """Read a snapshot; raises `BadInput` where the file is none."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise BadInput(f"{path}: no snapshot of a specification: not JSON") from None
    facts = content.get("facts") if isinstance(content, dict) else None
    if not isinstance(facts, dict) or content.get("version") != VERSION:
        raise BadInput(f"{path}: no snapshot of a specification of version {VERSION}")
    return {str(name): str(value) for name, value in facts.items()}


def changes(before: Snapshot, now: Snapshot) -> list[str]:
    """One line for each fact that came, went or changed, by name."""
    return list(_changes(before, now))


def _changes(before: Snapshot, now: Snapshot) -> Iterator[str]:
    for name in sorted({*before, *now}):
        if name not in before:
            yield f"new      {name}{_shown(now[name])}"
        elif name not in now:
            yield f"gone     {name}{_shown(before[name])}"
        elif before[name] != now[name]:
            yield f"changed  {name}: {before[name]} -> {now[name]}"


def _shown(value: str) -> str:
    return f": {value}" if value else ""


def _facts(tree: Tree) -> Iterator[tuple[str, str]]:
    for service in tree.services:
        words = {
            "name": service.name,
            "container": service.container,
            "image": service.image,
            "ports": ", ".join(map(str, service.ports)),
            "domains": ", ".join(map(str, service.domains)),
            "status": service.status,
            "network": service.network,
        }
        yield f"{service.id}", service.page
        yield from ((f"{service.id} {name}", str(value)) for name, value in words.items() if value)
        yield from ((f"{service.id} variable {one.name}", "") for one in needs.settings(service))
    for one in tree.endpoints:
        yield f"{one.service} endpoint {one}", ""
    for call in tree.calls:
        if call.path:
            yield f"{call.caller or 'overview'} asks {call}", ""
    for need in tree.needs:
        yield f"{need.service} needs {need.needed}", ""
    for requirement in tree.requirements:
        text = " ".join([requirement.text, *(step for one in requirement.scenarios for step in (one.name, *one.steps))])
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        yield f"{requirement.service} requirement {requirement.name}", f"text {digest}"
