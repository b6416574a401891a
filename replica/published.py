"""A port of the public host at which nobody may listen, and Vault does under a fault."""

from __future__ import annotations

from replica import inner, switch
from replica.serving import HttpPart

FAULT = "edge-vault-published"


class PublishedPart(HttpPart):
    """Vault on the public host; there only while the fault is on."""

    def mode(self) -> str:
        return "up" if switch.is_on(FAULT) else "down"


def part(port: int) -> PublishedPart:
    """The part on that port."""
    return PublishedPart("published", port, inner.vault())
