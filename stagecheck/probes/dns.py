"""The dns probe: whether the name has addresses, and by which names the way to them goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from stagecheck.exchange import Exchange, Trouble, Troubled
from stagecheck.model import Step
from stagecheck.outcome import Reason
from stagecheck.probes import dial, names

if TYPE_CHECKING:
    from stagecheck.probes.wire import Wire


def probe(step: Step, wire: Wire) -> Exchange:
    """Look up the host of `step.base`; facts: `addresses`, `names` (the asked name, then its CNAMEs)."""
    began = time.monotonic()
    host = dial.origin(step.base)[1]
    url = f"dns://{host}"
    environment = wire.environment
    if environment.only_connect and not environment.resolver:
        closed = "this environment has a closed connect table and no resolver, so no name is looked up"
        return Exchange(step, url, trouble=Trouble(Reason.DNS, f"{host}: {closed}"))
    try:
        found = names.ask(host, environment.resolver, began + wire.timeout(step))
    except Troubled as troubled:
        return Exchange(step, url, trouble=troubled.trouble, seconds=time.monotonic() - began)
    facts = {"addresses": list(found.addresses), "names": list(found.names)}
    return Exchange(step, url, seconds=time.monotonic() - began, facts=facts)
