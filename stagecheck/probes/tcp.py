"""The tcp probe: whether every address of a name accepts a connection."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from stagecheck.exchange import Exchange, Trouble, Troubled
from stagecheck.model import Step
from stagecheck.probes import dial

if TYPE_CHECKING:
    from stagecheck.probes.wire import Wire


def probe(step: Step, wire: Wire) -> Exchange:
    """Connect to each address of `step.base` (its port, or 443 and 80 by scheme).

    Facts: `addresses` (address -> `ok`, or what went wrong). The trouble is the first address's that failed.
    """
    with wire.crowd.turn(dial.origin(step.base), wire.ends(step)):
        return _probe(step, wire)


def _probe(step: Step, wire: Wire) -> Exchange:
    began = time.monotonic()
    ends = began + wire.timeout(step)
    origin = dial.origin(step.base)
    _, host, port = origin
    url = f"tcp://{host}:{port}"
    trouble: Trouble | None = None
    results: dict[str, str] = {}
    try:
        found = dial.addresses(wire.environment, host, port, ends)
    except Troubled as troubled:
        return Exchange(step, url, trouble=troubled.trouble, seconds=time.monotonic() - began)
    for at, address in enumerate(found):
        try:
            share = dial.share(ends, len(found) - at)
            with wire.place(origin, share):
                dial.connect(address, share).close()
        except Troubled as troubled:
            results[address[0]] = troubled.trouble.detail
            trouble = trouble or troubled.trouble
        else:
            results[address[0]] = "ok"
    return Exchange(step, url, trouble=trouble, seconds=time.monotonic() - began, facts={"addresses": results})
