"""Health: probed over the wrong protocol, at another path or port, behind authentication, with a command not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.openspec import identity, naming, registry
from stagecheck.openspec.facts import Registered, Service
from stagecheck.openspec.finding import Case, Found, Rule
from stagecheck.openspec.markdown import Place

_MIDDLEWARE = re.compile(r"@app\.middleware\([\"']http[\"']\)(.*?)(?=^@|\Z)", re.DOTALL | re.MULTILINE)
_EXEMPT = re.compile(r"/health|\.path\b.{0,40}\bin\b|\bin\b.{0,40}(public|exempt|open)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:localhost|127\.0\.0\.1):(\d{2,5})")


def no_http(case: Case) -> Iterator[Found]:
    """Only what speaks HTTP can answer an HTTP health request."""
    for entry, service, path, _ in _probed(case):
        for port in service.ports:
            if entry.port in (port.outer, port.inner) and port.protocol not in ("", "http", "https", "tcp"):
                sentence = f"the gateway asks '{entry.key}' for {path} over HTTP, but its port {entry.port} speaks "
                yield Found(entry.place, sentence + port.protocol, (port.place,))


def path_differs(case: Case) -> Iterator[Found]:
    """A service is asked for the health route that it states."""
    for entry, service, path, place in _probed(case):
        own = [one for one in case.tree.endpoints if one.service == service.id and re.search(r"health", one.path)]
        if own and all(one.path != path for one in own):
            sentence = f"the gateway asks '{entry.key}' for {path}, but {service.id} states {own[0].path}"
            yield Found(place, sentence, (own[0].place,))


def behind_auth(case: Case) -> Iterator[Found]:
    """A health route must answer without a credential, or nothing can probe it."""
    for page in case.tree.pages:
        owner = next((one for one in case.tree.services if one.page == page.file), case.tree.gateway)
        health = [one for one in case.tree.endpoints if owner and one.service == owner.id and "health" in one.path]
        for block in page.blocks if health else ():
            for found in _MIDDLEWARE.finditer(block.text):
                if re.search(r"status_code=401", found[1]) and not _EXEMPT.search(found[1]):
                    sentence = f"every request without a credential is refused, so also {health[0]}"
                    yield Found(block.at(found.start()), sentence, (health[0].place,))


def command_missing(case: Case) -> Iterator[Found]:
    """A health command is in the image that it runs in; Alpine images have no curl (docs.docker.com, node's image)."""
    for service in case.tree.services:
        page = case.tree.page_of(service)
        files = [block for block in page.blocks if block.language == "dockerfile"]
        for one in identity.own(service):
            for block in files if re.search(r"\bcurl\b", one.health) else ():
                last = re.split(r"^FROM ", block.text, flags=re.MULTILINE)[-1]
                if "alpine" in last.partition("\n")[0] and not re.search(r"\bcurl\b", last):
                    sentence = f"the health command of {service.id} is curl, which its image does not have"
                    yield Found(one.at("healthcheck"), sentence, (block.place,))


def port_differs(case: Case) -> Iterator[Found]:
    """A health command asks the port that the service listens on."""
    for service in case.tree.services:
        for one in identity.own(service):
            for port in map(int, _ADDRESS.findall(one.health)):
                if service.inner and port not in service.inner:
                    sentence = f"the health command of {service.id} asks port {port}, where nothing listens"
                    yield Found(one.at("healthcheck"), sentence, (service.ports[0].place,))


RULES = (
    Rule("health-of-no-http", "health is asked over HTTP of what does not speak it", no_http),
    Rule("health-path-differs", "health is asked at another path than is stated", path_differs, rows=("F43",)),
    Rule("health-behind-auth", "the health route wants a credential", behind_auth),
    Rule("health-command-missing", "the health command is not in the image", command_missing, rows=("F17",)),
    Rule("health-port-differs", "health is asked at a port where nothing listens", port_differs, rows=("F41",)),
)


def _probed(case: Case) -> Iterator[tuple[Registered, Service, str, Place]]:
    """The services that the registry's page asks for their health by its keys: with the path and its place."""
    for page in case.tree.pages:
        probe = registry.probe(page)
        for entry in registry.entries(page) if probe else ():
            service = naming.by_key(entry.key, case.tree.services, case.tree.registry)
            if probe and service is not None and not entry.internal:
                yield entry, service, probe[0], probe[1]
