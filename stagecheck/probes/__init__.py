"""The ways of asking: one probe a file, all with one signature, and the one map of them."""

from __future__ import annotations

from collections.abc import Callable

from stagecheck.exchange import Exchange
from stagecheck.model import Step
from stagecheck.probes import dns, grpc, http, interleaved, postgres, redis, tcp
from stagecheck.probes.wire import Wire

Probe = Callable[[Step, Wire], Exchange]


def _tls(step: Step, wire: Wire) -> Exchange:
    from stagecheck.probes import tls  # its library is heavy, and most runs look at no certificate

    return tls.probe(step, wire)


def _browser(step: Step, wire: Wire) -> Exchange:
    from stagecheck.probes import browser  # as heavy, and an extra

    return browser.probe(step, wire)


PROBES: dict[str, Probe] = {
    "http": http.probe,
    "dns": dns.probe,
    "grpc": grpc.probe,
    "postgres": postgres.probe,
    "redis": redis.probe,
    "tcp": tcp.probe,
    "tls": _tls,
    "browser": _browser,
    "interleaved": interleaved.probe,
}
