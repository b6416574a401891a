"""Compare our subset of Saleor's schema, and every GraphQL document of ours, with Saleor's own full schema.

`python -m replica.saleor.check PATH [--targets DIR]`, where PATH is the full schema in SDL. Exit code 0: all agree;
1: they differ, each difference is named; 2: a file that cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    parse,
    validate,
)

from replica.gateway import shop

SUBSET = Path(__file__).with_name("schema.graphql")


def differences(ours: GraphQLSchema, full: GraphQLSchema) -> Iterator[str]:
    """Each thing of ours that the full schema lacks or has otherwise, as one line."""
    for name, type in _own_types(ours):
        other = full.type_map.get(name)
        if other is None:
            yield f"{name}: no such type"
        elif type_kind(other) != type_kind(type):
            yield f"{name}: ours is {type_kind(type)}, theirs is {type_kind(other)}"
        else:
            yield from _inside(type, other)


def type_kind(type: GraphQLNamedType) -> str:
    """`Object`, `Enum`, `InputObject` or `Scalar`."""
    return type.__class__.__name__.removeprefix("GraphQL").removesuffix("Type")


@dataclass(frozen=True)
class Document:
    """A GraphQL document of ours and where it stands.

    `refused`: it is there to be refused, so that the proof `kept` sees an upstream's own error.
    """

    place: str
    text: str
    refused: bool = False


def documents(folder: Path) -> Iterator[Document]:
    """The GraphQL documents of the targets and of the gateway."""
    for path in sorted(folder.rglob("*.yaml")):
        for line, text, above in _documents(_composed(path), ()):
            yield Document(f"{path}:{line}", text, "kept" in above)
    for name in ("LIST", "BY_ID", "BY_SLUG"):
        yield Document(f"replica/gateway/shop.py {name}", getattr(shop, name))


def wrong(document: str, schema: GraphQLSchema) -> list[str]:
    """Why a document is not valid for a schema; empty when it is."""
    try:
        return [error.message for error in validate(schema, parse(document))]
    except GraphQLError as error:
        return [error.message]


def _judged(document: Document, schema: GraphQLSchema, whose: str) -> list[str]:
    whys = wrong(document.text, schema)
    if not document.refused:
        return [f"{document.place}: not valid for {whose}: {why}" for why in whys]
    return [] if whys else [f"{document.place}: valid for {whose}, and it is there to be refused"]


def main(arguments: list[str] | None = None) -> int:
    """Compare, print what was compared, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m replica.saleor.check")
    parser.add_argument("schema", type=Path, help="Saleor's full schema, in SDL")
    parser.add_argument("--targets", type=Path, default=Path("targets"), help="folder of the target files")
    options = parser.parse_args(arguments)
    try:
        full = build_schema(options.schema.read_text())
    except OSError as error:
        print(f"{options.schema}: {error.strerror}", file=sys.stderr)
        return 2
    except (GraphQLError, TypeError) as error:
        print(f"{options.schema}: {str(error).splitlines()[0]}", file=sys.stderr)
        return 2
    if not options.targets.is_dir():
        print(f"{options.targets}: no such folder", file=sys.stderr)
        return 2
    try:
        asked = list(documents(options.targets))
    except yaml.YAMLError as error:
        print(f"{options.targets}: a file is not YAML: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    ours = build_schema(SUBSET.read_text())
    found = list(differences(ours, full))
    for document in asked:
        found += [*_judged(document, full, "Saleor's schema"), *_judged(document, ours, "our subset")]
    for line in found:
        print(line)
    print(f"compared {_size(ours)} of ours with {options.schema}, and {len(asked)} documents with both schemas")
    print(f"{len(found)} differences" if found else "all agree")
    return 1 if found else 0


def _own_types(schema: GraphQLSchema) -> list[tuple[str, GraphQLNamedType]]:
    return [
        (name, type)
        for name, type in sorted(schema.type_map.items())
        if not name.startswith("__") and not is_specified_scalar_type(type)
    ]


def _inside(ours: Any, theirs: Any) -> Iterator[str]:
    if isinstance(ours, GraphQLEnumType):
        for value in ours.values.keys() - theirs.values.keys():
            yield f"{ours.name}: no value {value}"
    if isinstance(ours, GraphQLInputObjectType):
        yield from _members(ours.name, ours.fields, theirs.fields, "input field")
    if isinstance(ours, GraphQLObjectType):
        yield from _members(ours.name, ours.fields, theirs.fields, "field")
        for name in ours.fields.keys() & theirs.fields.keys():
            yield from _members(f"{ours.name}.{name}", ours.fields[name].args, theirs.fields[name].args, "argument")


def _members(place: str, ours: dict[str, Any], theirs: dict[str, Any], what: str) -> Iterator[str]:
    for name, member in ours.items():
        if name not in theirs:
            yield f"{place}: no {what} {name}"
        elif str(member.type) != str(theirs[name].type):
            yield f"{place}: {what} {name} is {theirs[name].type}, ours is {member.type}"
    for name in theirs.keys() - ours.keys():
        if _is_required(theirs[name]):
            yield f"{place}: {what} {name} is required there, and is not in ours"


def _is_required(member: Any) -> bool:
    if isinstance(member, GraphQLArgument):
        return is_required_argument(member)
    return isinstance(member, GraphQLInputField) and is_required_input_field(member)


def _composed(path: Path) -> yaml.Node | None:
    with path.open() as file:  # a file, and not its text, so that an error names it
        return yaml.compose(file, Loader=yaml.SafeLoader)


def _documents(node: yaml.Node | None, above: tuple[str, ...]) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Line, text and the keys above it, for each value of a key `document`."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "document" and isinstance(value, yaml.ScalarNode):
                yield key.start_mark.line + 1, value.value, above
            yield from _documents(value, (*above, str(key.value)))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _documents(item, above)


def _size(schema: GraphQLSchema) -> str:
    types = [type for _, type in _own_types(schema)]
    objects = [type for type in types if isinstance(type, GraphQLObjectType)]
    fields = [field for type in objects for field in type.fields.values()]
    inputs = [name for type in types if isinstance(type, GraphQLInputObjectType) for name in type.fields]
    values = [value for type in types if isinstance(type, GraphQLEnumType) for value in type.values]
    arguments = [name for field in fields for name in field.args]
    return (
        f"{len(types)} types, {len(fields)} fields, {len(arguments)} arguments, {len(inputs)} input fields"
        f" and {len(values)} enum values"
    )


if __name__ == "__main__":
    sys.exit(main())
