"""Who a page speaks of: the service's identity, as its labelled list states it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from stagecheck.openspec import composed
from stagecheck.openspec.facts import Composed, Published, Service, Stated, Variable
from stagecheck.openspec.markdown import Page, Place, Text

_VARIABLE = re.compile(r"(?:export\s+)?([A-Z][A-Z0-9_]+)=(.*)")
_COMMENT = re.compile(r"\s+#.*$")
_DOMAIN = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s`)]*)?)", re.IGNORECASE)
_SHELLS = ("bash", "sh", "shell", "env", "dotenv", "ini", "")


def service_of(page: Page) -> Service | None:
    """The service of a page, or None where the page speaks of none (an overview).

    A page speaks of a service where its heading `Service Identity` stands over labelled items, or where it is the
    `spec.md` of a folder with requirements, as the OpenSpec tool lays them out.
    """
    labelled = [text for text in page.texts if text.item and text.label and "Service Identity" in text.under]
    words = {text.label.lower(): text for text in reversed(labelled)}
    if not words:
        return _capability(page)
    blocks = tuple(
        one for block in page.blocks if block.language in ("yaml", "yml") for one in composed.in_block(block)
    )
    place = next(heading.place for heading in page.headings if heading.text == "Service Identity")
    return Service(
        id=_id(page.file),
        kind=_kind(page.file, _value(words.get("type"))),
        page=page.file,
        place=place,
        title=page.title.partition(" - ")[0],
        name=_value(words.get("name")),
        type=_value(words.get("type")),
        owner=next((text.value for text in page.texts if text.label == "Owner"), ""),
        container=_code(words.get("container")),
        image=_code(words.get("image")),
        ports=_ports(words.get("port") or words.get("ports")),
        domains=_domains(words.get("domain") or words.get("domains")),
        status=_stated(words.get("status")),
        footer=_footer(page),
        network=_value(words.get("network")).strip("`"),
        variables=tuple(variables(page)),
        composed=blocks,
    )


def variables(page: Page) -> list[Variable]:
    """The variables of the page's lists `NAME=value`, under headings that speak of configuration."""
    found: list[Variable] = []
    for block in page.blocks:
        about = any(re.search(r"config|environment", heading, re.IGNORECASE) for heading in block.under)
        if block.language not in _SHELLS or not about or block.example:
            continue
        for index, line in enumerate(block.lines):
            match = _VARIABLE.fullmatch(line.strip())
            if match:
                found.append(Variable(match[1], _COMMENT.sub("", f" {match[2]}").strip(), block.line(index)))
    return found


def own(service: Service) -> list[Composed]:
    """The compose blocks of its page that are about it on the deployed platform, not on a developer's machine."""
    return [one for one in service.composed if not one.local]


def _id(file: str) -> str:
    path = PurePosixPath(file)
    name = path.parent.name if path.name == "spec.md" else path.stem
    return re.sub(r"[^a-z0-9-]+", "-", re.sub(r"^\d+[-_]", "", name.lower())).strip("-")


def _kind(file: str, type: str) -> str:
    first = type.partition("-")[0].strip().lower()
    return first or PurePosixPath(file).parent.name


def _capability(page: Page) -> Service | None:
    if PurePosixPath(page.file).name != "spec.md" or not page.headings:
        return None
    if not any(heading.text.lower().startswith("requirement") for heading in page.headings):
        return None
    return Service(id=_id(page.file), kind="capability", page=page.file, place=page.headings[0].place, title=page.title)


def _value(text: Text | None) -> str:
    return text.value if text else ""


def _stated(text: Text | None) -> Stated | None:
    return Stated(text.value, text.place) if text else None


def _code(text: Text | None) -> Stated | None:
    """The code span of an item: what stands in brackets behind it is a remark."""
    if text is None:
        return None
    return Stated(text.codes[0] if text.codes else text.value, text.place)


def _ports(text: Text | None) -> tuple[Published, ...]:
    if text is None:
        return ()
    found = []
    for code, remark in re.findall(r"`([^`]+)`(?:\s*\(([^)]*)\))?", text.value) or [(text.value, "")]:
        published = composed.port(code, text.place)
        if published:
            protocol = remark if re.fullmatch(r"\w+", remark) else published.protocol
            found.append(replace(published, protocol=protocol.lower()))
    return tuple(found)


def _domains(text: Text | None) -> tuple[Stated, ...]:
    if text is None:
        return ()
    return tuple(Stated(match[1].lower(), text.place) for match in _DOMAIN.finditer(text.value))


def _footer(page: Page) -> Stated | None:
    """The status that stands at the end of the page, if that is another place than the identity."""
    found = [text for text in page.texts if text.label == "Status" and not text.item]
    return Stated(found[-1].value, Place(page.file, found[-1].place.line)) if found else None
