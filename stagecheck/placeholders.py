"""`{name}` in the requests of a target: filled in when a step is asked, never before."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from stagecheck.model import Graphql, Request, Step

_PLACEHOLDER = re.compile(r"\{(?:(unlike):)?([a-z_]+)\}")


class Unfilled(LookupError):
    """A placeholder whose value is not there; `name` is the value's name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def fill(step: Step, captured: Mapping[str, str]) -> Step:
    """The step with every placeholder of its request replaced; raises `Unfilled` for a value that is not there."""
    values = {**captured, **dict(step.fill)}
    request = step.request
    filled = _walk(request.model_dump(exclude={"path", "graphql"}), values)
    filled["path"] = _text(request.path, values, quoted=True)
    filled["graphql"] = _graphql(request.graphql, values)
    return replace(
        step,
        request=Request.model_construct(**filled),
        base=_text(step.base, values),
        extra_headers=tuple((name, _text(value, values)) for name, value in step.extra_headers),
        extra_query=tuple((name, _text(value, values)) for name, value in step.extra_query),
    )


def _graphql(asked: Graphql | None, values: Mapping[str, str]) -> Graphql | None:
    # Only the variables: the braces of the document are GraphQL's own.
    return asked.model_copy(update={"variables": _walk(asked.variables, values)}) if asked else None


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
        value = unlike(value) if how else value
        return quote(value, safe="=") if quoted else value

    return _PLACEHOLDER.sub(replaced, text)


def unlike(id: str) -> str:
    """An id of the same shape that no record has: UUID, number, or a global id of either (base64 of `Type:id`)."""
    try:
        return str(uuid.uuid5(uuid.UUID(id), "no such record"))
    except ValueError:
        pass  # not a UUID: it is tried as the other shapes
    if id.isdigit():
        return "9" * max(9, len(id) + 1)
    try:
        kind, _, inner = base64.b64decode(id, validate=True).decode("ascii").partition(":")
    except ValueError:
        kind, inner = "", ""
    if inner:
        return base64.b64encode(f"{kind}:{unlike(inner)}".encode()).decode()
    return f"no-such-{id[::-1]}"
