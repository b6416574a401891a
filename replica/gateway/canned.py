"""Answers that nobody was asked for: the literals that this platform's gateways are known to serve."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from functools import cache
from typing import Any

from joserfc.jwk import KeySet, RSAKey

_WARES = (
    ("Yoga mat, 6 mm", 899.0),
    ("Steel water bottle", 649.0),
    ("Bluetooth speaker", 1799.0),
    ("Desk lamp", 1249.0),
    ("Resistance bands", 499.0),
)


def _products(ids: list[str], source: str) -> dict[str, Any]:
    products = [
        {
            "id": id,
            "name": name,
            "slug": name.lower().replace(",", "").replace(" ", "-"),
            "price": {"amount": amount, "currency": "INR"},
            "thumbnail": None,
        }
        for id, (name, amount) in zip(ids, _WARES, strict=False)
    ]
    return {"products": products, "total_count": len(products), "source": source}


def amazon_products() -> dict[str, Any]:
    """Ids and a source that show at once that no Saleor was asked."""
    return _products([f"amz_B0{n:08d}" for n in range(71, 76)], "amazon_product_sourcing")


def labelled_products() -> dict[str, Any]:
    """The same, dressed up as Saleor's."""
    ids = [base64.b64encode(f"Product:{n}".encode()).decode() for n in range(72, 77)]
    return _products(ids, "saleor")


def fallback_products() -> dict[str, Any]:
    """What is served in place of an error."""
    return _products(["fallback-1", "fallback-2"], "fallback")


def pages() -> dict[str, Any]:
    """A page list in Wagtail's own shape."""
    titles = {"home_001": "Home", "page_001": "About us", "page_002": "Services", "page_003": "Contact"}
    items = [{"id": id, "title": title, "meta": _meta(id)} for id, title in titles.items()]
    return {"meta": {"total_count": len(items)}, "items": items, "timestamp": datetime.now(UTC).isoformat()}


def page() -> dict[str, Any]:
    """The one page that answers to every id."""
    return {"id": "page_001", "title": "About us", "meta": _meta("page_001")}


def _meta(slug: str) -> dict[str, str]:
    return {"type": "cms.StandardPage", "slug": slug, "detail_url": f"/api/v2/pages/{slug}/"}


def leads() -> dict[str, Any]:
    """A lead list in the CRM's own shape."""
    results = [lead(f"lead_{n:03d}") for n in range(1, 4)]
    return {"count": len(results), "next": None, "previous": None, "results": results}


def lead(id: str) -> dict[str, Any]:
    """The lead that answers to every id."""
    return {
        "id": id,
        "name": "John Smith",
        "email": "john@company.com",
        "phone": "",
        "company": "Company",
        "company_size": "11-50",
        "budget": "10000-25000",
        "services": ["seo"],
        "website": "",
        "message": "",
        "status": "qualified",
        "score": 85,
        "created_at": "2024-01-15T10:30:00Z",
    }


@cache
def keys() -> dict[str, Any]:
    """Public keys that sign nothing any more."""
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"})
    key.ensure_kid()
    return dict(KeySet([key]).as_dict(private=False))
