"""What all probes of one process share: the environment, its credentials, and the connections that are open."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from functools import partial
from types import TracebackType

import certifi

from stagecheck.credentials import Credentials, Forge
from stagecheck.errors import BadInput
from stagecheck.exchange import Exchange
from stagecheck.model import Environment, Identity, Step
from stagecheck.probes import dial, http
from stagecheck.probes.transport import Client
from stagecheck.redaction import Redactor


class Wire:
    """The way to one environment, for all steps of one process; safe to use from several threads.

    `variables` are such as `os.environ`. `forge` makes the tokens that are changed on purpose. Raises `BadInput` for a
    CA file that cannot be read. Use it as a context, or `close` it.
    """

    def __init__(
        self,
        environment: Environment,
        variables: Mapping[str, str],
        run_id: str = "",
        forge: Forge | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self.environment = environment
        self.run_id = run_id
        self.redactor = redactor or Redactor()
        send = partial(_log_in, self)
        self.credentials = Credentials(environment, variables, self.redactor, send, forge)
        self._own = dial.hosts(environment)
        self._lock = threading.Lock()
        self._clients: dict[tuple[tuple[str, str, int], str, bool], Client] = {}
        self._plain = self._context()
        self._certified: ssl.SSLContext | None = None

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()

    def timeout(self, step: Step) -> float:
        """The deadline of one exchange, in seconds."""
        return self.environment.budgets.timeout if step.timeout is None else step.timeout

    def is_own(self, host: str) -> bool:
        """Whether a host is the environment's own: only there a credential is sent, or a redirect followed."""
        return host in self._own

    def certificate(self, host: str) -> tuple[str, str] | None:
        """Paths of the client certificate and key for a host; raises `CredentialMissing` for an unset variable."""
        wanted = self.environment.edge.client_certificate
        if wanted is None or not self.is_own(host):
            return None
        return self.credentials.value(wanted.certificate), self.credentials.value(wanted.key)

    def client(self, origin: tuple[str, str, int], identity: Identity, private: bool) -> Client:
        """The HTTP client of one origin and identity; `private` lets it show the client certificate."""
        certificate = self.certificate(origin[1]) if private else None
        with self._lock:
            key = (origin, str(identity), certificate is not None)
            if key not in self._clients:
                context = self._plain if certificate is None else self._with(certificate)
                self._clients[key] = Client(self.environment, context)
            return self._clients[key]

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


def _log_in(wire: Wire, step: Step, content: bytes) -> Exchange:
    """A login changes nothing, so it may be asked again."""
    return http.ask(step, wire, content=content, repeat=True)
