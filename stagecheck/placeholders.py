"""`{name}` in the requests of a target, and in what a step expects: filled in when it is asked, never before."""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from stagecheck.jsonpaths import PLACEHOLDER
from stagecheck.model import Condition, Expect, Graphql, Identity, Redis, Request, Sql, Step, Word

# All that has a brace in it, as far as it might be meant as one placeholder.
_BRACES = re.compile(r"\$?\{+[^{}]*\}*|\}+")
# A tenant's token, which the transport alone replaces.
_TOKEN = re.compile(r"\{token:[a-z0-9-]+\}")
_NUMBERS, _MANY = (int, float), (list, tuple)


class Unfilled(LookupError):
    """A placeholder whose value is not there; `name` is the value's name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def fill(step: Step, captured: Mapping[str, str]) -> Step:
    """The step with every placeholder replaced; raises `Unfilled` for a value that is not there."""
    if not braced(step):
        return step
    values = {**captured, **dict(step.fill)}
    request = step.request
    filled = {
        **vars(request),
        "path": _text(request.path, values, quoted=True),
        "query": _walk(request.query, values),
        "headers": _walk(request.headers, values),
        "body": _walk(request.body, values),
        "graphql": _graphql(request.graphql, values),
        "redis": _redis(request.redis, values),
        "sql": _sql(request.sql, values),
    }
    return replace(
        step,
        request=Request.model_construct(**filled),
        expect=_expect(step.expect, values),
        capture=tuple((name, _text(path, values)) for name, path in step.capture),
        base=_text(step.base, values),
        raw_authorization=None if step.raw_authorization is None else _text(step.raw_authorization, values),
        identity=replace(step.identity, keys=_text(step.identity.keys, values)),
        extra_headers=tuple((name, _text(value, values)) for name, value in step.extra_headers),
        extra_query=tuple((name, _text(value, values)) for name, value in step.extra_query),
    )


def braced(step: Step) -> bool:
    """Whether any text of a step has a brace, as every placeholder does; most have none, and are as they will be."""
    return _braced([*vars(step).values()])


def _braced(value: Any) -> bool:
    # What is empty is not looked at, and words last: whether something is one is asked of pydantic.
    if isinstance(value, str):
        return "{" in value or "}" in value
    if isinstance(value, dict):
        return any(map(_braced, filter(None, (*value, *value.values()))))
    if isinstance(value, _MANY):
        return any(map(_braced, filter(None, value)))
    return not isinstance(value, _NUMBERS) and isinstance(value, Word | Identity) and _braced(vars(value))


def names(request: Request) -> set[str]:
    """The names of the placeholders in a request."""
    return {found[2] for text in _texts(_open(request)) for found in PLACEHOLDER.finditer(text)}


def odd(request: Request) -> Iterator[str]:
    """What has braces and is no placeholder, such as `{ID}` or `{{id}}`; a text that is JSON may have any."""
    for text in _texts(_open(request)):
        if "{" not in text and "}" not in text:
            continue
        braces = (piece for piece in _BRACES.findall(text) if not PLACEHOLDER.fullmatch(piece))
        pieces = [piece for piece in braces if not _TOKEN.fullmatch(piece)]
        if pieces and not _is_json(text):
            yield from pieces


def _open(request: Request) -> list[Any]:
    """The parts of a request in which braces are ours: those of a GraphQL document are its own."""
    operations = [request.graphql, *request.graphql.beside] if request.graphql else []
    others = {name: value for name, value in vars(request).items() if name != "graphql"}
    return [others, *(one.variables for one in operations)]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in (*value, *value.values()):
            yield from _texts(item)
    elif isinstance(value, _MANY):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Word):
        yield from _texts(vars(value))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _graphql(asked: Graphql | None, values: Mapping[str, str]) -> Graphql | None:
    # Only the variables: the braces of the document are GraphQL's own.
    if asked is None:
        return None
    beside = [one.model_copy(update={"variables": _walk(one.variables, values)}) for one in asked.beside]
    return asked.model_copy(update={"variables": _walk(asked.variables, values), "beside": beside})


def _expect(expect: Expect | None, values: Mapping[str, str]) -> Expect | None:
    # Not the patterns: the braces of a regular expression are its own.
    if expect is None:
        return None
    said = {_text(path, values): _condition(wanted, values) for path, wanted in expect.json_.items()}
    texts = {"contains": _walk(expect.contains, values), "lacks": _walk(expect.lacks, values)}
    return expect.model_copy(update={"json_": said, **texts})


def _condition(wanted: Any, values: Mapping[str, str]) -> Any:
    if isinstance(wanted, Condition):
        filled = {name: _walk(getattr(wanted, name), values) for name in ("equals", "one_of")}
        return wanted.model_copy(update={name: filled[name] for name in wanted.model_fields_set & filled.keys()})
    return _walk(wanted, values)


def _redis(asked: Redis | None, values: Mapping[str, str]) -> Redis | None:
    return asked.model_copy(update={"command": _walk(asked.command, values)}) if asked else None


def _sql(asked: Sql | None, values: Mapping[str, str]) -> Sql | None:
    # Only the settings, which are sent beside the query: a value within it could end a string.
    return asked.model_copy(update={"settings": _walk(asked.settings, values)}) if asked else None


def _walk(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _text(value, values)
    if isinstance(value, dict):
        return {_text(key, values): _walk(item, values) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(item, values) for item in value]
    return value


def _text(text: str, values: Mapping[str, str], depth: int = 0, quoted: bool = False) -> str:
    def replaced(match: re.Match[str]) -> str:
        how, name = match.groups()
        if name not in values:
            raise Unfilled(name)
        # A value may itself name a captured one: `{id}` of an attack is `{victim_id}`.
        value = values[name] if depth > 2 else _text(values[name], values, depth + 1)
        for _ in range(how.count(":")):
            value = unlike(value)
        return quote(value, safe="=") if quoted else value

    return PLACEHOLDER.sub(replaced, text) if "{" in text else text


def unlike(id: str) -> str:
    """An id of the same shape that no record has: UUID, number, or a global id of either (base64 of `Type:id`)."""
    try:
        return str(uuid.uuid5(uuid.UUID(id), "no such record"))
    except ValueError:
        pass  # not a UUID: it is tried as the other shapes
    if id.isdigit():
        # Of 9 digits, which the smallest number of databases has room for.
        return "8" * len(id) if len(id) >= 9 and not id.strip("9") else "9" * max(9, len(id) + 1)
    try:
        kind, _, inner = base64.b64decode(id, validate=True).decode("ascii").partition(":")
    except ValueError:
        kind, inner = "", ""
    if inner:
        return base64.b64encode(f"{kind}:{unlike(inner)}".encode()).decode()
    return f"no-such-{id[::-1]}"
