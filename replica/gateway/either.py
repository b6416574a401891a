"""How the gateway speaks with what is behind it: in HTTP/1.1, or in HTTP/2 while the trap is on."""

from __future__ import annotations

import httpx

from replica import switch


class Either(httpx.AsyncBaseTransport):
    """Both ways, each with its own connections."""

    def __init__(self, limits: httpx.Limits) -> None:
        self._first = httpx.AsyncHTTPTransport(trust_env=False, limits=limits)
        self._second = httpx.AsyncHTTPTransport(trust_env=False, limits=limits, http1=False, http2=True)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        way = self._second if switch.is_on("http-2") else self._first
        return await way.handle_async_request(request)

    async def aclose(self) -> None:
        await self._first.aclose()
        await self._second.aclose()
