"""The interleaved probe against a server that knows its callers, or takes one for another."""

from __future__ import annotations

import json
import time
from typing import Any

from selftest.speaker import SENTINEL, Asked, closed_port, reply, speaking, wired
from stagecheck.model import Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES

ZETA = "sentinel-zeta-1e97c05da3b84f62"
TENANTS = [
    {"id": "acme", "host": "www.acme.test", "sentinel": SENTINEL, "token": "ACME_TOKEN"},
    {"id": "zeta", "host": "www.zeta.test", "sentinel": ZETA, "token": "ZETA_TOKEN"},
]
VARIABLES = {"ACME_TOKEN": "token-of-acme", "ZETA_TOKEN": "token-of-zeta"}
STEP = Step("s", base="http://gateway.test:8001", probe="interleaved", beside=("acme", "zeta"))
SENTINELS = {"Bearer token-of-acme": SENTINEL, "Bearer token-of-zeta": ZETA}


def asked(say: Any, interleaved: int = 20) -> tuple[Any, list[Asked]]:
    budgets = {"requests_per_minute": 6000, "interleaved": interleaved, "connections": 5, "timeout": 5, "attempts": 1}
    with speaking(say) as server, wired(server, VARIABLES, tenants=TENANTS, budgets=budgets) as wire:
        return PROBES["interleaved"](STEP, wire), server.asked


def listed(sentinel: str) -> bytes:
    return reply(body=json.dumps({"results": [{"name": sentinel}]}).encode(), content_type="application/json")


def test_each_tenant_asks_half_at_the_same_time_over_few_connections() -> None:
    sockets: set[Any] = set()
    inside: list[str] = []
    together: set[tuple[str, ...]] = set()

    def say(request: Asked, connection: Any) -> bytes:
        sockets.add(connection)
        who = request.header("authorization") or ""
        inside.append(who)
        time.sleep(0.01)
        together.add(tuple(sorted(set(inside))))
        inside.remove(who)
        return listed(SENTINELS[who])

    exchange, requests = asked(say)

    assert exchange.facts == {
        "asked": 20,
        "answered": {"acme": 10, "zeta": 10},
        "held": {"acme": {"acme": 10}, "zeta": {"zeta": 10}},
        "otherwise": {},
    }
    assert (exchange.trouble, exchange.status, len(requests)) == (None, None, 20)
    assert tuple(sorted(SENTINELS)) in together
    assert len(sockets) <= 4


def test_answers_that_are_mixed_up_are_counted() -> None:
    exchange, _ = asked(lambda request, _: listed(SENTINEL))

    assert exchange.facts["held"] == {"acme": {"acme": 10}, "zeta": {"acme": 10}}


def test_what_is_not_answered_is_not_counted() -> None:
    exchange, _ = asked(
        lambda request, _: reply(500) if "zeta" in str(request.header("authorization")) else listed(SENTINEL)
    )

    assert (exchange.facts["answered"], exchange.facts["otherwise"]) == ({"acme": 10}, {"500": 10})
    assert exchange.trouble is None


def test_when_nobody_is_there_the_trouble_is_told() -> None:
    budgets = {"interleaved": 4, "attempts": 1, "timeout": 2}
    connect = {"gateway.test:8001": f"127.0.0.1:{closed_port()}"}
    with wired(variables=VARIABLES, tenants=TENANTS, budgets=budgets, connect=connect) as wire:
        exchange = PROBES["interleaved"](STEP, wire)

    assert exchange.trouble is not None
    assert exchange.facts == {"asked": 4, "answered": {}, "held": {}, "otherwise": {exchange.trouble.detail: 4}}
    assert exchange.trouble.reason is Reason.CONNECT
