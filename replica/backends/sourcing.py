"""Amazon product sourcing: a search among products whose ASINs were validated. Nothing here orders."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI, HTTPException

from replica import switch
from replica.backends.caller import tenant
from replica.backends.store import Row, Store

STORE = Store("amazon-sourcing", "amazon-sourcing")
PRODUCTS = (
    ("B07Q2PSK4H", "Yoga mat, 6 mm", 18.9),
    ("B08K3VNYTD", "Steel water bottle, 1 l", 14.5),
    ("B09W7LQ2ZC", "Bluetooth speaker", 39.0),
    ("B0B5R8M1XJ", "Desk lamp", 27.4),
    ("B0C6T4F9PK", "Resistance bands, set of five", 11.2),
)
PLACEHOLDERS = [{"asin": f"B00000000{n}", "title": f"Sample Product {n}", "price": 9.99} for n in (1, 2)]


def build() -> FastAPI:
    """The ASGI app; what it holds is seeded anew with it."""
    STORE.create("products", ("asin", "title", "price"), PRODUCTS)
    app = STORE.app()

    @app.get("/api/v1/products/search", dependencies=[Depends(tenant)])
    async def search(q: str = "") -> dict[str, Any]:
        if switch.is_on("amazon-sourcing-refused"):
            raise HTTPException(503, "the product API refuses our key")
        if switch.is_on("amazon-sourcing-placeholders"):
            return _told([dict(one) for one in PLACEHOLDERS], validated=False)
        wanted = "" if switch.is_on("amazon-sourcing-search-ignored") else q
        return _told(STORE.rows("SELECT * FROM products WHERE title LIKE ? ORDER BY asin", f"%{wanted}%"))

    return app


def _told(found: list[Row], validated: bool = True) -> dict[str, Any]:
    return {"total": len(found), "products": [{**one, "validated": validated} for one in found]}
