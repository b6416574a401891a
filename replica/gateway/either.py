"""How the gateway speaks with what is behind it: in HTTP/1.1, or in HTTP/2 while the trap is on."""

from __future__ import annotations

import ssl

import httpx

from replica import switch


class Either(httpx.AsyncBaseTransport):
    """Both ways, each service with its own connections: a pool looks at all that it has for each request."""

    def __init__(self, limits: httpx.Limits) -> None:
        self._limits = limits
        self._tls = ssl.create_default_context()  # made once: it takes as long as many requests
        self._ways: dict[tuple[str, bool], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        second = switch.is_on("http-2")
        way = (f"{request.url.scheme}://{request.url.netloc.decode()}", second)
        if way not in self._ways:
            self._ways[way] = httpx.AsyncHTTPTransport(
                verify=self._tls, trust_env=False, limits=self._limits, http1=not second, http2=second
            )
        return await self._ways[way].handle_async_request(request)

    async def aclose(self) -> None:
        for way in self._ways.values():
            await way.aclose()
