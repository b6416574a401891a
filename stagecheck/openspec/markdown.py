"""One Markdown file of a specification: headings, sentences and code blocks, each with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from stagecheck import document

MAX_BYTES = 4 * 1024 * 1024

_PARSER = MarkdownIt("commonmark").enable("table")
_LABEL = re.compile(r"\*\*([^*]+?)\*\*\s*:\s*(.*)")


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file, from 1; the file is relative to the folder of the specification."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Heading:
    """A heading; `level` is the number of its hashes."""

    text: str
    level: int
    place: Place

    @property
    def anchor(self) -> str:
        """What follows `#` in a link to it, as GitHub makes it: small letters, hyphens, no punctuation."""
        return re.sub(r"[^\w\- ]", "", self.text.strip().lower()).replace(" ", "-")


@dataclass(frozen=True)
class Text:
    """A list item, or a line of a paragraph; `codes` are its code spans, `under` the headings above, from the first."""

    text: str
    codes: tuple[str, ...]
    place: Place
    under: tuple[str, ...]
    item: bool

    @property
    def label(self) -> str:
        """`Port` of `**Port**: 8001:8001`; empty without one."""
        found = _LABEL.match(self.text)
        return found.group(1).strip() if found else ""

    @property
    def value(self) -> str:
        """What follows the label, or the whole text."""
        found = _LABEL.match(self.text)
        return found.group(2).strip() if found else self.text


@dataclass(frozen=True)
class Block:
    """A fenced code block; `place` is its first line of code."""

    language: str
    lines: tuple[str, ...]
    place: Place
    under: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)

    def at(self, offset: int) -> Place:
        """The place of a character of `text`."""
        return self.line(self.text.count("\n", 0, offset))

    def line(self, index: int) -> Place:
        """The place of a line of the block, from 0."""
        return Place(self.place.file, self.place.line + index)

    @property
    def local(self) -> bool:
        """Whether the headings say that it is about a developer's machine and not about the deployed platform."""
        return any(re.search(r"\b(local|development)\b", heading, re.IGNORECASE) for heading in self.under)

    @property
    def example(self) -> bool:
        """Whether the headings say that it shows how others use the service, or a test of it."""
        return any(re.search(r"\b(usage|tests?|testing)\b", head, re.IGNORECASE) for head in self.under[1:])


@dataclass(frozen=True)
class Page:
    """A Markdown file in the order of its lines.

    `file` is relative to the folder of the specification, `path` is how it is told.
    """

    file: str
    path: str
    lines: tuple[str, ...]
    headings: tuple[Heading, ...]
    texts: tuple[Text, ...]
    blocks: tuple[Block, ...]

    @property
    def title(self) -> str:
        """The first heading; empty without one."""
        return self.headings[0].text if self.headings else ""

    def place_of(self, line: int) -> Place:
        """The place of a line, from 1."""
        return Place(self.file, line)


def read(path: Path, file: str) -> Page:
    """Read one file; raises `BadInput` where it cannot be read, is larger than 4 MiB, or is not UTF-8."""
    found = document.content(path, str(path), MAX_BYTES)
    return parse(document.decoded(found, str(path), "utf-8-sig"), file, document.relative(path))


def parse(text: str, file: str, path: str = "") -> Page:
    """Headings, texts and blocks of a Markdown text (CommonMark with tables)."""
    headings: list[Heading] = []
    texts: list[Text] = []
    blocks: list[Block] = []
    open_headings: list[Heading] = []
    within: list[str] = []
    level = 1
    for token in _PARSER.parse(text):
        under = tuple(heading.text for heading in open_headings)
        if token.nesting:
            within = [*within, token.type] if token.nesting > 0 else within[:-1]
        elif token.type == "inline" and "heading_open" in within:
            heading = Heading(token.content, level, Place(file, _line(token)))
            open_headings = [one for one in open_headings if one.level < level] + [heading]
            headings.append(heading)
        elif token.type == "inline":
            texts.extend(_texts(token, file, under, "list_item_open" in within))
        elif token.type in ("fence", "code_block"):
            first = _line(token) + (token.type == "fence")
            language = token.info.split()[0].lower() if token.info.strip() else ""
            blocks.append(Block(language, tuple(token.content.splitlines()), Place(file, first), under))
        if token.type == "heading_open":
            level = int(token.tag[1:])
    return Page(file, path or file, tuple(text.splitlines()), tuple(headings), tuple(texts), tuple(blocks))


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


def _texts(token: Token, file: str, under: tuple[str, ...], item: bool) -> list[Text]:
    """A paragraph's lines, each as a text of its own: often `**Status**: ...` and `**Owner**: ...` are one."""
    found = []
    for offset, line in enumerate(token.content.split("\n")):
        codes = tuple(re.findall(r"`([^`]+)`", line))
        found.append(Text(line.strip(), codes, Place(file, _line(token) + offset), under, item))
    return found
