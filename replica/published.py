"""Ports of the public host at which nobody may listen, and an inner service does under a fault."""

from __future__ import annotations

from replica import switch
from replica.serving import HttpPart

# Which port of the public host is whose, and the fault under which it is open there.
VAULT, SHOP = "published-vault", "published-shop"
PORTS = {VAULT: 8200, SHOP: 8005}
FAULTS = {VAULT: "edge-vault-published", SHOP: "edge-backend-published"}


class PublishedPart(HttpPart):
    """An inner service on the public host; there only while its fault is on."""

    def mode(self) -> str:
        return "up" if switch.is_on(FAULTS[self.name]) else "down"


def vault(port: int) -> PublishedPart:
    """Vault on that port."""
    from replica import inner  # here, since the supervisor needs the ports alone

    return PublishedPart(VAULT, port, inner.vault())


def shop(port: int) -> PublishedPart:
    """CorelDove's shop backend on that port."""
    from replica.backends import goods

    return PublishedPart(SHOP, port, goods.build())
