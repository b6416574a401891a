"""The only place that knows httpx and httpcore: one request on the wire, in bounded time and memory.

Whatever is sent passes the write fuse here, so that no probe can forget it.

httpx bounds each read, not the answer, so a server that drips a byte a second would never be left. Here every read,
write, connect and handshake gets what is left until one deadline, by a network backend of httpcore (both packages'
public API). The backend also dials by the environment's connect table, so Host and TLS server name stay as they are.
"""

from __future__ import annotations

import contextvars
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from stagecheck.exchange import Trouble, Troubled
from stagecheck.model import Environment
from stagecheck.outcome import Reason
from stagecheck.probes import dial, fuse
from stagecheck.probes.body import Body
from stagecheck.probes.crowd import Place

# Many servers drop an idle connection after 5 s. Ours is dropped sooner, so that no request meets one that is closing.
_IDLE = 2.0

Headers = Sequence[tuple[str, str]]
Enter = Callable[[float], Place]


@dataclass
class _Clock:
    """The request that this thread is sending: its deadline, what its connection took, and the system's last error.

    The error is kept here since httpcore's pool raises without the cause.
    """

    ends: float
    begun: float = field(default_factory=time.monotonic)
    connect_s: float = 0.0
    error: OSError | None = None


_clock: contextvars.ContextVar[_Clock] = contextvars.ContextVar("clock")


@dataclass(frozen=True)
class Answer:
    """What one request met. `reset` says that the connection failed or broke, so that asking again makes sense."""

    status: int | None = None
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    trouble: Trouble | None = None
    reset: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


class Client:
    """The connections of one origin and identity, for several threads; `enter` gives each a place until it is closed.

    `context` is None for an origin of plain HTTP.

    It speaks to httpcore's connections, not through an `httpx.Client`: that one prepares the next request of every
    redirect, also where none is followed, and then raises on a Location that it cannot read. Nor does it use httpcore's
    pool as one: that looks at all of its connections for each request, and lets nobody close an idle one while another
    thread may be taking it.
    """

    def __init__(self, environment: Environment, context: ssl.SSLContext | None, enter: Enter) -> None:
        self._environment = environment
        backend = _Backend(environment, enter)
        self._lock = threading.Lock()
        self._idle: list[httpcore.ConnectionInterface] = []
        self._pool: httpcore.ConnectionPool
        if environment.proxy:
            self._pool = httpcore.HTTPProxy(
                environment.proxy, ssl_context=context, keepalive_expiry=_IDLE, network_backend=backend
            )
        else:
            self._pool = httpcore.ConnectionPool(context, keepalive_expiry=_IDLE, network_backend=backend)

    def close(self) -> None:
        """Close the connections on which nothing is on its way."""
        while self.drop_idle():
            pass

    def drop_idle(self) -> bool:
        """Close one connection on which nothing is on its way; False where there is none."""
        with self._lock:
            connection = self._idle.pop(0) if self._idle else None
        if connection is None:
            return False
        connection.close()
        return True

    def send(
        self, method: str, url: str, headers: Headers, content: bytes | None, ends: float, line_host: str = ""
    ) -> Answer:
        """Send one request and read the whole answer, until `ends` on the clock of `time.monotonic`. Never raises.

        `line_host` is a host for the request line, which otherwise has the path alone.
        """
        clock = _Clock(ends)
        token = _clock.set(clock)
        reading = _Reading()
        try:
            request = _request(method, url, headers, content)
            fuse.must_pass(_outgoing(request, line_host), self._environment)
            if line_host:
                request.url.target = request.url.scheme + b"://" + line_host.encode() + request.url.target
            with self._connection(request.url.origin) as connection:
                reading.read(connection.handle_request(request))
        except Troubled as troubled:
            return reading.answer(clock, troubled.trouble, reset=troubled.trouble.reason is Reason.CONNECT)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            return reading.answer(
                clock, self._trouble(error, url, reading.status, clock), reset=_is_reset(error, clock)
            )
        except (httpcore.UnsupportedProtocol, httpcore.ProxyError, httpx.InvalidURL, ValueError) as error:
            return reading.answer(clock, Trouble(Reason.PROTOCOL, f"cannot be asked: {_line(error)}"))
        finally:
            _clock.reset(token)
        return reading.answer(clock)

    @contextmanager
    def _connection(self, origin: httpcore.Origin) -> Iterator[httpcore.ConnectionInterface]:
        """A connection for one request: the one that was used last, or a new one; kept if it may be used again."""
        if origin.scheme not in (b"http", b"https"):
            raise httpcore.UnsupportedProtocol(f"Request URL has an unsupported protocol '{_text(origin.scheme)}://'.")
        connection = self._usable() or self._pool.create_connection(origin)
        try:
            yield connection
        finally:
            if connection.is_idle() and not connection.is_closed():
                with self._lock:
                    self._idle.append(connection)
            else:
                connection.close()

    def _usable(self) -> httpcore.ConnectionInterface | None:
        """An idle connection that the server has not closed either."""
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None or not connection.has_expired():
                return connection
            connection.close()

    def _trouble(self, error: Exception, url: str, status: int | None, clock: _Clock) -> Trouble:
        if isinstance(error, httpcore.TimeoutException):
            part = "no answer" if status is None else "the answer did not end"
            return Trouble(Reason.TIMEOUT, f"{part} within {round(clock.ends - clock.begun, 1):g} s")
        if isinstance(error, httpcore.NetworkError) and isinstance(clock.error, ssl.SSLError):
            from stagecheck.probes import tls  # reads certificates with a library of its own, for the few that need it

            _, host, port = dial.origin(url)
            return tls.explain(clock.error, self._environment, host, port, clock.ends)
        said = _line(error) if clock.error is None else dial.said(clock.error)
        if isinstance(error, httpcore.ConnectError):  # TCP stood, so it broke in the TLS handshake
            return Trouble(Reason.TLS_PROTOCOL, f"the TLS handshake broke off: {said}")
        if isinstance(error, httpcore.ProtocolError) and not _is_cut(error):
            return Trouble(Reason.PROTOCOL, said)
        if status is None:
            return Trouble(Reason.CONNECT, f"the connection broke before an answer came: {said}")
        return Trouble(Reason.TRUNCATED, f"the answer broke off: {said}")


class _Reading:
    """An answer while it is being read, so that what came before a trouble is kept."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._first: float | None = None
        self._response: httpcore.Response | None = None
        self._body = Body(None)

    @property
    def status(self) -> int | None:
        return None if self._response is None else self._response.status

    def read(self, response: httpcore.Response) -> None:
        self._first = time.monotonic() - self._began
        self._response = response
        encodings = [value for name, value in self._headers(response) if name.lower() == "content-encoding"]
        self._body = Body(", ".join(encodings))
        try:
            for chunk in response.iter_stream():
                self._body.add(chunk)
            self._body.end()
        finally:
            response.close()

    def answer(self, clock: _Clock, trouble: Trouble | None = None, reset: bool = False) -> Answer:
        facts: dict[str, Any] = {"connect_s": round(clock.connect_s, 4)}
        response = self._response
        if response is None or self._first is None:
            return Answer(trouble=trouble, reset=reset, facts=facts)
        facts["first_byte_s"] = round(self._first, 4)
        version = response.extensions.get("http_version", b"")
        body = self._body.so_far()
        return Answer(response.status, _text(version), self._headers(response), body, trouble, reset, facts)

    @staticmethod
    def _headers(response: httpcore.Response) -> tuple[tuple[str, str], ...]:
        return tuple((_text(name), _text(value)) for name, value in response.headers)


class _Backend(httpcore.NetworkBackend):
    """Dials as the environment says, within the deadline."""

    def __init__(self, environment: Environment, enter: Enter) -> None:
        self._environment = environment
        self._enter = enter

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        clock = _clock.get()
        began = time.monotonic()
        # A proxy is dialled itself, and isn't part of the platform; it resolves the names.
        found = [(host, port)] if self._environment.proxy else None
        found = found or dial.addresses(self._environment, host, port, clock.ends)
        place = self._enter(clock.ends)
        try:
            stream = dial.first(found, clock.ends, _opened)
        except BaseException:
            place.leave()
            raise
        clock.connect_s += time.monotonic() - began
        return _Bounded(stream, place)


class _Bounded(httpcore.NetworkStream):
    """A stream whose every wait ends at the deadline of the request that waits; its place is free once it is closed."""

    def __init__(self, stream: httpcore.NetworkStream, place: Place) -> None:
        self._stream = stream
        self._place = place

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _noting():
            return self._stream.read(max_bytes, _left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _noting():
            self._stream.write(buffer, _left(httpcore.WriteTimeout))

    def close(self) -> None:
        try:
            self._stream.close()
        finally:
            self._place.leave()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        began = time.monotonic()
        try:
            with _noting():
                stream = self._stream.start_tls(ssl_context, server_hostname, _left(httpcore.ConnectTimeout))
        except (httpcore.NetworkError, httpcore.TimeoutException):
            self.close()
            raise
        _clock.get().connect_s += time.monotonic() - began
        return _Bounded(stream, self._place)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _opened(address: tuple[str, int], ends: float) -> httpcore.NetworkStream:
    where = f"{address[0]}:{address[1]}"
    try:
        return httpcore.SyncBackend().connect_tcp(*address, timeout=max(ends - time.monotonic(), 0.001))
    except httpcore.ConnectTimeout:
        raise Troubled(Trouble(Reason.TIMEOUT, f"{where}: did not accept the connection in time")) from None
    except httpcore.ConnectError as error:
        said = dial.said(error.__cause__) if isinstance(error.__cause__, OSError) else _line(error)
        raise Troubled(Trouble(Reason.CONNECT, f"{where}: {said}")) from None


@contextmanager
def _noting() -> Iterator[None]:
    """Keep the system's error behind one of httpcore."""
    try:
        yield
    except httpcore.NetworkError as error:
        _clock.get().error = error.__cause__ if isinstance(error.__cause__, OSError) else None
        raise


def _left(error: type[httpcore.TimeoutException]) -> float:
    left = _clock.get().ends - time.monotonic()
    if left <= 0:
        raise error("the deadline is over")
    return left


def _is_reset(error: Exception, clock: _Clock) -> bool:
    """Whether the connection broke, which may not happen again; what TLS refuses, it will refuse again."""
    if isinstance(error, httpcore.NetworkError):
        return not isinstance(clock.error, ssl.SSLError)
    return _is_cut(error)


def _is_cut(error: Exception) -> bool:
    """Whether h11 says that the peer went away ("Server disconnected ...", "peer closed connection ...")."""
    told = re.search(r"disconnected|closed connection|unexpectedly closed", str(error))
    return isinstance(error, httpcore.RemoteProtocolError) and told is not None


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _request(method: str, url: str, headers: Headers, content: bytes | None) -> httpcore.Request:
    """httpx knows how a URL is written on the wire and which headers a body needs."""
    encoded = [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers]
    made = httpx.Request(method, _url(url), headers=encoded, content=content)
    raw = made.url
    target = httpcore.URL(scheme=raw.raw_scheme, host=raw.raw_host, port=raw.port, target=raw.raw_path)
    return httpcore.Request(method, target, headers=made.headers.raw, content=made.read())


# Reading one takes httpx a tenth of what a whole request takes, and a run asks at the same ones again.
_url = lru_cache(maxsize=1024)(httpx.URL)


def _outgoing(request: httpcore.Request, line_host: str) -> fuse.Outgoing:
    """The request as the fuse looks at it: what is sent, not what was meant; a host in its line is one more Host."""
    where = request.url
    host = f"[{_text(where.host)}]" if b":" in where.host else _text(where.host)
    port = "" if where.port is None else f":{where.port}"
    url = f"{_text(where.scheme)}://{host}{port}{_text(where.target)}"
    headers = [(_text(name), _text(value)) for name, value in request.headers]
    headers += [("Host", line_host)] if line_host else []
    assert isinstance(request.stream, Iterable)
    return fuse.Outgoing(_text(request.method), url, headers, b"".join(request.stream))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
