"""The gateway's registry of services, where a page states one as a dictionary in its code."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from stagecheck.openspec.facts import Registered
from stagecheck.openspec.markdown import Block, Page, Place

_PROBE = re.compile(r"https?://\{(\w+)\}:\{[^}]*\bport\b[^}]*\}(/[\w/.-]*)")


def entries(page: Page) -> list[Registered]:
    """The entries `"key": {"port": 8001, ...}` of the page's dictionaries of services."""
    blocks = (block for block in page.blocks if block.language in ("python", "py"))
    return [entry for block in blocks for entry in _entries(block, page.file)]


def probe(page: Page) -> tuple[str, Place] | None:
    """The health path at which the registered services are asked by their keys, as `http://{name}:{port}/health`."""
    for block in page.blocks:
        found = _PROBE.search(block.text)
        if found:
            return found[2], block.at(found.start())
    return None


def unread(page: Page) -> list[tuple[str, Place]]:
    """The keys of the entries that no code of the page reads, where it reads others: with their first place."""
    found = entries(page)
    first: dict[str, Place] = {}
    for block in page.blocks:
        if block.language in ("python", "py"):
            for key, place in _keys(block):
                first.setdefault(key, place)
    code = "\n".join(block.text for block in page.blocks)
    read = {key for key in first if re.search(rf"""(\[|get\()\s*["']{re.escape(key)}["']""", code)}
    return sorted((key, place) for key, place in first.items() if found and read and key not in read)


def _entries(block: Block, page: str) -> Iterator[Registered]:
    for key, value in _dictionaries(block):
        words = {
            one.value: item for one, item in zip(value.keys, value.values, strict=True) if isinstance(one, ast.Constant)
        }
        port, path, inner = (_plain(words.get(name)) for name in ("port", "path", "internal"))
        if isinstance(port, int):
            place = block.line(key.lineno - 1)
            yield Registered(str(key.value), port, path if isinstance(path, str) else "", bool(inner), place, page)


def _keys(block: Block) -> Iterator[tuple[str, Place]]:
    for _, value in _dictionaries(block):
        for one in value.keys:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value, block.line(one.lineno - 1)


def _dictionaries(block: Block) -> Iterator[tuple[ast.Constant, ast.Dict]]:
    """The pairs of a dictionary all of whose values are dictionaries with a port, two at least."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as one about an escape in somebody else's string
            tree = ast.parse(block.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # a sketch of code, or one that is nested too deep to be a program
    for node in ast.walk(tree):
        if not isinstance(node, ast.Dict) or len(node.keys) < 2:
            continue
        pairs = [(k, v) for k, v in zip(node.keys, node.values, strict=True) if _is_text(k) and isinstance(v, ast.Dict)]
        ported = [(k, v) for k, v in pairs if any(isinstance(o, ast.Constant) and o.value == "port" for o in v.keys)]
        if len(ported) == len(node.keys):
            yield from ((k, v) for k, v in ported if isinstance(k, ast.Constant))


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _plain(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None
