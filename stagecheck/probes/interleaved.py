"""The interleaved probe: one question asked again and again as several tenants at once, over kept connections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from stagecheck.exchange import Exchange
from stagecheck.model import Identity, Step
from stagecheck.probes import http

if TYPE_CHECKING:
    from stagecheck.probes.wire import Wire


def probe(step: Step, wire: Wire) -> Exchange:
    """Ask the step as each of `step.beside` at once, `budgets.interleaved` times in all.

    No tenant takes more than a minute's budget. Each has its even share of the connections that this process may keep,
    so that none waits for another's. Facts: `asked` in all; by tenant, `answered`, the answers of 200 that came whole,
    and `held`, in how many of these the sentinel of which tenant stood; `otherwise`, what came in place of such an
    answer, and how often. Where none came, the exchange has the first trouble.
    """
    budgets = wire.environment.budgets
    times = min(budgets.interleaved // len(step.beside), budgets.requests_per_minute)
    at_once = max((wire.crowd.idle_per_origin - 1) // len(step.beside), 1)
    wire.hang_up()  # what this process keeps open for others, who would wait for what is kept here
    try:
        exchanges = _asked(step, times, at_once, wire)
    finally:
        wire.hang_up()
    whole = [one for one in exchanges if one.status == 200 and one.trouble is None]
    facts = {"asked": len(exchanges), **_counted(whole, wire), "otherwise": _otherwise(exchanges)}
    troubles = [one.trouble for one in exchanges if one.trouble is not None]
    seconds = sum(one.seconds for one in exchanges)
    url = http.address(step, wire.environment.gateway)
    return Exchange(step, url, seconds=seconds, trouble=None if whole else next(iter(troubles), None), facts=facts)


def _asked(step: Step, times: int, at_once: int, wire: Wire) -> list[Exchange]:
    with ExitStack() as stack:
        asking = []
        for tenant in step.beside:
            pool = stack.enter_context(ThreadPoolExecutor(at_once))
            one = replace(step, probe="http", identity=Identity(tenant))
            asking += [pool.submit(_once, one, wire) for _ in range(times)]
        return [answer.result() for answer in asking]


def _once(step: Step, wire: Wire) -> Exchange:
    try:
        return http.probe(step, wire)
    finally:
        wire.crowd.close()


def _otherwise(exchanges: Iterable[Exchange]) -> dict[str, int]:
    found = (one.trouble.detail if one.trouble else one.status for one in exchanges)
    return {what: count for what, count in Counter(map(str, found)).items() if what != "200"}


def _counted(exchanges: Iterable[Exchange], wire: Wire) -> dict[str, dict[str, object]]:
    answered: Counter[str] = Counter()
    held: dict[str, Counter[str]] = {}
    for exchange in exchanges:
        who = exchange.step.identity.tenant
        answered[who] += 1
        for tenant in wire.environment.tenants:
            if tenant.sentinel in exchange.text:
                held.setdefault(who, Counter())[tenant.id] += 1
    return {"answered": dict(answered), "held": {who: dict(counts) for who, counts in held.items()}}
