"""The edge's listeners: HTTPS, which chooses the certificate by the TLS server name, and plain HTTP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

from replica import authority, settings, switch
from replica.authority import Authority
from replica.harmless import harmless
from replica.serving import IPV6_ONLY, HttpPart
from replica.storefront.app import build_http, build_https
from replica.storefront.brands import BRANDS, named

CORELDOVE = named("coreldove").host
BAD_CERTIFICATES: dict[str, Callable[[Authority], ssl.SSLContext]] = {
    "coreldove-cert-expired": lambda ca: ca.good(CORELDOVE, days=-3),
    "coreldove-cert-expires-soon": lambda ca: ca.good(CORELDOVE, days=5),
    "coreldove-cert-other-name": lambda ca: ca.good("www.coreldove.com"),
    "coreldove-cert-unknown-ca": lambda ca: ca.of_stranger(CORELDOVE),
    "coreldove-chain-incomplete": lambda ca: ca.without_intermediate(CORELDOVE),
    "coreldove-no-certificate": lambda ca: authority.default_certificate(),
}
STALLS, OLD, ONE_FOR_ALL = "edge-handshake-stalls", "edge-old-tls", "edge-default-vhost"
CA_FILE = "ca.pem"


class HttpsPart(HttpPart):
    """HTTPS with a certificate for each brand. An unknown server name, or none, gets the edge's default certificate.

    Its mode is the faults of the edge that are on, as each changes what a new connection meets: the listener opens
    anew, and kept connections are dropped.
    """

    def __init__(self, port: int) -> None:
        super().__init__("https", port, harmless("https", build_https()), down="edge-down", public=True)
        self._authority = Authority()
        (Path(settings.load().state) / CA_FILE).write_bytes(self._authority.root_pem)
        self._stalled: set[_Silent] = set()

    def mode(self) -> str:
        if super().mode() == "down":
            return "down"
        return " ".join(sorted(switch.active() & {IPV6_ONLY, STALLS, OLD, ONE_FOR_ALL, *BAD_CERTIFICATES})) or "up"

    def tls(self, mode: str) -> ssl.SSLContext | None:
        faults = mode.split()
        served = {brand.host: self._authority.good(brand.host) for brand in BRANDS}
        for name in BAD_CERTIFICATES.keys() & set(faults):
            served[CORELDOVE] = BAD_CERTIFICATES[name](self._authority)
        first = authority.default_certificate()
        if ONE_FOR_ALL in faults:
            first, served = served[BRANDS[0].host], {}

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            connection.context = served.get((name or "").lower(), first)

        # The protocol is agreed before the name is looked at, so it belongs to the context that listens.
        listening = authority.old_protocol(first) if OLD in faults else first
        if OLD in faults:
            served = {host: authority.old_protocol(context) for host, context in served.items()}
        listening.sni_callback = choose
        return listening

    async def open(self, mode: str) -> None:
        if STALLS not in mode.split():
            await super().open(mode)
            return
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: _Silent(self._stalled), sock=self.listening(mode))

    async def close(self) -> None:
        await super().close()
        for silent in list(self._stalled):
            silent.transport.abort()


class _Silent(asyncio.Protocol):
    """Accepts, and says nothing."""

    def __init__(self, open: set[_Silent]) -> None:
        self._open = open

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)


def https_part(port: int) -> HttpsPart:
    """The HTTPS listener; writes the root certificate into the state folder."""
    return HttpsPart(port)


def http_part(port: int) -> HttpPart:
    """The plain HTTP listener."""
    return HttpPart("http", port, harmless("http", build_http()), down="edge-http-down", public=True)
