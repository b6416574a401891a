"""A YAML file as plain data that remembers its lines; what is not plain, bounded YAML is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from stagecheck.errors import BadInput

Loc = tuple[str | int, ...]

MAX_BYTES = 1024 * 1024
# Aliases are counted each time they are followed, so a few lines cannot grow into gigabytes. As many values as these
# take PyYAML about two seconds; the largest target has less than a thousand.
MAX_VALUES = 20_000
MAX_DEPTH = 64

_MIB = 1024 * 1024
_TAG = "tag:yaml.org,2002:"
MAX_DIGITS = 18
# Name, pattern, and the characters that it may begin with.
_SCALARS = (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", [*"tTfF"]),
    ("int", r"^[-+]?[0-9]+$", [*"-+0123456789"]),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", [*"-+.0123456789"]),
)
_RESOLVERS = {
    first: [(_TAG + name, re.compile(pattern)) for name, pattern, firsts in _SCALARS if first in firsts]
    for first in ["", *"~nNtTfF-+.0123456789"]
}


class _TooMany(Exception):
    """The file has more values than are read."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain scalars, as editors read them: `no` and `on` are strings, and so is `2025-01-31`, or `22:22`.

    Scans in Python: the words of its errors, and where they point to, are those that are told.
    """

    yaml_implicit_resolvers = _RESOLVERS
    composed = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.composed += 1
        if self.composed > 2 * MAX_VALUES:  # keys are nodes too
            raise _TooMany
        return super().compose_node(parent, index)


class _FastLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Scans and composes with libyaml in a tenth of the time; not to be used where PyYAML was built without it.

    libyaml takes no more than 1000 levels, and the largest file takes it a second or two.
    """

    yaml_implicit_resolvers = _RESOLVERS


@dataclass(frozen=True)
class Document:
    """One YAML file whose root is a mapping. `path` is relative to the working directory where it is inside it."""

    path: str
    node: yaml.Node

    @cached_property
    def data(self) -> dict[str, Any]:
        """The whole file as plain data (dict, list, str, int, float, bool, None)."""
        data: dict[str, Any] = _Plain(self).value(self.node, ())
        return data

    def within(self, loc: Loc) -> Loc:
        """The parts of `loc` that are in the tree: what pydantic adds (union members, `[key]`) is left out."""
        return tuple(part for part, _ in self._walk(loc))

    def line_of(self, *loc: str | int) -> int:
        """The line, from 1, of the key or list item at `loc`, or of the nearest one around it."""
        lines = [line for _, line in self._walk(loc)]
        return lines[-1] if lines else self.node.start_mark.line + 1

    def raw(self, loc: Loc) -> str | None:
        """The scalar at `loc` as it stands in the file, before any variable is filled in; None for anything else."""
        node = self.node
        for part in self.within(loc):
            node = _child(node, part)[1]  # type: ignore[index]  # within() only gives parts that are there
        return node.value if isinstance(node, yaml.ScalarNode) else None

    def saying(self, text: str, near: int) -> tuple[int, Loc] | None:
        """The line and the path of the key or value that has `text` in it; None where none has.

        Of several the first from line `near` on within the same item (`checks[0]`), then the others of that item.
        """
        item = self._item_at(near)
        found = ((line, loc) for line, loc, value in _scalars(self.node, ()) if text in value)
        return min(found, key=lambda one: (one[1][: len(item)] != item, one[0] < near, one[0]), default=None)

    def _item_at(self, line: int) -> Loc:
        """The path of the list item that `line` is in, of those right below the root's keys."""
        lists = ((key, value) for key, value in self.node.value if isinstance(value, yaml.SequenceNode))
        items = ((key.value, index, item) for key, value in lists for index, item in enumerate(value.value))
        begun: list[Loc] = [(key, index) for key, index, item in items if item.start_mark.line < line]
        return begun[-1] if begun else ()

    def refuse(self, loc: Loc, sentence: str) -> BadInput:
        """The error to raise: one line with the file, the line, the path inside it, and what is wrong."""
        return self.refuse_at(self.line_of(*loc), loc, sentence)

    def refuse_at(self, line: int, loc: Loc, sentence: str) -> BadInput:
        """As `refuse`, for a line that is known already."""
        parts = (f"{self.path}:{line}", shown(loc), " ".join(sentence.split()))
        return BadInput(": ".join(part for part in parts if part))

    def _walk(self, loc: Loc) -> list[tuple[str | int, int]]:
        node, found = self.node, []
        for part in loc:
            child = _child(node, part)
            if child is not None:
                line, node = child
                found.append((part, line))
        return found


def content(path: Path, name: str, most: int, missing: str = "") -> bytes:
    """All bytes of a file that may have `most` of them; raises `BadInput`, where the file is called `name`.

    `missing` is said of a file that is not there, in place of the system's own words.
    """
    try:
        with path.open("rb") as file:
            found = file.read(most + 1)
    except OSError as error:
        gone = missing if isinstance(error, FileNotFoundError) else ""
        raise BadInput(f"{name}: {gone or f'cannot be read: {error.strerror}'}") from None
    if len(found) > most:
        size = f"{most // 1024} KiB" if most < 16 * _MIB else f"{most // _MIB} MiB"
        raise BadInput(f"{name}: larger than {size}")
    return found


def decoded(found: bytes, name: str, encoding: str = "utf-8") -> str:
    """The text of a file in UTF-8; raises `BadInput` with the line of the first byte that is none."""
    try:
        return found.decode(encoding)
    except UnicodeDecodeError as error:
        line = found[: error.start].count(b"\n") + 1
        raise BadInput(f"{name}:{line}: not UTF-8: byte 0x{found[error.start]:02x}") from None


def read(path: Path) -> Document:
    """Read one YAML file; raises `BadInput` for all that is not a bounded, plain YAML mapping in UTF-8."""
    name = relative(path)
    found = content(path, name, MAX_BYTES, missing="no such file")
    document = Document(name, _compose(name, decoded(found, name)))
    document.data  # noqa: B018  refuses at once what is not plain
    return document


def relative(path: Path) -> str:
    """A path as it is told: relative to the working directory when inside it."""
    absolute = path.absolute()
    here = Path.cwd()
    return absolute.relative_to(here).as_posix() if absolute.is_relative_to(here) else path.as_posix()


def shown(loc: Loc) -> str:
    """A path inside a file: `checks[0].expect.json['$.id']`."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[\w-]+", part):
            text += f".{part}" if text else part
        else:
            text += f"[{part!r}]"
    return text


def _compose(name: str, text: str) -> yaml.Node:
    try:
        node = _node(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}" if mark else name
        raise BadInput(f"{place}: not YAML: {_problem(error)}") from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise BadInput(f"{name}:{line}: not YAML: the character U+{error.character:04X} is not allowed") from None
    except _TooMany:
        raise BadInput(f"{name}: more than {MAX_VALUES} values") from None
    except RecursionError:
        raise BadInput(f"{name}: nested deeper than {MAX_DEPTH} levels") from None
    if node is None:
        raise BadInput(f"{name}: empty")
    if not isinstance(node, yaml.MappingNode):
        raise BadInput(f"{name}:{node.start_mark.line + 1}: expected a mapping (key: value), got {_kind(node)}")
    return node


def _node(text: str) -> yaml.Node | None:
    if yaml.__with_libyaml__ and "\t" not in text:  # libyaml takes one where YAML has none
        with suppress(yaml.YAMLError):
            return yaml.compose(text, Loader=_FastLoader)
    return yaml.compose(text, Loader=_Loader)


def _problem(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem)
    return f"{error.context}, {problem}" if problem.startswith("but ") else problem


def _kind(node: yaml.Node) -> str:
    return "a list" if isinstance(node, yaml.SequenceNode) else f"the text {str(node.value)[:40]!r}"


def _child(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    """The line and the node of a key or of a list item; None when there is none."""
    if isinstance(node, yaml.MappingNode) and isinstance(part, str):
        for key, value in node.value:
            if key.value == part:
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    return None


def _scalars(node: yaml.Node, loc: Loc) -> Iterator[tuple[int, Loc, str]]:
    """Each scalar of a tree, in its order: the line where its own text begins (a block's is its first), path, text."""
    if isinstance(node, yaml.ScalarNode):
        yield node.start_mark.line + 1, loc, node.value
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from (*_scalars(key, (*loc, key.value)), *_scalars(value, (*loc, key.value)))
    else:
        for index, item in enumerate(node.value):
            yield from _scalars(item, (*loc, index))


class _Plain:
    """Turns nodes into plain data, and refuses what is not."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.left = MAX_VALUES

    def value(self, node: yaml.Node, loc: Loc) -> Any:
        self.left -= 1
        if self.left < 0:
            raise BadInput(f"{self.document.path}: more than {MAX_VALUES} values, aliases followed")
        if len(loc) > MAX_DEPTH:
            raise BadInput(f"{self.document.path}: nested deeper than {MAX_DEPTH} levels")
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node, loc)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(item, (*loc, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, loc)
        raise self._unknown_tag(node, loc)

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Any]:
        data: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.tag != _TAG + "str" or not isinstance(key, yaml.ScalarNode):
                what = f"the key {key.value}" if isinstance(key, yaml.ScalarNode) else "this key"
                raise self.document.refuse_at(line, loc, f"{what} is no text: quote it")
            name: str = key.value
            if name == "<<":
                raise self.document.refuse_at(line, loc, "merge keys ('<<') are not read: alias a whole value")
            if name in data:
                raise self.document.refuse_at(line, (*loc, name), f"duplicate key; the first is in line {lines[name]}")
            data[name], lines[name] = self.value(value, (*loc, name)), line
        return data

    def _scalar(self, node: yaml.ScalarNode, loc: Loc) -> Any:
        text: str = node.value
        match node.tag.removeprefix(_TAG):
            case "str":
                return text
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" | "float" as kind:
                return self._number(node, loc, kind)
        raise self._unknown_tag(node, loc)

    def _number(self, node: yaml.ScalarNode, loc: Loc, kind: str) -> int | float:
        text: str = node.value
        try:
            number = int(text) if kind == "int" and len(text) <= MAX_DIGITS else float(text)
        except ValueError:
            number = math.nan  # text under an explicit !!int or !!float
        if not math.isfinite(number) or (kind == "int" and isinstance(number, float)):
            raise self.document.refuse(loc, f"not a number that can be kept exactly: {text[:40]}")
        return number

    def _unknown_tag(self, node: yaml.Node, loc: Loc) -> BadInput:
        return self.document.refuse_at(
            node.start_mark.line + 1, loc, f"unknown YAML tag {node.tag.replace(_TAG, '!!')}"
        )
