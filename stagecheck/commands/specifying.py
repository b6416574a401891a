"""`python -m stagecheck spec`: imports a specification as targets, names its contradictions, counts what is covered."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from stagecheck import document, listing, targets
from stagecheck import environment as environments
from stagecheck import plan as plans
from stagecheck.errors import BadInput
from stagecheck.openspec import composed, coverage, drift, sarif, skeleton, tree
from stagecheck.openspec.coverage import Coverage, Item
from stagecheck.openspec.finding import Case, Finding, judged
from stagecheck.openspec.rules import RULES
from stagecheck.openspec.tree import Tree

SNAPSHOT = "specification.json"
HELP = "reads a specification: imports it as targets, names its contradictions, counts what is covered"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `spec`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, action in ACTIONS.items():
        one = actions.add_parser(name, help=(action.__doc__ or "").partition(";")[0])
        one.add_argument("folder", type=Path, metavar="DIR", help="the folder of the specification")
        ADD[name](one)


def run(options: argparse.Namespace) -> int:
    """Run one action; returns the exit code, raises `BadInput`."""
    return ACTIONS[options.action](options)


def import_(options: argparse.Namespace) -> int:
    """Write a target for each service of a specification; what it does not state is marked `unknown`."""
    read = tree.read(options.folder)
    paths = skeleton.write(read, options.out)
    made = targets.load(options.out)
    for path, service in zip(paths, read.services, strict=True):
        own = sum(one.service == service.id for one in read.endpoints)
        print(f"{document.relative(path)}: {service.kind}, {own} endpoints, from {service.page}")
    print(f"{len(made)} targets of {len(read.services)} services, {len(read.endpoints)} endpoints")
    return 0


def lint(options: argparse.Namespace) -> int:
    """Name the contradictions in a specification; returns 1 where one is an error."""
    read = tree.read(options.folder)
    files = [one for path in options.compose for one in composed.in_file(path, document.relative(path))]
    loaded = targets.load(options.targets) if options.targets else ()
    since, snapshot = _snapshots(options)
    before = drift.read(since) if since else None
    findings = sorted(judged(RULES.values(), Case(read, tuple(files), loaded)), key=lambda one: (one.place, one.rule))
    paths = {page.file: page.path for page in read.pages}
    for line in _told(findings, paths):
        print(line)
    if options.sarif:
        log = sarif.log(findings, RULES.values(), lambda file: paths.get(file, file))
        options.sarif.parent.mkdir(parents=True, exist_ok=True)
        options.sarif.write_text(json.dumps(log, indent=2, ensure_ascii=False) + "\n", "utf-8")
    facts = drift.snapshot(read)
    if since and before is not None:
        changed = drift.changes(before, facts)
        print(f"since {document.relative(since)}: {len(changed)} changes")
        print("".join(f"  {line}\n" for line in changed), end="")
    elif options.history:
        print(f"{document.relative(options.history)}: nothing to compare with yet")
    if snapshot:
        drift.write(snapshot, facts)
    errors = sum(one.level == "error" for one in findings)
    print(f"{len(read.services)} services, {errors} errors, {len(findings) - errors} warnings, {len(RULES)} rules")
    return 1 if errors else 0


def cover(options: argparse.Namespace) -> int:
    """Say which check covers each statement of a specification; returns 1 where the covered part is below `--floor`."""
    read = tree.read(options.folder)
    loaded = targets.load(options.targets)
    here = environments.read(options.env, options.targets, os.environ, loaded)
    found = coverage.of(read, loaded, plans.make(loaded, here), here)
    for line in _table(found, read):
        print(line)
    why = found.below(options.floor) if options.floor is not None else ""
    if why:
        print(why)
    return 1 if why else 0


ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {"import": import_, "lint": lint, "coverage": cover}


def _for_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="where the targets go; none is overwritten"
    )


def _for_lint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--compose", type=Path, nargs="+", default=[], metavar="FILE", help="compose files to compare")
    parser.add_argument("--targets", type=Path, metavar="DIR", help="targets to compare")
    parser.add_argument("--sarif", type=Path, metavar="FILE", help="write the findings for code scanning")
    parser.add_argument("--since", type=Path, metavar="FILE", help="say what changed since this snapshot")
    parser.add_argument("--snapshot", type=Path, metavar="FILE", help="write a snapshot of the facts, for --since")
    parser.add_argument(
        "--history", type=Path, metavar="DIR", help=f"both, with the file {SNAPSHOT} of this folder, if it is there"
    )


def _snapshots(options: argparse.Namespace) -> tuple[Path | None, Path | None]:
    """The snapshot to compare with, and the one to write."""
    if options.history is None:
        return options.since, options.snapshot
    if options.since or options.snapshot:
        raise BadInput("--history: is --since and --snapshot in one; give it alone")
    path: Path = options.history / SNAPSHOT
    return path if path.exists() else None, path


def _for_coverage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--targets", type=Path, default="targets", metavar="DIR", help="the folder of the targets")
    parser.add_argument("--env", default="local", help="a name under targets/environments/, or a path")
    parser.add_argument("--floor", type=_percent, metavar="PERCENT", help="the least part that must be covered")


ADD: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "import": _for_import,
    "lint": _for_lint,
    "coverage": _for_coverage,
}


def _percent(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100:
        raise BadInput(f"--floor: expected a percentage from 0 to 100, got {text!r}")
    return number


def _told(findings: list[Finding], paths: dict[str, str]) -> Iterator[str]:
    """The findings under the paths that a person can open."""
    for one in findings:
        path = paths.get(one.place.file, one.place.file)
        yield f"{path}{str(one).removeprefix(one.place.file)}"


def _table(found: Coverage, read: Tree) -> Iterator[str]:
    paths = {page.file: page.path for page in read.pages}
    for item in found.items:
        place = f"{paths.get(item.place.file, item.place.file)}:{item.place.line}"
        yield f"{item.kind:11} {item.service:28} {item.text}  ({place}): {_covered(item)}"
    for kind in coverage.KINDS:
        covered, all_ = found.counts(kind)
        yield f"{kind + 's':13} {covered} of {all_}"
    yield str(found)


def _covered(item: Item) -> str:
    return listing.some(item.checks, 1) or "none"
