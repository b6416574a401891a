"""The JSON Schemas by which editors know the keys of targets and environments, made from the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from stagecheck.known import Issues
from stagecheck.model import Environment, Target
from stagecheck.profile import Profiles

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def target_schema() -> dict[str, Any]:
    """The schema of docs/target.schema.json."""
    return _schema(Target)


def environment_schema() -> dict[str, Any]:
    """The schema of docs/environment.schema.json; `${NAME}` is allowed wherever a pattern asks for something else."""
    schema = _schema(Environment)
    _allow_variables(schema)
    return schema


def known_schema() -> dict[str, Any]:
    """The schema of docs/known-issues.schema.json."""
    return _schema(Issues)


def profiles_schema() -> dict[str, Any]:
    """The schema of docs/profiles.schema.json."""
    return _schema(Profiles)


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True)
    for made in (schema, *schema.get("$defs", {}).values()):
        _say_own_words(made)
    return {"$schema": DIALECT, **schema}


def _say_own_words(schema: dict[str, Any]) -> None:
    """Titles that only repeat the key's name are noise in an editor."""
    schema.pop("title", None)
    for found in schema.get("properties", {}).values():
        found.pop("title", None)


def _allow_variables(value: Any) -> None:
    if isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            value["pattern"] = rf"{value['pattern']}|\$\{{"
        for item in value.values():
            _allow_variables(item)
    elif isinstance(value, list):
        for item in value:
            _allow_variables(item)


# Each is written to docs/NAME.schema.json.
SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "target": target_schema,
    "environment": environment_schema,
    "known-issues": known_schema,
    "profiles": profiles_schema,
}
