"""The compose files against the specification: ports, images, variables, hosts, health."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.openspec import needs
from stagecheck.openspec.facts import Composed, Published, Service
from stagecheck.openspec.finding import Case, Found, Rule
from stagecheck.openspec.naming import words

_PORT = re.compile(r"(?:--port[= ]\s*|--bind[= ]\s*\S*:|-b\s+\S*:|-p\s+|:)(\d{4,5})\b")
_ADDRESS = re.compile(r"(?:localhost|127\.0\.0\.1):(\d{2,5})")


def port_differs(case: Case) -> Iterator[Found]:
    """A compose file maps the ports that the specification states."""
    for one, service in _matched(case):
        stated = {(port.outer, port.inner) for port in service.ports if not port.undecided}
        for port in one.ports:
            if stated and (port.outer, port.inner) not in stated:
                wanted = ", ".join(str(known) for known in service.ports)
                sentence = f"{one.key} maps {port}, but the specification of {service.id} states {wanted}"
                yield Found(port.place, sentence, (service.ports[0].place,))


def host_port_twice(case: Case) -> Iterator[Found]:
    """One port of the host can be bound once."""
    first: dict[int, tuple[Composed, Published]] = {}
    for one in case.composed:
        for port in one.ports:
            if port.outer is not None:
                owner, known = first.setdefault(port.outer, (one, port))
                if owner.key != one.key:
                    sentence = f"{one.key} maps the host's port {port.outer}, which {owner.key} maps too"
                    yield Found(port.place, sentence, (known.place,))


def command_port(case: Case) -> Iterator[Found]:
    """A mapping leads to the port on which the command listens."""
    for one in case.composed:
        listens = {int(port) for port in _PORT.findall(one.command)}
        leads = {port.inner for port in one.ports if port.inner}
        if listens and leads and not listens & leads:
            sentence = f"{one.key} maps to {', '.join(map(str, sorted(leads)))}, but its command listens on "
            yield Found(one.at("ports"), sentence + ", ".join(map(str, sorted(listens))), (one.at("command"),))


def image_port(case: Case) -> Iterator[Found]:
    """A mapping leads to the port on which the image listens: by its command, its PORT, or what it exposes."""
    for one in case.composed:
        leads = {port.inner for port in one.ports if port.inner}
        listens = _listens(one.image_file)
        if listens and leads and not one.command and not listens & leads:
            sentence = f"{one.key} maps to {', '.join(map(str, sorted(leads)))}, but its image listens on "
            yield Found(one.at("ports"), sentence + ", ".join(map(str, sorted(listens))), (one.at("build"),))


def health_command(case: Case) -> Iterator[Found]:
    """A health command is in the image; those of Alpine and the slim ones of Debian have no curl (their own pages)."""
    for one in case.composed:
        last = re.split(r"^FROM ", one.image_file, flags=re.MULTILINE)[-1]
        small = re.search(r"alpine|-slim", last.partition("\n")[0])
        if small and re.search(r"\bcurl\b", one.health) and not re.search(r"\bcurl\b", last):
            sentence = f"the health command of {one.key} is curl, which its image does not have"
            yield Found(one.at("healthcheck"), sentence, (one.at("build"),))


def health_port(case: Case) -> Iterator[Found]:
    """A health command asks a port to which a mapping leads."""
    for one in case.composed:
        asked = {int(port) for port in _ADDRESS.findall(one.health)}
        leads = {port.inner for port in one.ports if port.inner}
        if asked and leads and not asked & leads:
            sentence = f"the health command of {one.key} asks port {min(asked)}, to which no mapping leads"
            yield Found(one.at("healthcheck"), sentence, (one.at("ports"),))


def image_differs(case: Case) -> Iterator[Found]:
    """A compose file runs the image that the specification states."""
    for one, service in _matched(case):
        if service.image and one.image and one.image != service.image.text:
            sentence = f"{one.key} runs {one.image}, but the specification of {service.id} states {service.image}"
            yield Found(one.at("image"), sentence, (service.image.place,))


def container_differs(case: Case) -> Iterator[Found]:
    """A service has in the compose file the container name by which the others ask it."""
    for one, service in _matched(case):
        if service.container and one.container and one.container != service.container.text:
            sentence = f"{one.key} is called {one.container}, but the specification says {service.container}"
            yield Found(one.at("container_name"), sentence, (service.container.place,))


def service_missing(case: Case) -> Iterator[Found]:
    """A service of the specification is in a compose file, unless it is stated not to be deployed."""
    there = {service.id for _, service in _matched(case)}
    for service in case.tree.services if case.composed else ():
        absent = service.status is not None and re.search(r"not (deployed|running)|pending", service.status.text, re.I)
        if service.id not in there and service.container and not absent:
            yield Found(service.place, f"{service.id} is in no compose file")


def variable_missing(case: Case) -> Iterator[Found]:
    """The variables that a specification states are set, each by its name."""
    for one, service in _matched(case):
        lacking = [variable for variable in service.variables if variable.name not in one.environment]
        if lacking and "env_file" not in one.lines:
            names = ", ".join(variable.name for variable in lacking)
            sentence = f"{one.key} does not set {names}, which the specification of {service.id} states"
            yield Found(one.at("environment"), sentence, (lacking[0].place,))


def variable_unstated(case: Case) -> Iterator[Found]:
    """What a compose file sets is a variable that the specification lists: others may be read by nobody."""
    for one, service in _matched(case):
        stated = {variable.name for variable in needs.settings(service)}
        for variable in one.environment.values() if service.variables else ():
            if variable.name not in stated:
                sentence = f"{one.key} sets {variable.name}, which the specification of {service.id} does not list"
                yield Found(variable.place, sentence, (service.variables[0].place,))


def host_unknown(case: Case) -> Iterator[Found]:
    """A host without a dot that a variable names is a service of the compose files."""
    known = {name for one in case.composed for name in (one.key, one.container)} | {"localhost", "host"}
    for one in case.composed:
        for variable in one.environment.values():
            for host, _ in needs.hosts(variable.value):
                if "." not in host and host not in known:
                    sentence = f"{variable.name} of {one.key} names the host '{host}', which no compose file has"
                    yield Found(variable.place, sentence)


def domain_unrouted(case: Case) -> Iterator[Found]:
    """A service with a domain has a route for it where it is started."""
    for one, service in _matched(case):
        for domain in service.domains:
            host = domain.text.partition("/")[0]
            if not any(host in label for label in one.labels):
                yield Found(
                    one.place, f"{one.key} has no route for {domain}, the domain of {service.id}", (domain.place,)
                )


def host_not_allowed(case: Case) -> Iterator[Found]:
    """A Django service accepts the name by which the other containers ask it (Django's ALLOWED_HOSTS)."""
    for one, service in _matched(case):
        allowed = one.environment.get("ALLOWED_HOSTS")
        if allowed is None or service.container is None or not allowed.value or "$" in allowed.value:
            continue
        if not {"*", service.container.text} & set(re.split(r"[\s,]+", allowed.value)):
            sentence = f"ALLOWED_HOSTS of {one.key} lacks {service.container}, by which the others ask it"
            yield Found(allowed.place, sentence, (service.container.place,))


RULES = (
    Rule(
        "compose-port-differs",
        "a compose file maps other ports",
        port_differs,
        rows=("F31", "F32"),
    ),
    Rule("compose-host-port-twice", "compose files bind one port twice", host_port_twice, rows=("F04",)),
    Rule("compose-command-port", "a mapping leads past the command's port", command_port, rows=("F31", "F32")),
    Rule("compose-image-port", "a mapping leads past the image's port", image_port, rows=("F31", "F32")),
    Rule("compose-health-command", "a health command is not in the image", health_command, rows=("F17",)),
    Rule("compose-health-port", "a health command asks a port without a mapping", health_port, rows=("F41",)),
    Rule(
        "compose-image-differs",
        "a compose file runs another image",
        image_differs,
        rows=("F02", "F07", "F10"),
    ),
    Rule("compose-container-differs", "a container has another name", container_differs, rows=("F36",)),
    Rule(
        "compose-service-missing",
        "a service is in no compose file",
        service_missing,
        rows=("F09", "F39"),
    ),
    Rule("compose-variable-missing", "a stated variable is not set", variable_missing, rows=("F35", "F36")),
    Rule("compose-variable-unstated", "a variable is set that is not listed", variable_unstated, "warning", ("F35",)),
    Rule("compose-domain-unrouted", "a domain has no route", domain_unrouted, rows=("F52",)),
    Rule(
        "compose-host-not-allowed", "a service refuses the name of its container", host_not_allowed, rows=("F49", "F50")
    ),
    Rule("compose-host-unknown", "a variable names a host that is not there", host_unknown, rows=("F34",)),
)


def _listens(image_file: str) -> set[int]:
    """Where the process of an image listens, as far as its file says."""
    last = re.split(r"^FROM ", image_file, flags=re.MULTILINE)[-1]
    started = re.findall(r"^(?:CMD|ENTRYPOINT)\b.*$", last, re.MULTILINE)
    commands = [int(port) for line in started for port in _PORT.findall(re.sub(r"[\",\[\]]+", " ", line))]
    named = re.findall(r"^ENV\s+PORT[= ](\d{2,5})\b", last, re.MULTILINE)
    exposed = re.findall(r"^EXPOSE\s+(\d{2,5})\b", last, re.MULTILINE)
    return set(commands) or set(map(int, named)) or set(map(int, exposed))


def _matched(case: Case) -> Iterator[tuple[Composed, Service]]:
    """The services of the compose files with those of the specification: by container, or else by key."""
    for one in case.composed:
        service = case.tree.by_container.get(one.container) or _by_key(case, one.key)
        if service is not None:
            yield one, service


def _by_key(case: Case, key: str) -> Service | None:
    """The service whose id the key is, apart from the occasion at its end, as in `shop-staging`."""
    asked = tuple(word for word in words(key) if word not in ("staging", "production", "prod", "dev"))
    return next((service for service in case.tree.services if words(service.id) == asked), None)
