"""docs/coverage.md, made of the targets and of coverage.yaml: `python -m selftest.coverage_page` writes it anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from stagecheck import targets
from stagecheck.model import Target

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "coverage.md"
FILE = Path(__file__).with_name("coverage.yaml")
NOTHING = "no target: nothing is proven"
HEAD = """\
# What is covered

The platform's 23 services and what is proven of each, then its deployment document's validation checklist, by item.
Made by `make coverage-page` from `targets/` and `selftest/coverage.yaml`; a selftest holds this page to them. What each
proof means is in [targets.md](targets.md); what an environment leaves out is told by `python -m stagecheck plan`.

"""


@dataclass(frozen=True)
class Listed:
    """The services by kind, what has a target beside them, and the checklist: patterns of each item, what is left."""

    services: tuple[tuple[str, str], ...]
    beside: tuple[str, ...]
    checklist: tuple[tuple[str, tuple[str, ...], str], ...]


def read(path: Path = FILE) -> Listed:
    """What coverage.yaml lists."""
    data = yaml.safe_load(path.read_text())
    services = tuple((id, kind) for kind, ids in data["services"].items() for id in ids)
    checklist = tuple((one["item"], tuple(one["checks"]), one.get("left", "")) for one in data["checklist"])
    return Listed(services, tuple(data["beside"]), checklist)


def text(listed: Listed, found: Sequence[Target]) -> str:
    """The whole page."""
    by_id = {target.service: target for target in found}
    services = ["| service | kind | what is proven |", "|---|---|---|"]
    services += [f"| {id} | {kind} | {_proven(by_id.get(id))} |" for id, kind in listed.services]
    beside = ["| beside them | what is proven |", "|---|---|"]
    beside += [f"| {id} | {_proven(by_id.get(id))} |" for id in listed.beside]
    checklist = ["| item of the checklist | checks | left |", "|---|---|---|"]
    checklist += [
        f"| {item} | {', '.join(f'`{check}`' for check in checks)} | {left} |"
        for item, checks, left in listed.checklist
    ]
    return HEAD + "\n".join([*services, "", *beside, "", "## The checklist", "", *checklist]) + "\n"


def _proven(target: Target | None) -> str:
    return "; ".join(_sentences(target)) if target else NOTHING


def _sentences(target: Target) -> Iterable[str]:
    for entry in target.checks:
        yield f"{entry.title or entry.id} ({', '.join(f'`{name}`' for name, _ in entry.proofs.named())})"
    for workflow in target.workflows:
        yield f"{workflow.title or workflow.id} (`workflow`)"
    if target.resources:
        yield f"isolation of {', '.join(one.id for one in target.resources)}"


if __name__ == "__main__":
    PAGE.write_text(text(read(), [one.target for one in targets.load(ROOT / "targets")]))
