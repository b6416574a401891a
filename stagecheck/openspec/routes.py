"""The routes that a page states as its service's own, and the requests that it makes of others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stagecheck.openspec.facts import Endpoint
from stagecheck.openspec.markdown import Block, Page, Place

METHODS = "GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE"
_BULLET = re.compile(rf"(?:({METHODS}) )?(/[^\s`]*)")
_LINE = re.compile(rf"^\s*(?:[-*]\s*)?({METHODS}) (/\S*)\s*(?:#.*)?$")
_DECORATOR = re.compile(r"@(\w+)\.(get|post|put|patch|delete|head|options)\(\s*[\"'](/[^\"']*)[\"']")
_ANY = re.compile(r"@(\w+)\.api_route\(\s*[\"'](/[^\"']*)[\"']")
_PREFIX = re.compile(r"(\w+)\s*=\s*APIRouter\([^)]*prefix\s*=\s*[\"'](/[^\"']*)[\"']")
_FILE = re.compile(r"^\s*(?://|#)\s*(\S*?)\bapp(/\S*?)/?(route|page)\.(?:ts|tsx|js|jsx)\s*$")
_HANDLER = re.compile(rf"export\s+(?:async\s+)?function\s+({METHODS})\b")
_DRAWN = re.compile(r"[├└]──\s*(/[a-z][\w/{}.-]*)\s*$")
_OTHERS = re.compile(r"\b(integrat\w*|usage|consumers?|client|tests?|testing)\b", re.IGNORECASE)
_HEALTH = re.compile(r"https?://(?:localhost|127\.0\.0\.1)(?::\d+)?(/[^\s\"']*)")


@dataclass(frozen=True)
class Handler:
    """A route handler in a file of a frontend, and its code: until the next one."""

    file: str
    method: str
    path: str
    code: str
    place: Place


def about_others(under: tuple[str, ...]) -> bool:
    """Whether the headings say that what follows shows how other services or clients use this one."""
    return any(_OTHERS.search(heading) for heading in under[1:])


def endpoints(page: Page, service: str, containers: frozenset[str]) -> list[Endpoint]:
    """The routes that the page states as its own: list items, decorators, handlers, drawn paths, health commands.

    `containers` are the service's own host names: an address there is one of its routes too.
    """
    found = [*_listed(page, service), *_in_code(page, service), *_addresses(page, service, containers)]
    found += [
        Endpoint(service, one.method, one.path, one.place) for one in handlers(page) if not _elsewhere(one, service)
    ]
    return _once(found)


def handlers(page: Page) -> list[Handler]:
    """The handlers that stand under a comment with their file: `// app/api/contact/route.ts`."""
    return [handler for block in page.blocks if not block.example for handler in _handlers(block)]


def calls(block: Block) -> Iterator[tuple[str, str, Place]]:
    """The lines `GET /path` of a code block: method, path and place."""
    for index, line in enumerate(block.lines):
        match = _LINE.match(line)
        if match:
            yield match[1], match[2], block.line(index)


def without_query(path: str) -> str:
    """A path up to its query; `${name}` and `:name` and `[name]` become `{name}`."""
    path = re.sub(r"\$\{(?:\w+\.)*(\w+)\}", r"{\1}", path.partition("?")[0])
    return re.sub(r"\[(?:\.\.\.)?(\w+)\]|(?<=/):(\w+)", lambda match: f"{{{match[1] or match[2]}}}", path)


def _listed(page: Page, service: str) -> Iterator[Endpoint]:
    for text in page.texts:
        if not text.item or about_others(text.under):
            continue
        for code in text.codes[:1]:
            match = _BULLET.fullmatch(code)
            if match and match[1]:
                yield Endpoint(service, match[1], without_query(match[2]), text.place)


def _in_code(page: Page, service: str) -> Iterator[Endpoint]:
    prefixes: dict[str, str] = {}
    for block in page.blocks:
        prefixes |= {match[1]: match[2] for match in _PREFIX.finditer(block.text)}
        if about_others(block.under):
            continue
        for match in _DECORATOR.finditer(block.text):
            path = prefixes.get(match[1], "") + re.sub(r"\{(\w+):\w+\}", r"{\1}", match[3])
            yield Endpoint(service, match[2].upper(), path, block.at(match.start()))
        for match in _ANY.finditer(block.text):
            path = prefixes.get(match[1], "") + re.sub(r"\{(\w+):\w+\}", r"{\1}", match[2])
            yield Endpoint(service, "", path, block.at(match.start()))
        for index, line in enumerate(block.lines):
            drawn = _DRAWN.search(line)
            if drawn and any("api" in heading.lower() or "architecture" in heading.lower() for heading in block.under):
                yield Endpoint(service, "", drawn[1], block.line(index))


def _addresses(page: Page, service: str, containers: frozenset[str]) -> Iterator[Endpoint]:
    for block in page.blocks:
        if block.local or block.example:
            continue
        for match in re.finditer(r"https?://([a-z0-9.-]+):\d+(/[^\s\"'`)]*)", block.text):
            if match[1] in containers:
                yield Endpoint(service, "GET", without_query(match[2]), block.at(match.start()))
        for index, line in enumerate(block.lines):
            if re.match(r"\s*(test|HEALTHCHECK)\b", line) and (probed := _HEALTH.search(line)):
                yield Endpoint(service, "GET", probed[1], block.line(index))


def _elsewhere(handler: Handler, service: str) -> bool:
    """Whether the handler's file lies in the folder of another service."""
    return handler.file.startswith("/") or ("apps/" in handler.file and f"/{service}/" not in f"/{handler.file}")


def _handlers(block: Block) -> Iterator[Handler]:
    lines = block.lines
    file, path, page = "", "", False
    starts: list[tuple[int, str, str, str]] = []
    for index, line in enumerate(lines):
        named = _FILE.match(line)
        if named:
            file, page = named[1], named[3] == "page"
            path = without_query(re.sub(r"/\([^)/]*\)", "", named[2].rstrip("/")) or "/")
            if page:
                starts.append((index, file, "GET", path))
        found = _HANDLER.search(line)
        if found and path and not page:
            starts.append((index, file, found[1], path))
        elif re.match(r"\s*(//|#)\s", line) and not named and re.search(r"\b(route|component)\b", line, re.IGNORECASE):
            path = ""  # another piece of code, of which the file is not told
    for number, (index, name, method, route) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(lines)
        yield Handler(name, method, route, "\n".join(lines[index:end]), block.line(index))


def _once(found: list[Endpoint]) -> list[Endpoint]:
    """Each route once, at its first place with a method."""
    best: dict[tuple[str, str], Endpoint] = {}
    for one in sorted(found, key=lambda one: (not one.method, one.place)):
        known = any(path == one.path for _, path in best)
        if (one.method, one.path) not in best and not (not one.method and known):
            best[one.method, one.path] = one
    return sorted(best.values(), key=lambda one: one.place)
