"""What a specification states, as frozen data; each fact knows its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stagecheck.openspec.markdown import Place


@dataclass(frozen=True)
class Published:
    """A port of a service: `outer` on the host, `inner` in the container; None where it has none, or none yet."""

    outer: int | None
    inner: int | None
    protocol: str
    place: Place
    undecided: bool = False

    def __str__(self) -> str:
        return ":".join(str(port) for port in (self.outer, self.inner) if port)


@dataclass(frozen=True)
class Stated:
    """A word of the service's identity: a container, an image, a status, a domain."""

    text: str
    place: Place

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Endpoint:
    """A route that a service states as its own; `method` is empty where the text gives none."""

    service: str
    method: str
    path: str
    place: Place

    def __str__(self) -> str:
        return f"{self.method or 'any method'} {self.path}"


@dataclass(frozen=True)
class Call:
    """A request that one service makes of another through the gateway.

    `path` is as it is written, without query; `key` the gateway's name for the service asked, `rest` what follows it,
    both empty where the path names no service. `handler` is the caller's own route within which the call stands.
    `token` says whether the call sends a credential; None where the text is only a line such as `GET /path`.
    """

    caller: str
    method: str
    path: str
    key: str
    rest: str
    place: Place
    handler: str = ""
    token: bool | None = None

    def __str__(self) -> str:
        return f"{self.method or 'any method'} {self.path}"


@dataclass(frozen=True)
class Variable:
    """An environment variable with its stated value, which may be a credential and is never shown."""

    name: str
    value: str = field(repr=False)
    place: Place


@dataclass(frozen=True)
class Registered:
    """One entry of a gateway's registry, a dictionary of services in a code block."""

    key: str
    port: int
    path: str
    internal: bool
    place: Place
    page: str


@dataclass(frozen=True)
class Composed:
    """One service of a compose file, or of such a block in the text; `place` is its key.

    `build` are the context and the file from which its image is built, `image_file` is what stands in that file.
    """

    key: str
    container: str
    image: str
    ports: tuple[Published, ...]
    environment: Mapping[str, Variable]
    needs: tuple[str, ...]
    health: str
    command: str
    labels: tuple[str, ...]
    place: Place
    lines: Mapping[str, int]
    local: bool = False
    build: tuple[str, str] = ("", "")
    image_file: str = ""

    def at(self, word: str) -> Place:
        """The place of a key such as `image`; the service's own where it has none."""
        return Place(self.place.file, self.lines.get(word, self.place.line))


@dataclass(frozen=True)
class Named:
    """A port that is given beside a service's display name, such as `Auth Service (8007)`."""

    name: str
    port: int
    url: str
    place: Place


@dataclass(frozen=True)
class Need:
    """One service needs another; `whole` where the text says `All Backend Services`."""

    service: str
    needed: str
    place: Place
    whole: bool = False


@dataclass(frozen=True)
class Unmatched:
    """A name that stands where a service is due, and is none that the specification describes."""

    name: str
    place: Place


@dataclass(frozen=True)
class Scenario:
    """A scenario of a requirement; `steps` are its lines."""

    name: str
    steps: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Requirement:
    """A requirement in the form of the OpenSpec tool (`### Requirement:` with `#### Scenario:`)."""

    service: str
    name: str
    text: str
    anchor: str
    scenarios: tuple[Scenario, ...]
    place: Place


@dataclass(frozen=True)
class Service:
    """A service as its own page describes it; an empty field is one that the page does not state."""

    id: str
    kind: str
    page: str
    place: Place
    title: str = ""
    name: str = ""
    type: str = ""
    owner: str = ""
    container: Stated | None = None
    image: Stated | None = None
    ports: tuple[Published, ...] = ()
    domains: tuple[Stated, ...] = ()
    status: Stated | None = None
    footer: Stated | None = None
    network: str = ""
    variables: tuple[Variable, ...] = ()
    composed: tuple[Composed, ...] = ()

    @property
    def inner(self) -> frozenset[int]:
        """The ports that it listens on."""
        return frozenset(port.inner for port in self.ports if port.inner)

    @property
    def outer(self) -> frozenset[int]:
        """The ports that the host gives it."""
        return frozenset(port.outer for port in self.ports if port.outer)
