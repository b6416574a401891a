"""`--shard K/N`: the part of a plan that one of several machines asks. Each check is in just one shard."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from stagecheck import plan as plans
from stagecheck import ready, record
from stagecheck.errors import BadInput
from stagecheck.model import Environment
from stagecheck.plan import Check, Plan
from stagecheck.record import Record

_SHAPE = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})", re.ASCII)


@dataclass(frozen=True)
class Shard:
    """The `number`-th of `of` shards, counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        """`shard 2/3`."""
        return f"shard {self.number}/{self.of}"

    @property
    def file(self) -> str:
        """The name of its verdict."""
        return f"verdict-{self.number}-of-{self.of}.json"


def read(given: str | None) -> Shard | None:
    """What `--shard` says; None where it says nothing. Raises BadInput."""
    if given is None:
        return None
    found = _SHAPE.fullmatch(given)
    if found is None or int(found[1]) > int(found[2]):
        raise BadInput(f"--shard: expected K/N with K from 1 to N, such as 2/3, got {given!r}")
    return Shard(int(found[1]), int(found[2]))


def planned(plan: Plan, shard: Shard | None) -> Plan:
    """That shard's part of a plan, with a digest of its own; raises BadInput for more shards than there are parts.

    Services and their resources stay together, since their checks stand on the same roots; the largest go first, each
    to the shard that has the least. What a run waits for belongs to every shard: each waits by itself. What is judged
    over all checks together, `merge` judges: latency and steadiness have no limit here.
    """
    if shard is None:
        return plan
    sizes = Counter(_group(check) for check in plan.checks if not ready.is_ready(check))
    if shard.of > len(sizes):
        raise BadInput(f"--shard {shard.number}/{shard.of}: this plan has {len(sizes)} parts to share, and not more")
    mine = _dealt(sizes, shard)
    own = tuple(check for check in plan.checks if ready.is_ready(check) or _group(check) in mine)
    return Plan(own, plan.left_out, plans.digest_of(own, {}), flaky=1.0, part_of=plan)


def budgeted(environment: Environment, shard: Shard | None) -> Environment:
    """The environment with that shard's part of the requests a minute: a platform's limiter counts all shards together.

    Never fewer than one. Connections are not shared out, since no limiter counts them.
    """
    if shard is None:
        return environment
    each = max(environment.budgets.requests_per_minute // shard.of, 1)
    budgets = environment.budgets.model_copy(update={"requests_per_minute": each})
    return environment.model_copy(update={"budgets": budgets})


def _group(check: Check) -> tuple[str, str]:
    return check.service, check.resource.id if check.resource is not None else ""


def _dealt(sizes: Counter[tuple[str, str]], shard: Shard) -> set[tuple[str, str]]:
    held = [0] * shard.of
    mine = set()
    for group, size in sorted(sizes.items(), key=lambda one: (-one[1], one[0])):
        emptiest = held.index(min(held))
        held[emptiest] += size
        if emptiest == shard.number - 1:
            mine.add(group)
    return mine


def asked(plan: Plan, records: Iterable[Record]) -> list[dict[str, Any]]:
    """What latency and steadiness are made of: every try of each question that counts, for `merge` to judge.

    `request` only tells questions apart; `eventually` marks those whose first tries may fail.
    """
    persistent = {check.id for check in plan.checks if check.entry is not None and check.entry.eventually is not None}
    found: dict[tuple[str, str, bool], list[dict[str, Any]]] = defaultdict(list)
    for one in records:
        for exchange in record.measured([one]):
            request = sha256(exchange["request"].encode()).hexdigest()[:16]
            found[exchange["service"], request, one["id"] in persistent] += exchange["attempts"]
    return [
        {"service": service, "request": request, "eventually": waits, "attempts": attempts}
        for (service, request, waits), attempts in found.items()
    ]
