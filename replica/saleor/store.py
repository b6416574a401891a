"""What the shop holds: records as plain mappings under their GraphQL names, seeded at each start.

Every record carries `tenant`, which the schema does not know and so never leaves.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from replica import clock
from replica.saleor import ids
from replica.settings import TENANTS, Tenant

Record = dict[str, Any]

CURRENCY = {"bizoholic": "USD", "coreldove": "INR"}
WARES = {
    "bizoholic": (
        "Search audit", "Content calendar", "Landing page kit", "Brand guide", "Ad copy pack", "Keyword report",
        "Newsletter setup", "Conversion review", "Local listing kit", "Video storyboard", "Analytics setup",
        "Logo refresh",
    ),
    "coreldove": (
        "Walnut tray", "Linen runner", "Brass lamp", "Clay teapot", "Cotton throw", "Cane basket", "Copper tumbler",
        "Jute rug", "Oak shelf", "Silk cushion", "Marble board", "Teak stool",
    ),
}  # fmt: skip
CUSTOMERS = (("Asha", "Rao"), ("Ben", "Okafor"), ("Chloe", "Martin"))
NAMESPACE = uuid.UUID("5a1e0000-0000-4000-8000-000000000000")


@dataclass
class Store:
    """All records by their key, of all tenants."""

    channels: dict[str, Record] = field(default_factory=dict)
    products: dict[str, Record] = field(default_factory=dict)
    variants: dict[str, Record] = field(default_factory=dict)
    orders: dict[str, Record] = field(default_factory=dict)
    customers: dict[str, Record] = field(default_factory=dict)
    checkouts: dict[str, Record] = field(default_factory=dict)
    numbers: int = 0

    def next_number(self) -> str:
        """The number of the next order; numbers run over all tenants, as Saleor's do."""
        self.numbers += 1
        return str(self.numbers)


def now() -> str:
    """The time, as GraphQL's DateTime."""
    return clock.now().isoformat()


def money(amount: float, currency: str) -> Record:
    """A Money."""
    return {"amount": round(amount, 2), "currency": currency}


def taxed(amount: float, currency: str) -> Record:
    """A TaxedMoney without tax."""
    return {"currency": currency, "gross": money(amount, currency), "net": money(amount, currency)}


def metadata(pairs: list[Record] | None) -> list[Record]:
    """A list of MetadataItem from MetadataInput, the last of a key winning."""
    return [{"key": key, "value": value} for key, value in {p["key"]: p["value"] for p in pairs or []}.items()]


def new_order(store: Store, tenant: str, key: str, **given: Any) -> Record:
    """A new order of the tenant, stored under the key."""
    order = {
        "tenant": tenant,
        "id": ids.write("Order", key),
        "number": store.next_number(),
        "created": now(),
        "updatedAt": now(),
        "status": "UNFULFILLED",
        "user": None,
        "userEmail": "",
        "channel": store.channels[tenant],
        "shippingAddress": None,
        "billingAddress": None,
        "lines": [],
        "customerNote": "",
        "externalReference": None,
        "metadata": [],
        "checkoutId": None,
        "isPaid": False,
        **given,
    }
    order["total"] = taxed(
        sum(line["totalPrice"]["gross"]["amount"] for line in order["lines"]), store.channels[tenant]["currencyCode"]
    )
    store.orders[key] = order
    return order


def order_line(variant: Record, quantity: int) -> Record:
    """An OrderLine for so many of a variant."""
    currency, price = variant["currency"], variant["amount"]
    return {
        "id": ids.write("OrderLine", uuid.uuid4()),
        "productName": variant["product"]["name"],
        "variantName": variant["name"],
        "productSku": variant["sku"],
        "quantity": quantity,
        "unitPrice": taxed(price, currency),
        "totalPrice": taxed(price * quantity, currency),
    }


def seeded() -> Store:
    """A store with a channel, products, customers and orders for each tenant, a sentinel among each."""
    store = Store()
    for place, tenant in enumerate(TENANTS):
        channel = ids.write("Channel", place + 1)
        store.channels[tenant.id] = {
            "tenant": tenant.id,
            "id": channel,
            "slug": tenant.id,
            "name": tenant.id.title(),
            "isActive": True,
            "currencyCode": CURRENCY[tenant.brand],
        }
        _products(store, tenant, place)
        _customers(store, tenant, place)
        _orders(store, tenant)
    return store


def _products(store: Store, tenant: Tenant, place: int) -> None:
    wares = [(name, name.lower().replace(" ", "-")) for name in WARES[tenant.brand]]
    wares.append((f"Sentinel {tenant.sentinel}", tenant.sentinel))
    for number, (name, slug) in enumerate(wares, start=1 + 100 * place):
        amount, currency = 9.5 + 7 * (number % 100) + place * 240, CURRENCY[tenant.brand]
        variant = {
            "tenant": tenant.id,
            "id": ids.write("ProductVariant", number + 1000),
            "name": "Standard",
            "sku": f"{tenant.id[:3].upper()}-{number:04d}",
            "amount": amount,
            "currency": currency,
            "pricing": {"onSale": False, "price": taxed(amount, currency)},
            "quantityAvailable": 50,
        }
        product = {
            "tenant": tenant.id,
            "id": ids.write("Product", number),
            "name": name,
            "slug": slug,
            "channel": tenant.id,
            "created": now(),
            "updatedAt": now(),
            "externalReference": None,
            "isAvailable": True,
            "metadata": [],
            "pricing": {
                "onSale": False,
                "priceRange": {"start": taxed(amount, currency), "stop": taxed(amount, currency)},
            },
            "thumbnail": {"url": f"https://{tenant.host}/media/thumbnails/{slug}.webp", "alt": name},
            "variants": [variant],
            "defaultVariant": variant,
        }
        variant["product"] = product
        store.products[str(number)] = product
        store.variants[str(number + 1000)] = variant


def _customers(store: Store, tenant: Tenant, place: int) -> None:
    people = [(first, last, f"{first}.{last}.{tenant.id}@example.org".lower()) for first, last in CUSTOMERS]
    people.append(("Sentinel", tenant.sentinel, f"{tenant.sentinel}@example.org"))
    for number, (first, last, email) in enumerate(people, start=1 + 100 * place):
        store.customers[str(number)] = {
            "tenant": tenant.id,
            "id": ids.write("User", number),
            "email": email,
            "firstName": first,
            "lastName": last,
            "isActive": True,
        }


def _orders(store: Store, tenant: Tenant) -> None:
    customers = [customer for customer in store.customers.values() if customer["tenant"] == tenant.id]
    variants = [variant for variant in store.variants.values() if variant["tenant"] == tenant.id]
    for place, customer in enumerate(customers[:-1]):
        lines = [order_line(variants[place], 1), order_line(variants[place + 3], 2)]
        new_order(store, tenant.id, _key(tenant, place), user=customer, userEmail=customer["email"], lines=lines)
    planted = {
        "user": customers[-1],
        "userEmail": f"{tenant.sentinel}@example.org",
        "customerNote": f"Sentinel {tenant.sentinel}",
        "metadata": [{"key": "sentinel", "value": tenant.sentinel}],
        "lines": [order_line(variants[-1], 1)],
    }
    new_order(store, tenant.id, _key(tenant, 100), **planted)
    new_order(
        store, tenant.id, _key(tenant, 101), **planted, status="DRAFT", externalReference=f"draft-{tenant.sentinel}"
    )
    new_order(store, tenant.id, _key(tenant, 102), status="DRAFT", userEmail=f"second@{tenant.id}.example")


def _key(tenant: Tenant, number: int) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{tenant.id}/{number}"))
