"""Services of compose files and of compose blocks in a text, with the line of each key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import yaml

from stagecheck import document
from stagecheck.errors import BadInput
from stagecheck.openspec.facts import Composed, Published, Variable
from stagecheck.openspec.markdown import Block, Place

MAX_BYTES = 1024 * 1024
_PORT = re.compile(r"(?:\d+\.\d+\.\d+\.\d+:)?(?:(\d{1,5}|TBD)(?:-\d+)?:)?(\d{1,5}|TBD)(?:-\d+)?(?:/(\w+))?")


def in_file(path: Path, name: str) -> tuple[Composed, ...]:
    """The services of a compose file; raises `BadInput` where it is none. `name` is the file as it is told."""
    text = document.decoded(document.content(path, str(path), MAX_BYTES), str(path))
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadInput(f"{path}:{mark.line + 1 if mark else 1}: not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError):
        raise BadInput(f"{path}: not YAML") from None
    services = _child(node, "services")
    if not isinstance(services, yaml.MappingNode):
        raise BadInput(f"{path}: no compose file: it has no mapping 'services'")
    return tuple(_built(one, path.parent) for one in _services(services, Place(name, 1), local=False))


def _built(one: Composed, folder: Path) -> Composed:
    """With the file of its image, where it lies beside the compose file."""
    context, name = one.build
    path = folder / context / name
    if not context or not path.is_file():
        return one
    try:
        return replace(one, image_file=path.read_bytes()[:MAX_BYTES].decode("utf-8", "replace"))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None


def in_block(block: Block) -> tuple[Composed, ...]:
    """The services of a YAML block, also of one that begins with a service's key; none where it is something else."""
    try:
        node = yaml.compose(block.text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return ()  # a sketch of YAML, not a file
    services = _child(node, "services")
    whole = services if isinstance(services, yaml.MappingNode) else node
    if not isinstance(whole, yaml.MappingNode):
        return ()
    found = tuple(_services(whole, block.place, block.local))
    return found if whole is services else tuple(one for one in found if one.image or one.ports or one.container)


def port(text: str, place: Place) -> Published | None:
    """`8002:4000`, `127.0.0.1:8002:4000`, `8080` or `TBD:3000`; None where it is no port."""
    found = _PORT.fullmatch(text.strip())
    if found is None:
        return None
    outer, inner, protocol = found.groups()
    undecided = "TBD" in (outer, inner)
    return Published(_number(outer), _number(inner), (protocol or "").lower(), place, undecided)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _services(node: yaml.MappingNode, base: Place, local: bool) -> Iterator[Composed]:
    for key, value in node.value:
        if not isinstance(value, yaml.MappingNode) or not isinstance(key, yaml.ScalarNode):
            continue
        keys = {one.value: (_line(base, one), inner) for one, inner in value.value if isinstance(one, yaml.ScalarNode)}
        if not keys.keys() & {"image", "ports", "container_name", "build"}:
            continue
        yield Composed(
            key=key.value,
            container=_scalar(_child(value, "container_name")),
            image=_scalar(_child(value, "image")),
            ports=tuple(_ports(_child(value, "ports"), base)),
            environment={one.name: one for one in _environment(_child(value, "environment"), base)},
            needs=tuple(_needs(_child(value, "depends_on"))),
            health=" ".join(_flat(_child(_child(value, "healthcheck"), "test"))),
            command=" ".join(_flat(_child(value, "command"))),
            labels=tuple(_flat(_child(value, "labels"))),
            place=Place(base.file, _line(base, key)),
            lines={name: line for name, (line, _) in keys.items()},
            local=local,
            build=_build(_child(value, "build")),
        )


def _line(base: Place, node: yaml.Node) -> int:
    return int(base.line + node.start_mark.line)


def _child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for key, value in pairs if isinstance(key, yaml.ScalarNode) and key.value == name), None)


def _scalar(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _build(node: yaml.Node | None) -> tuple[str, str]:
    """The context and the file of `build: DIR` or `build: {context: DIR, dockerfile: NAME}`."""
    if isinstance(node, yaml.MappingNode):
        return _scalar(_child(node, "context")) or ".", _scalar(_child(node, "dockerfile")) or "Dockerfile"
    return _scalar(node), "Dockerfile"


def _ports(node: yaml.Node | None, base: Place) -> Iterator[Published]:
    for item in node.value if isinstance(node, yaml.SequenceNode) else ():
        place = Place(base.file, _line(base, item))
        if isinstance(item, yaml.MappingNode):  # the long form
            outer, inner = _scalar(_child(item, "published")), _scalar(_child(item, "target"))
            yield Published(_number(outer), _number(inner), _scalar(_child(item, "protocol")), place)
        elif isinstance(item, yaml.ScalarNode) and (found := port(item.value, place)):
            yield found


def _environment(node: yaml.Node | None, base: Place) -> Iterator[Variable]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield Variable(str(key.value), _scalar(value), Place(base.file, _line(base, key)))
    for item in node.value if isinstance(node, yaml.SequenceNode) else ():
        name, _, value = _scalar(item).partition("=")
        yield Variable(name, value, Place(base.file, _line(base, item)))


def _needs(node: yaml.Node | None) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        yield from (str(key.value) for key, _ in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from (_scalar(item) for item in node.value)


def _flat(node: yaml.Node | None) -> Iterator[str]:
    if isinstance(node, yaml.ScalarNode):
        yield str(node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from (_scalar(item) for item in node.value)
    elif isinstance(node, yaml.MappingNode):
        yield from (f"{key.value}={_scalar(value)}" for key, value in node.value)
