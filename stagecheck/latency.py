"""How long the answers of each service took over the run, against what its target promises."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stagecheck.record import Record, measured

# Below so many answers the 95th percentile is the slowest of them, and one hiccup would hold a deploy.
FEWEST = 20


@dataclass(frozen=True)
class Latency:
    """`p95` in seconds of a service's `answers`; `limit` is its target's `p95`, None where it sets none."""

    service: str
    answers: int
    p95: float
    limit: float | None = None

    @property
    def measured(self) -> bool:
        """Whether so many answers came that the limit can be judged."""
        return self.answers >= FEWEST

    @property
    def slow(self) -> bool:
        """Whether the limit is broken."""
        return self.limit is not None and self.measured and self.p95 > self.limit

    def __str__(self) -> str:
        """`saleor 0.142 s of 61 answers, at most 1.5 s`."""
        most = "" if self.limit is None else f", at most {self.limit:g} s"
        return f"{self.service} {self.p95:.3f} s of {self.answers} answers{most}"


def of(records: Iterable[Record], limits: Mapping[str, float]) -> tuple[Latency, ...]:
    """The latency of each service that gave an HTTP answer, and of each that has a limit, by name.

    Every try counts, also one that was tried again; what a check asks beyond a limiter's bound on purpose does not.
    """
    took: dict[str, list[float]] = defaultdict(list, {service: [] for service in limits})
    for exchange in measured(records):
        took[exchange["service"]] += [one["seconds"] for one in exchange["attempts"] if one["status"] is not None]
    return tuple(
        Latency(service, len(seconds), percentile(seconds), limits.get(service))
        for service, seconds in sorted(took.items())
        if seconds or service in limits
    )


def percentile(seconds: Sequence[float], share: float = 0.95) -> float:
    """The smallest value that at least `share` of all do not exceed (nearest rank); 0 of none."""
    return sorted(seconds)[math.ceil(share * len(seconds)) - 1] if seconds else 0.0
