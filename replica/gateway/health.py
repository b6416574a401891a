"""What the gateway says of itself and of the services behind it: asked, not assumed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from replica import clock, release, switch
from replica.gateway.upstreams import UPSTREAMS, Upstream

VERSION = "2.4.0"
CACHE_SECONDS = 0.3
TIMEOUT = 1.5
GOOD = ("healthy", "ok")
CONSTANT = ("gateway-health-constant", "gateway-health-lies")


@dataclass
class Health:
    """Probes of all upstreams at once, kept for CACHE_SECONDS; times are in milliseconds."""

    client: httpx.AsyncClient
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    probed: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def body(self) -> dict[str, Any]:
        """The body of GET /health."""
        services = await self._services()
        healthy = all(service["status"] == "up" for service in services.values())
        if switch.is_on("gateway-health-200-degraded-text"):
            healthy = False
        if switch.is_on("gateway-component-disconnected"):
            services = {**services, "postgresql": {"status": "disconnected", "response_time_ms": 0.0}}
        return {
            "service": "api-gateway-multitenant" if switch.is_on("gateway-wrong-program") else "brain-gateway",
            "status": "healthy" if healthy else "degraded",
            "version": VERSION,
            "revision": release.current(),
            "timestamp": clock.now().isoformat(),
            "services": services,
        }

    async def _services(self) -> dict[str, dict[str, Any]]:
        claimed = [upstream for upstream in UPSTREAMS.values() if upstream.claimed]
        if any(map(switch.is_on, CONSTANT)):
            return {upstream.name: {"status": "up", "response_time_ms": 1.0} for upstream in claimed}
        async with self._lock:
            if time.monotonic() - self.probed >= CACHE_SECONDS:
                answers = await asyncio.gather(*map(self._probe, claimed))
                self.services = {upstream.name: answer for upstream, answer in zip(claimed, answers, strict=True)}
                self.probed = time.monotonic()
        return self.services

    async def _probe(self, upstream: Upstream) -> dict[str, Any]:
        started = time.monotonic()
        try:
            url, headers = upstream.url + upstream.health, {"host": upstream.host}
            answer = await self.client.get(url, headers=headers, timeout=TIMEOUT)
            up = answer.status_code == 200 and answer.json()["status"] in GOOD
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            up = False
        taken = round((time.monotonic() - started) * 1000, 1)
        return {"status": "up" if up else "down", "response_time_ms": taken}
