"""What all probes of one process share: the environment, its credentials, and the connections that are open."""

from __future__ import annotations

import ssl
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import certifi

from stagecheck.bounds import CLEANUP, Bounds
from stagecheck.credentials import Credentials, Forge
from stagecheck.errors import BadInput
from stagecheck.exchange import Exchange
from stagecheck.model import Environment, Identity, Step
from stagecheck.pace import Pace
from stagecheck.probes import dial, http
from stagecheck.probes.crowd import Crowd, Place
from stagecheck.probes.transport import Client
from stagecheck.redaction import Redactor
from stagecheck.scratch import Scratch

if TYPE_CHECKING:
    from stagecheck.probes.browser import Pages


class Wire:
    """The way to one environment, for all steps of one process; safe to use from several threads.

    `variables` are such as `os.environ`. `forge` makes the tokens that are changed on purpose. `bounds` are those of
    the run, and `issuer` is the service from whose budget a login takes. Raises `BadInput` for a
    CA file that cannot be read. Use it as a context, or `close` it.
    """

    def __init__(
        self,
        environment: Environment,
        variables: Mapping[str, str],
        run_id: str = "",
        forge: Forge | None = None,
        redactor: Redactor | None = None,
        bounds: Bounds | None = None,
        issuer: str = "",
    ) -> None:
        self.environment = environment
        self.bounds = bounds or Bounds()
        self.issuer = issuer
        self.run_id = run_id
        self.stopped = threading.Event()  # set when the run is over before its end
        self.redactor = redactor or Redactor()
        send = partial(_log_in, self)
        self.credentials = Credentials(environment, variables, self.redactor, send, forge)
        self._own = dial.hosts(environment)
        self._lock = threading.Lock()
        self._clients: dict[tuple[tuple[str, str, int], str, bool], Client] = {}
        self._certified: ssl.SSLContext | None = None
        self._pages: Pages | None = None
        budgets = environment.budgets
        folder = Path(self.bounds.folder) if self.bounds.folder else None
        if environment.ca_file:
            self.trust  # noqa: B018  refuses at once what cannot be read
        self.pace = Pace(folder, budgets.requests_per_minute, self.stopped, only=self.bounds.one_process)
        most = budgets.connections, budgets.connections_in_all
        self.crowd = Crowd(self._folder(), *most, workers=self.bounds.workers, only=self.bounds.one_process)

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all that is open; nothing can be asked any more."""
        self.hang_up()
        if self._pages is not None:
            self._pages.close()
        self.crowd.close()
        self.pace.close()

    def hang_up(self) -> None:
        """Close all connections; what is asked next opens new ones."""
        with self._lock:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the moment at which the run is stopped."""
        self.stopped.wait(seconds)

    def timeout(self, step: Step) -> float:
        """The deadline of one exchange, in seconds from now: its own, or what is left of the run's."""
        own = self.environment.budgets.timeout if step.timeout is None else step.timeout
        return max(min(own, self.ends(step) - time.monotonic()), 0.001)

    def ends(self, step: Step) -> float:
        """When a step must be over, on `time.monotonic`, whatever its own timeout."""
        return self.bounds.ends + (CLEANUP if step.cleanup else 0.0)

    def is_own(self, host: str) -> bool:
        """Whether a host is the environment's own: only there a credential is sent, or a redirect followed."""
        return host in self._own

    def certificate(self, host: str) -> tuple[str, str] | None:
        """Paths of the client certificate and key for a host; raises `CredentialMissing` for an unset variable."""
        wanted = self.environment.edge.client_certificate
        if wanted is None or not self.is_own(host):
            return None
        return self.credentials.value(wanted.certificate), self.credentials.value(wanted.key)

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """TLS as this environment trusts it; reading all public authorities takes as long as a hundred requests."""
        return self._context()

    def browser(self) -> Pages:
        """The browser of this process."""
        from stagecheck.probes.browser import Pages

        with self._lock:
            if self._pages is None:
                self._pages = Pages(self.environment, self.trust)
            return self._pages

    def client(self, origin: tuple[str, str, int], identity: Identity, private: bool) -> Client:
        """The HTTP client of one origin and identity; `private` lets it show the client certificate."""
        certificate = self.certificate(origin[1]) if private else None
        with self._lock:
            key = (origin, str(identity), certificate is not None)
            if key not in self._clients:
                self._clients[key] = Client(
                    self.environment, self._tls(origin[0], certificate), partial(self.place, origin)
                )
            return self._clients[key]

    def place(self, origin: tuple[str, str, int], ends: float) -> Place:
        """A place for one more connection; raises `Troubled` when none is free until `ends`."""
        return self.crowd.enter(origin, ends, self._make_room)

    def leave(self, client: Client) -> None:
        """After a request: where there are more workers than places, no connection is kept."""
        if not self.crowd.idle_per_origin or not self.crowd.idle_in_all:
            client.close()

    def _make_room(self, origin: tuple[str, str, int] | None) -> None:
        """Where this process holds all that it may keep idle, close idle connections for the one that comes next."""
        with self._lock:
            clients = [(there, one) for (there, _, _), one in self._clients.items()]
        here = [one for there, one in clients if origin is None or there[1:] == origin[1:]]
        most = self.crowd.idle_in_all if origin is None else self.crowd.idle_per_origin
        while self.crowd.held(origin) >= max(most, 1) and _drop(here):
            pass

    def _folder(self) -> Path:
        if self.bounds.folder:
            return Path(self.bounds.folder)
        # A process that shares with no other has a folder of its own.
        folder = Scratch()
        weakref.finalize(self, folder.close)
        return folder.path

    def _tls(self, scheme: str, certificate: tuple[str, str] | None) -> ssl.SSLContext | None:
        if scheme == "http":
            return None
        return self.trust if certificate is None else self._with(certificate)

    def _with(self, certificate: tuple[str, str]) -> ssl.SSLContext:
        if self._certified is None:
            self._certified = self._context()
            try:
                self._certified.load_cert_chain(*certificate)
            except OSError as error:
                raise BadInput(f"edge: client_certificate: {dial.said(error)}") from None
        return self._certified

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.environment.ca_file or certifi.where())
        except OSError as error:
            raise BadInput(f"ca_file: {self.environment.ca_file}: {dial.said(error)}") from None


def _drop(clients: Sequence[Client]) -> bool:
    """Close one idle connection, of the client that was made first; False where there is none."""
    return any(client.drop_idle() for client in clients)


def _log_in(wire: Wire, step: Step, content: bytes) -> Exchange:
    """A login changes nothing, so it may be asked again; whoever measures alone may need the token."""
    with wire.crowd.unheeding():
        return http.ask(replace(step, service=wire.issuer), wire, content=content, repeat=True)
