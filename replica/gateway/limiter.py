"""How much a tenant may ask of a service: a token bucket for each pair."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from replica import switch

LIMITED_PER_MINUTE = 100


@dataclass(frozen=True)
class Allowance:
    """What the limiter says: the limit a minute, what is left of it, and the seconds to wait (0: go on)."""

    limit: int
    remaining: int
    wait: int

    @property
    def headers(self) -> dict[str, str]:
        """The RateLimit-* headers, and Retry-After in seconds when there is a wait."""
        told = {"ratelimit-limit": str(self.limit), "ratelimit-remaining": str(self.remaining)}
        if self.wait and not switch.is_on("gateway-limit-no-retry-after"):
            told["retry-after"] = str(self.wait)
        return told


@dataclass
class Limiter:
    """Buckets that hold a minute's worth and fill steadily."""

    per_minute: int
    buckets: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def take(self, tenant: str, service: str) -> Allowance:
        """Take one request of the tenant's allowance for the service, if there is one."""
        limit = LIMITED_PER_MINUTE if service == "limited" else self.per_minute
        if switch.is_on("gateway-no-limit"):
            return Allowance(limit, limit, 0)
        key = ("" if switch.is_on("gateway-limit-shared") else tenant, service)
        now = time.monotonic()
        level, since = self.buckets.get(key, (float(limit), now))
        level = min(limit, level + (now - since) * limit / 60)
        if level < 1:
            self.buckets[key] = (level, now)
            return Allowance(limit, 0, max(1, math.ceil((1 - level) * 60 / limit)))
        self.buckets[key] = (level - 1, now)
        return Allowance(limit, int(level - 1), 0)
