"""Totals: parts that don't add up, lists that are shorter or longer than they say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.openspec import drawing, registry
from stagecheck.openspec.finding import Case, Found, Rule
from stagecheck.openspec.markdown import Heading, Page, Text

_TOTAL = re.compile(r"(\d+) \S")
_PART = re.compile(r"(?:(\d+)-\w+|single)\b.*\((\d+) \w+\)", re.IGNORECASE)
_COUNTED = re.compile(r"\((\d+)(?: \w+)*\)")
_VAGUE = re.compile(r"\b(various|etc|and more|others?|e\.g)\b|\.\.\.", re.IGNORECASE)


def parts_do_not_add_up(case: Case) -> Iterator[Found]:
    """`93 agents` over `4-agent (6 integrations)` and so on is the sum of 4 x 6 and the others."""
    for page in case.tree.pages:
        for index, heading in enumerate(page.headings):
            total = _TOTAL.match(heading.text)
            parts = [match for one in _below(page, index) if (match := _PART.match(one.text))]
            if total is None or len(parts) < 2:
                continue
            products = [(int(part[1] or 1), int(part[2])) for part in parts]
            made = sum(one * other for one, other in products)
            if made != int(total[1]):
                shown = " + ".join(f"{one}x{other}" for one, other in products)
                yield Found(heading.place, f"'{heading.text}' says {total[1]}, but its parts are {shown} = {made}")


def list_differs(case: Case) -> Iterator[Found]:
    """A list has as many items as it says, where it names them all."""
    for page in case.tree.pages:
        for text in page.texts:
            counted = re.search(r"\((\d+)(?: \w+)?\):\s*(\S.*)$", text.text.replace("**", ""))
            if counted:
                yield from _compared(text, int(counted[1]), counted[2])
        for heading in page.headings:
            said = _COUNTED.search(heading.text)
            entries = [one for one in registry.entries(page) if _is_under(page, heading, one.place.line)]
            if said and entries and len(entries) != int(said[1]):
                yield Found(heading.place, f"'{heading.text}' says {said[1]}, and there are {len(entries)}")
            below = [text for text in page.texts if text.under and text.under[-1] == heading.text]
            listing = next((text for text in below if text.value.count(", ") > 1), None)
            if said and listing and not entries and _PART.match(heading.text):
                yield from _compared(listing, int(said[1]), listing.value)


def drawing_differs(case: Case) -> Iterator[Found]:
    """A drawn label has as many below it as it says; `[all others]` stands for any more."""
    for node in case.tree.drawn:
        said = re.search(r"\((\d+) [A-Za-z]+\)$", node.label)
        below = drawing.children(case.tree.drawn, node)
        vague = any(one.label.startswith("[") for one in below)
        if said and below and (len(below) > int(said[1]) or (len(below) < int(said[1]) and not vague)):
            yield Found(node.place, f"'{node.label}' has {len(below)} below it")


def services_differ(case: Case) -> Iterator[Found]:
    """`All 23 services` are as many as are described."""
    for page in case.tree.pages:
        for text in page.texts:
            said = re.search(r"\ball (\d+) services\b", text.text, re.IGNORECASE)
            known = {len(case.tree.services), len(case.tree.registry)}
            known |= {sum(one.kind == kind for one in case.tree.services) for kind in ("backend", "frontend")}
            if said and int(said[1]) not in known:
                yield Found(text.place, f"'{said[0]}' are named, and {len(case.tree.services)} are described")


RULES = (
    Rule("total-differs", "a total is not the sum of its parts", parts_do_not_add_up, rows=("F90",)),
    Rule("list-count-differs", "a list is longer or shorter than it says", list_differs),
    Rule("drawing-count-differs", "a drawn label has more or less below it than it says", drawing_differs),
    Rule("service-count-differs", "the number of services is not that of those described", services_differ),
)


def _below(page: Page, index: int) -> list[Heading]:
    heading, rest = page.headings[index], page.headings[index + 1 :]
    ends = next((at for at, one in enumerate(rest) if one.level <= heading.level), len(rest))
    return list(rest[:ends])


def _is_under(page: Page, heading: Heading, line: int) -> bool:
    above = [one for one in page.headings if one.place.line < line]
    return bool(above) and above[-1] is heading


def _compared(text: Text, said: int, items: str) -> Iterator[Found]:
    named = [item for item in re.split(r",\s*(?![^(]*\))", items) if item.strip()]
    if len(named) > 1 and len(named) != said and not _VAGUE.search(items):
        yield Found(text.place, f"{said} are said, and {len(named)} are named")
