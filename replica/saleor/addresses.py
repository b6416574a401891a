"""An address, from what a client gave of it."""

from __future__ import annotations

from replica.saleor.store import Record

FIELDS = (
    "firstName", "lastName", "companyName", "streetAddress1", "streetAddress2", "city", "postalCode", "countryArea",
)  # fmt: skip


def address(given: Record) -> Record:
    """An Address; what was not given is an empty string."""
    return {**{name: given.get(name) or "" for name in FIELDS}, "phone": given.get("phone")}
