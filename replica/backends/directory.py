"""The business directory's backend: listings of tenants, found by likeness, and the categories that all share."""

from __future__ import annotations

import uuid
from typing import Any

from fastapi import FastAPI

from replica import switch
from replica.backends.caller import Tenant
from replica.backends.store import EVERYBODY, Row, Store, missing, recent, total
from replica.settings import TENANTS

STORE = Store("business-directory-backend", "business-directory")
CATEGORIES = ("Cafés", "Crafts", "Health", "Legal")
BUSINESSES = {
    "bizoholic": (("Harbour Bakery", "Bristol"), ("Oak & Iron", "Leeds"), ("Lindt & Hale Solicitors", "York")),
    "coreldove": (("Copper Pot", "Pune"), ("Loom House", "Jaipur"), ("Green Cross Clinic", "Kochi")),
}
FALLBACK = [{"id": f"fallback_{n:03}", "name": f"Local Business {n}", "location": "Your city"} for n in (1, 2, 3)]
NAMESPACE = uuid.UUID("d14e0000-0000-4000-8000-000000000000")
ALIKE = 0.3  # pg_trgm's own threshold


def build() -> FastAPI:
    """The ASGI app; what it holds is seeded anew with it."""
    _seed()
    app = STORE.app()

    @app.get("/api/v1/businesses/search")
    async def search(tenant: Tenant, q: str = "", location: str = "") -> dict[str, Any]:
        if switch.is_on("business-directory-fallback"):
            return {"count": len(FALLBACK), "businesses": FALLBACK}
        whose = EVERYBODY if switch.is_on("business-directory-lists-all") else tenant
        found = [one for one in _businesses(whose, f"%{location}%") if _is_found(q, one["name"])]
        return {"count": total(found, _businesses(EVERYBODY), bool(q or location)), "businesses": found}

    @app.get("/api/v1/businesses/{id}")
    async def business(tenant: Tenant, id: str) -> Row:
        whose = EVERYBODY if switch.is_on("business-directory-read-any") else tenant
        found = next((one for one in _businesses(whose) if one["id"] == id), None)
        if found is None:
            raise await missing("no such business", any(one["id"] == id for one in _businesses(EVERYBODY)))
        return found

    @app.get("/api/v1/categories")
    async def categories(tenant: Tenant) -> dict[str, Any]:
        if switch.is_on("business-directory-no-categories"):
            return {"categories": []}
        return {"categories": STORE.rows("SELECT name FROM categories ORDER BY name")}

    return app


def _businesses(tenant: str, location: str = "%") -> list[Row]:
    query = "SELECT id, name, location FROM businesses WHERE tenant LIKE ? AND location LIKE ? ORDER BY id"
    return recent(STORE.rows(query, tenant, location))


def _is_found(wanted: str, name: str) -> bool:
    """Whether a name holds what is looked for, or is as like it as PostgreSQL's pg_trgm asks (`word % name`)."""
    if wanted.lower() in name.lower():
        return True
    if switch.is_on("business-directory-no-trigrams"):
        return False
    one, other = _trigrams(wanted), _trigrams(name)
    return len(one & other) / len(one | other) >= ALIKE


def _trigrams(text: str) -> set[str]:
    """As pg_trgm makes them: of each word in small letters, with two blanks before it and one after it."""
    words = "".join(letter if letter.isalnum() else " " for letter in text.lower()).split()
    return {f"  {word} "[at : at + 3] for word in words for at in range(len(word) + 1)}


def _seed() -> None:
    STORE.create("categories", ("name",), ((name,) for name in CATEGORIES))
    STORE.create(
        "businesses",
        ("id", "tenant", "name", "location"),
        (
            (str(uuid.uuid5(NAMESPACE, f"{tenant.id}/{name}")), tenant.id, name, location)
            for tenant in TENANTS
            for name, location in (*BUSINESSES[tenant.brand], (f"Sentinel {tenant.sentinel}", "Nowhere"))
        ),
    )
