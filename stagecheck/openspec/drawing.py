"""Trees drawn with lines (`├── name`): what hangs on what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stagecheck.openspec.markdown import Block, Page, Place

_FRAME = re.compile(r"[│┌┐└┘├┤─━▼▲\s]*$")


@dataclass(frozen=True)
class Node:
    """A label of a drawn tree, with those above it, outermost first; it `hangs` where a line leads to it."""

    label: str
    above: tuple[str, ...]
    place: Place
    hangs: bool = True


def nodes(page: Page) -> list[Node]:
    """All labels of the page's drawn trees."""
    drawn = (block for block in page.blocks if "├──" in block.text or "└──" in block.text)
    return [node for block in drawn for node in _nodes(block)]


def children(found: list[Node], of: Node) -> list[Node]:
    """Those that hang on a node directly, up to the next one that stands beside it."""
    path = (*of.above, of.label)
    here = [node for node in found if node.place.file == of.place.file and node.place > of.place]
    return [node for node in here if node.above == path and node.hangs]


def _nodes(block: Block) -> Iterator[Node]:
    stack: list[tuple[int, str]] = []
    for index, line in enumerate(block.lines):
        branch = re.search(r"[├└]──\s*", line)
        column = branch.end() if branch else len(line) - len(line.lstrip("│ \t"))
        label = _FRAME.sub("", line[column:]).strip()
        if not label or (branch is None and not re.match(r"[\w\[<{/]", label)):
            continue
        stack = [(at, name) for at, name in stack if at < column]
        yield Node(
            label.partition("←")[0].strip(), tuple(name for _, name in stack), block.line(index), branch is not None
        )
        stack.append((column, label.partition("←")[0].strip()))
