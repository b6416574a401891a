"""Where a host and port are really dialled: the environment's connect table, its resolver, and open TCP sockets."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

from stagecheck.exchange import Trouble, Troubled
from stagecheck.model import Environment
from stagecheck.outcome import Reason
from stagecheck.probes import names

Opened = TypeVar("Opened")
_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=1024)
def origin(base: str) -> tuple[str, str, int]:
    """Scheme, host and port of an origin such as `https://stg.example.org`."""
    parts = urlsplit(base if "://" in base else f"https://{base}")
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)


def hosts(environment: Environment) -> frozenset[str]:
    """The environment's own hosts, the only ones to which a credential is sent."""
    bases = [environment.gateway, *(service.direct for service in environment.services.values())]
    bases += [*environment.domains.values(), *(tenant.host for tenant in environment.tenants)]
    return frozenset(origin(base)[1] for base in bases)


def must_be_listed(environment: Environment, host: str, port: int) -> None:
    """Refuse, before anything is resolved or sent, what a closed environment doesn't name."""
    if environment.only_connect and f"{host}:{port}" not in environment.connect:
        raise Troubled(Trouble(Reason.CONNECT, f"{host}:{port} is not in this environment's connect table"))


def addresses(environment: Environment, host: str, port: int, ends: float) -> list[tuple[str, int]]:
    """Every address and port at which HOST:PORT is dialled; raises `Troubled` (connect, dns, timeout)."""
    must_be_listed(environment, host, port)
    mapped = environment.connect.get(f"{host}:{port}")
    if mapped is not None:
        there, port = names.split(mapped)
        host = there or host
    return [(address, port) for address in names.addresses(host, environment.resolver, ends)]


def connect(address: tuple[str, int], ends: float) -> socket.socket:
    """An open TCP socket; raises `Troubled` (connect, timeout)."""
    left = ends - time.monotonic()
    where = f"{address[0]}:{address[1]}"
    if left <= 0:
        raise Troubled(Trouble(Reason.TIMEOUT, f"{where}: no time left to connect"))
    try:
        connection = socket.create_connection(address, timeout=left)
    except TimeoutError:
        raise Troubled(Trouble(Reason.TIMEOUT, f"{where}: did not accept the connection in time")) from None
    except OSError as error:
        raise Troubled(Trouble(Reason.CONNECT, f"{where}: {said(error)}")) from None
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def connect_any(environment: Environment, host: str, port: int, ends: float) -> socket.socket:
    """An open TCP socket to the first address that accepts; raises the last `Troubled` when none does."""
    return first(addresses(environment, host, port, ends), ends, connect)


def first(found: Sequence[tuple[str, int]], ends: float, opened: Callable[[tuple[str, int], float], Opened]) -> Opened:
    """What `opened` makes of the first address that works; each gets its share of the time that is left."""
    *earlier, last = found
    for at, address in enumerate(earlier):
        try:
            return opened(address, share(ends, len(found) - at))
        except Troubled:
            continue  # the next one's trouble is told, if that is in trouble, too
    return opened(last, ends)


def share(ends: float, parts: int) -> float:
    """The end of the first of `parts` equal parts of the time until `ends`."""
    now = time.monotonic()
    return now + (ends - now) / parts


def said(error: OSError) -> str:
    """What the system says of an error, in one line: `Connection refused`."""
    return os.strerror(error.errno) if error.errno else " ".join(str(error).split()) or type(error).__name__
