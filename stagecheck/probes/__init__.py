"""The ways of asking: one probe a file, all with one signature, and the one map of them."""

from __future__ import annotations

from collections.abc import Callable

from stagecheck.exchange import Exchange
from stagecheck.model import Step
from stagecheck.probes import dns, http, interleaved, postgres, redis, tcp, tls
from stagecheck.probes.wire import Wire

Probe = Callable[[Step, Wire], Exchange]

PROBES: dict[str, Probe] = {
    "http": http.probe,
    "dns": dns.probe,
    "postgres": postgres.probe,
    "redis": redis.probe,
    "tcp": tcp.probe,
    "tls": tls.probe,
    "interleaved": interleaved.probe,
}
