"""The requests that pages make of services through the gateway."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from stagecheck.openspec import routes
from stagecheck.openspec.facts import Call
from stagecheck.openspec.markdown import Block, Page

_FETCH = re.compile(r"fetch\(\s*(?:`\$\{\w+\}|[\"']https?://[\w.-]+:\d+)(/[^`\"']*)[`\"']")
_ROUTED = re.compile(r"\broute_to(?:_\w+)?\(\s*[\"']([\w-]+)[\"']\s*,\s*[\"'](/[^\"']*)?")
_METHOD = re.compile(r"method:\s*[\"'](\w+)[\"']")
_TO_GATEWAY = re.compile(r"\b(integration|gateway|routing|calls?)\b", re.IGNORECASE)


def calls(page: Page, caller: str, keys: Iterable[str]) -> list[Call]:
    """All calls of a page; `keys` are the names by which a gateway may know a service."""
    known = frozenset(keys)
    return [_keyed(call, known) for block in page.blocks if not block.example for call in _calls(page, block, caller)]


def prefix_of(found: Iterable[Call]) -> str:
    """What stands before the service in the paths that callers use, such as `/api/brain`; empty when they differ."""
    prefixes = {one.path.partition(f"/{one.key}")[0] for one in found if one.key and one.path}
    return prefixes.pop() if len(prefixes) == 1 else ""


def _calls(page: Page, block: Block, caller: str) -> Iterator[Call]:
    handlers = [one for one in routes.handlers(page) if block.place <= one.place <= block.line(len(block.lines))]
    own = next((re.search(r"apps/([\w-]+)/", one.file) for one in handlers), None)
    caller = own[1] if own else caller
    for match in _FETCH.finditer(block.text):
        place = block.at(match.start())
        rest = block.text[match.end() : match.end() + 400].partition("fetch(")[0]
        method = _METHOD.search(rest)
        before = [one for one in handlers if one.place <= place]
        yield Call(
            caller=caller,
            method=method[1].upper() if method else "GET",
            path=routes.without_query(match[1]),
            key="",
            rest="",
            place=place,
            handler=f"{before[-1].method} {before[-1].path}" if before else "",
            token="authorization" in rest.lower(),
        )
    if any(_TO_GATEWAY.search(heading) for heading in block.under[1:]) and not _endpoints_here(block):
        for verb, path, place in routes.calls(block):
            yield Call(caller, verb, routes.without_query(path), "", "", place)
    for match in _ROUTED.finditer(block.text):
        yield Call("", "", "", match[1], match[2] or "", block.at(match.start()))


def _endpoints_here(block: Block) -> bool:
    return any("endpoint" in heading.lower() for heading in block.under)


def _keyed(call: Call, known: frozenset[str]) -> Call:
    if call.key:
        return call
    parts = call.path.split("/")
    for index, part in enumerate(parts):
        if part in known:
            return replace(call, key=part, rest="/" + "/".join(parts[index + 1 :]))
    return call
