"""Why a file is refused, in one sentence: a document is read into a model, or the first error becomes `BadInput`."""

from __future__ import annotations

import difflib
import json
import re
import types
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stagecheck.document import Document, Loc
from stagecheck.errors import BadInput
from stagecheck.model import SHAPES, VARIABLE_NAME

Model = TypeVar("Model", bound=BaseModel)

# What pydantic calls a type in an error's name, and what a person calls it.
EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "a string",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
SHOWN = 60
_QUOTED = re.compile("'([^']*)'")
_LOGIN = re.compile(r"(?<=://)\S*@")  # user and password of an address; a password may hold a slash


def parse(document: Document, model: type[Model], data: Mapping[str, Any] | None = None) -> Model:
    """Read a document into a model, strictly as JSON; raises `BadInput` with the first error's sentence.

    `data` replaces the document's own, with variables filled in: line and path are still looked up in the document.
    """
    try:
        return model.model_validate_json(json.dumps(document.data if data is None else data))
    except ValidationError as error:
        details = error.errors(include_url=False)
    raise _refusal(document, model, details)


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'status'?`, or what there is when nothing is near, or nothing when there is nothing."""
    names = sorted(set(known))
    if hint := near(name, names):
        return hint
    return f"; there is {', '.join(names)}" if 0 < len(names) <= 12 else ""


def near(name: str, names: Sequence[str]) -> str:
    """`; did you mean 'status'?`, or nothing when nothing is near."""
    found = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean '{found[0]}'?" if found else ""


def _refusal(document: Document, model: type[BaseModel], errors: list[ErrorDetails]) -> BadInput:
    # A misspelt key is missing under its right name too; the misspelling is what people look for.
    first = next((error for error in errors if error["type"] == "extra_forbidden"), errors[0])
    here = document.within(first["loc"])
    if first["type"] == "missing":
        return document.refuse(here, f"missing key '{first['loc'][-1]}'")
    if first["type"] == "extra_forbidden":
        known = _keys_at(model, here[:-1])
        return document.refuse(here, f"unknown key{suggestion(str(here[-1]), known)}")

    # A union gives one error for each member: the one that came furthest is meant, or else all of them are named.
    union = [error for error in errors if document.within(error["loc"])[: len(here)] == here]
    depth = max(len(document.within(error["loc"])) for error in union)
    if depth > len(here):
        union = [error for error in union if len(document.within(error["loc"])) == depth]
        here = document.within(union[0]["loc"])
        union = [error for error in union if document.within(error["loc"]) == here]
    expected = [EXPECTED[error["type"]] for error in union if error["type"] in EXPECTED]
    if len(expected) == len(union):
        return document.refuse(here, f"expected {_either(expected)}, got {_told(union[0]['input'], document, here)}")
    return document.refuse(*_sentence(union[0], document, here))


def _sentence(error: ErrorDetails, document: Document, here: Loc) -> tuple[Loc, str]:
    """The path and the sentence of an error that is neither about a key nor about a type."""
    context = error.get("ctx", {})
    got = _told(error["input"], document, here)
    match error["type"]:
        case "value_error":
            return here, str(context["error"])
        case "refused":
            return (*here, *context["loc"]), context["sentence"]
        case "literal_error":
            words = context["expected"].replace(" or ", ", ")
            return here, f"expected one of {words}, got {got}{near(str(error['input']), _QUOTED.findall(words))}"
        case "enum":  # too many to name them all
            return here, f"no such word: {got}{suggestion(str(error['input']), _QUOTED.findall(context['expected']))}"
        case "string_pattern_mismatch" if context["pattern"] == VARIABLE_NAME:
            return here, f"expected {SHAPES[VARIABLE_NAME]}"  # what stands there may be the secret itself
        case "string_pattern_mismatch":
            return here, f"expected {SHAPES.get(context['pattern'], context['pattern'])}, got {got}"
        case "too_short" if context["actual_length"] == 0:
            return here, "asserts nothing: it is empty"
        case "too_short":
            return here, f"expected at least {context['min_length']} items, got {context['actual_length']}"
        case "too_long":
            return here, f"expected at most {context['max_length']} items, got {context['actual_length']}"
        case "greater_than_equal":
            return here, f"expected {context['ge']:g} or more, got {got}"
        case "less_than_equal":
            return here, f"expected {context['le']:g} or less, got {got}"
        case "greater_than":
            return here, f"expected more than {context['gt']:g}, got {got}"
        case "string_too_short":
            return here, f"expected at least {context['min_length']} characters, got {got}"
    text = error["msg"].removeprefix("Input should be ")
    return here, f"expected {text}, got {got}"


def _told(value: Any, document: Document, here: Loc) -> str:
    """What stands in the file, as people would say it; a value that came from a variable is never shown."""
    raw = document.raw(here)
    if raw is not None and "${" in raw:
        return f"something else from {_cut(raw)}"
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the truth value {str(value).lower()}"
        case int() | float():
            return f"the number {_cut(raw or str(value))}"
        case str():
            return f"a string {_cut(_LOGIN.sub('***@', value))!r}"
        case list():
            return "a list"
    return "a mapping"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}..."


def _either(words: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(words))


def _keys_at(model: type[BaseModel], loc: Loc) -> set[str]:
    """The keys that are known at a path of the model, under their names in YAML."""
    kinds: list[Any] = [model]
    for part in loc:
        kinds = [step for kind in kinds for step in _into(kind, part)]
    return {
        field.alias or name
        for kind in kinds
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        for name, field in kind.model_fields.items()
    }


def _into(kind: Any, part: str | int) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = ((field.alias or name, field.annotation) for name, field in kind.model_fields.items())
        return [member for name, annotation in fields if name == part for member in _members(annotation)]
    if get_origin(kind) is list:
        return _members(get_args(kind)[0])
    if get_origin(kind) is dict:
        return _members(get_args(kind)[1])
    return []


def _members(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return [member for argument in get_args(annotation) for member in _members(argument)]
    if origin is Literal:
        return []
    if hasattr(annotation, "__metadata__"):  # Annotated[X, ...]
        return _members(get_args(annotation)[0])
    return [annotation]
