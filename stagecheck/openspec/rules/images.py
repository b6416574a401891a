"""Images and containers: claimed twice, without a fixed version, another than is built, another than compose states."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.openspec import identity
from stagecheck.openspec.facts import Service
from stagecheck.openspec.finding import Case, Found, Rule

_BUILT = re.compile(r"docker (?:build [^\n]*?-t|push|pull) ([\w./-]+(?::[\w.-]+)?)")


def container_twice(case: Case) -> Iterator[Found]:
    """A container's name is one service's."""
    first: dict[str, Service] = {}
    for service in case.tree.services:
        if service.container is None:
            continue
        owner = first.setdefault(service.container.text, service)
        if owner is not service and owner.container:
            sentence = f"{service.id} has the container {service.container}, which {owner.id} has too"
            yield Found(service.container.place, sentence, (owner.container.place,))


def floating(case: Case) -> Iterator[Found]:
    """An image has a version; `latest` is another one tomorrow."""
    for service in case.tree.services:
        if service.image and (service.image.text.endswith(":latest") or ":" not in service.image.text.split("/")[-1]):
            yield Found(service.image.place, f"the image of {service.id} has no version: {service.image}")


def built_otherwise(case: Case) -> Iterator[Found]:
    """The image that is built and pushed for a service is the one that it runs."""
    told: set[tuple[str, str]] = set()
    for page in case.tree.pages:
        for block in page.blocks:
            for match in _BUILT.finditer(block.text):
                service = _of_image(case, match[1])
                if service is None or service.image is None or (service.id, match[1]) in told:
                    continue
                if match[1] != service.image.text:
                    told.add((service.id, match[1]))
                    sentence = f"{match[1]} is built here, but {service.id} runs {service.image}"
                    yield Found(block.at(match.start(1)), sentence, (service.image.place,))


def composed_otherwise(case: Case) -> Iterator[Found]:
    """The page's own compose block states the container, the image and the ports of the identity."""
    for service in case.tree.services:
        for one in identity.own(service):
            pairs = (("container_name", service.container, one.container), ("image", service.image, one.image))
            for key, stated, there in pairs:
                if stated and there and stated.text != there:
                    sentence = f"{service.id} has {key} {stated}, but its compose block has {there}"
                    yield Found(one.at(key), sentence, (stated.place,))
            ports = {(port.outer, port.inner) for port in service.ports if not port.undecided}
            for port in one.ports:
                if ports and (port.outer, port.inner) not in ports:
                    sentence = f"the compose block of {service.id} maps {port}, which its identity does not"
                    yield Found(port.place, sentence, (service.ports[0].place,))


RULES = (
    Rule("container-claimed-twice", "two services have one container", container_twice),
    Rule("image-floating", "an image has no version", floating, "warning"),
    Rule("image-built-otherwise", "another image is built than runs", built_otherwise, rows=("F10",)),
    Rule("compose-block-differs", "a page's compose block contradicts its identity", composed_otherwise, rows=("F32",)),
)


def _of_image(case: Case, image: str) -> Service | None:
    """The service whose id ends the image's name, the longest such id."""
    name = re.sub(r":.*$", "", image).split("/")[-1]
    found = [one for one in case.tree.services if name == one.id or name.endswith(f"-{one.id}")]
    return max(found, key=lambda one: len(one.id), default=None)
