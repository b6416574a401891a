"""What may be read: a tenant's own products, orders, customers and checkouts."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Sized
from typing import Any

from ariadne import ObjectType, QueryType
from graphql import GraphQLError, GraphQLResolveInfo

from replica import switch
from replica.saleor import ids
from replica.saleor.store import Record, Store

LARGEST_PAGE = 100
SLOW_SECONDS = 2.5
DENIED_LATE = 0.2  # seconds

query = QueryType()
user = ObjectType("User")


class PermissionDenied(GraphQLError):
    """Saleor's refusal of what the caller may not see."""


def tenant_of(info: GraphQLResolveInfo, permission: str) -> str:
    """The caller's tenant; raises PermissionDenied for an anonymous caller."""
    tenant: str = info.context["tenant"]
    if not tenant:
        raise PermissionDenied(f"To access this path, you need one of the following permissions: {permission}")
    return tenant


def key_of(text: str, type: str) -> str:
    """The key in a global id, or a GraphQL error as Saleor gives."""
    try:
        return ids.read(text, type)
    except ids.BadId as error:
        raise GraphQLError(str(error)) from None


def connection(records: list[Record], field: str, first: int | None, after: str | None) -> Record:
    """A page of records as Relay has it; `first` is due and at most LARGEST_PAGE."""
    if first is None:
        raise GraphQLError(f"You must provide a `first` or `last` value to properly paginate the `{field}` connection.")
    if first > LARGEST_PAGE:
        raise GraphQLError(
            f"Requesting {first} records on the `{field}` connection exceeds the limit of {LARGEST_PAGE} records."
        )
    if first <= 0:
        raise GraphQLError(f"`first` on the `{field}` connection must be positive.")
    start = _place(after) + 1 if after else 0
    page = records[start : start + first]
    edges = [{"node": record, "cursor": _cursor(start + place)} for place, record in enumerate(page)]
    info = {
        "hasNextPage": start + len(page) < len(records),
        "hasPreviousPage": start > 0,
        "startCursor": edges[0]["cursor"] if edges else None,
        "endCursor": edges[-1]["cursor"] if edges else None,
    }
    return {"totalCount": len(records), "edges": edges, "pageInfo": info}


def counted(page: Record, all_records: Sized, narrowed: bool) -> Record:
    """The page; with the number of all tenants' records under a fault, where nothing narrows the list."""
    if not narrowed and switch.is_on("saleor-filters-late"):
        page["totalCount"] = len(all_records)
    return page


async def denied(info: GraphQLResolveInfo, asked: Record | None) -> None:
    """No record, under faults told otherwise, or later, where another tenant has what was asked for."""
    if asked is not None and switch.is_on("saleor-looks-first"):
        info.context["told"]["denied"] = "a record of another channel"
    if asked is not None and switch.is_on("saleor-filters-late"):
        await asyncio.sleep(DENIED_LATE)


def _cursor(place: int) -> str:
    return base64.b64encode(f'["{place:06d}"]'.encode()).decode()


def _place(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor, validate=True).decode().strip('[]"'))
    except (binascii.Error, ValueError):
        raise GraphQLError("Received cursor is invalid.") from None


def _matches(text: str | None, *values: str | None) -> bool:
    return not text or any(text.lower() in value.lower() for value in values if value)


def _has_metadata(record: Record, wanted: list[Record] | None) -> bool:
    held = {item["key"]: item["value"] for item in record["metadata"]}
    return all(item["key"] in held and item.get("value") in (None, held[item["key"]]) for item in wanted or [])


@query.field("shop")
def shop(_: Any, info: GraphQLResolveInfo) -> Record:
    if switch.is_on("saleor-shop-unknown"):
        raise GraphQLError("Site matching query does not exist.")
    return {"id": ids.write("Shop", 1), "name": "Shop", "version": "3.20.0"}


@query.field("channels")
def channels(_: Any, info: GraphQLResolveInfo) -> list[Record]:
    tenant = tenant_of(info, "AUTHENTICATED_APP, AUTHENTICATED_STAFF_USER")
    return [info.context["store"].channels[tenant]]


@query.field("channel")
def channel(_: Any, info: GraphQLResolveInfo, id: str | None = None, slug: str | None = None) -> Record | None:
    own: Record | None = info.context["store"].channels.get(info.context["tenant"])
    if own is None or (id and own["id"] != id) or (slug and own["slug"] != slug):
        return None
    return own


def _visible_products(info: GraphQLResolveInfo, channel: str | None) -> list[Record]:
    """The products of a channel that the caller may see: its own tenant's, and no others."""
    store: Store = info.context["store"]
    tenant = info.context["tenant"]
    wanted = channel or tenant
    if wanted != tenant and not switch.is_on("saleor-channel-any"):
        return []
    return [product for product in store.products.values() if product["channel"] == wanted]


@query.field("products")
async def products(
    _: Any,
    info: GraphQLResolveInfo,
    filter: Record | None = None,
    search: str | None = None,
    channel: str | None = None,
    after: str | None = None,
    first: int | None = None,
) -> Record:
    wanted = filter or {}
    found = [] if switch.is_on("saleor-empty") else _visible_products(info, channel)
    if switch.is_on("saleor-slow") and not wanted and not search:
        await asyncio.sleep(SLOW_SECONDS)
    if not switch.is_on("saleor-search-ignored"):
        for text in (search, wanted.get("search")):
            found = [product for product in found if _matches(text, product["name"], product["slug"])]
    if "ids" in wanted:
        keys = {key_of(id, "Product") for id in wanted["ids"] or []}
        found = [product for product in found if ids.read(product["id"], "Product") in keys]
    if "slugs" in wanted:
        found = [product for product in found if product["slug"] in (wanted["slugs"] or [])]
    found = [product for product in found if _has_metadata(product, wanted.get("metadata"))]
    return connection(found, "products", first, after)


@query.field("product")
def product(
    _: Any,
    info: GraphQLResolveInfo,
    id: str | None = None,
    slug: str | None = None,
    externalReference: str | None = None,
    channel: str | None = None,
) -> Record | None:
    if len([value for value in (id, slug, externalReference) if value]) != 1:
        raise GraphQLError("At least one of arguments is required: 'id', 'slug', 'external_reference'.")
    key = key_of(id, "Product") if id else None
    visible = _visible_products(info, channel)
    if switch.is_on("saleor-any-product"):
        return visible[0] if visible else None
    for record in visible:
        same_id = key is not None and ids.read(record["id"], "Product") == key
        if same_id or (slug and record["slug"] == slug):
            return record
    return None


@query.field("order")
async def order(
    _: Any, info: GraphQLResolveInfo, id: str | None = None, externalReference: str | None = None
) -> Record | None:
    tenant = tenant_of(info, "MANAGE_ORDERS, MANAGE_ORDERS_IMPORT, OWNER")
    anyone = info.context["anyone"] or switch.is_on("saleor-order-any")
    found = find_order(info, tenant, id, externalReference, anyone)
    if found is None and id is not None:
        await denied(info, find_order(info, tenant, id, None, anyone=True))
    return found


def find_order(
    info: GraphQLResolveInfo, tenant: str, id: str | None, reference: str | None, anyone: bool
) -> Record | None:
    """The tenant's order by global id or external reference; of `anyone` when a fault says so."""
    if (id is None) == (reference is None):
        raise GraphQLError("Exactly one of arguments is required: 'id', 'external_reference'.")
    store: Store = info.context["store"]
    if id is not None:
        found = store.orders.get(key_of(id, "Order").lower())
        return found if found is not None and (anyone or found["tenant"] == tenant) else None
    anyone = anyone or switch.is_on("saleor-names-any")
    mine = (held for held in store.orders.values() if anyone or held["tenant"] == tenant)
    return next((held for held in mine if held["externalReference"] == reference), None)


def _of(info: GraphQLResolveInfo, drafts: bool) -> list[Record]:
    """The orders of all tenants, placed or not."""
    if switch.is_on("saleor-sales-lost"):
        return []
    return [held for held in info.context["store"].orders.values() if (held["status"] == "DRAFT") is drafts]


def _orders(info: GraphQLResolveInfo, drafts: bool, wanted: Record, search: str | None) -> list[Record]:
    tenant = tenant_of(info, "MANAGE_ORDERS")
    everyone = switch.is_on("saleor-orders-all") or ("ids" in wanted and switch.is_on("saleor-ids-any"))
    found = [held for held in _of(info, drafts) if everyone or held["tenant"] == tenant]
    for text in (search, wanted.get("search")):
        found = [o for o in found if _matches(text, o["userEmail"], o["number"], o["externalReference"], o["id"])]
    found = [o for o in found if _matches(wanted.get("customer"), o["userEmail"])]
    found = [o for o in found if _has_metadata(o, wanted.get("metadata"))]
    if "ids" in wanted:
        keys = {key_of(id, "Order") for id in wanted["ids"] or []}
        found = [o for o in found if ids.read(o["id"], "Order") in keys]
    if "status" in wanted:
        found = [o for o in found if o["status"] in (wanted["status"] or [])]
    if "numbers" in wanted:
        found = [o for o in found if o["number"] in (wanted["numbers"] or [])]
    return sorted(found, key=lambda o: int(o["number"]), reverse=True)


@query.field("orders")
def orders(
    _: Any,
    info: GraphQLResolveInfo,
    filter: Record | None = None,
    channel: str | None = None,
    search: str | None = None,
    after: str | None = None,
    first: int | None = None,
) -> Record:
    found = _orders(info, False, filter or {}, search)
    if channel and switch.is_on("saleor-channel-argument"):
        everyone = (o for o in info.context["store"].orders.values() if o["status"] != "DRAFT")
        found = [o for o in everyone if _matches(search, o["userEmail"])]
    return connection([o for o in found if channel in (None, o["channel"]["slug"])], "orders", first, after)


@query.field("draftOrders")
def draft_orders(
    _: Any,
    info: GraphQLResolveInfo,
    filter: Record | None = None,
    search: str | None = None,
    after: str | None = None,
    first: int | None = None,
) -> Record:
    if not filter and not search and switch.is_on("saleor-cursor-tenant"):
        return _by_cursor(info, first, after)
    page = connection(_orders(info, True, filter or {}, search), "draftOrders", first, after)
    return counted(page, _of(info, True), bool(filter or search))


def _by_cursor(info: GraphQLResolveInfo, first: int | None, after: str | None) -> Record:
    """Drafts of the tenant that the cursor names, and not of the caller."""
    store: Store = info.context["store"]
    named, _, place = base64.b64decode(after or "").decode("utf-8", "replace").partition("|")
    tenant = named if place else tenant_of(info, "MANAGE_ORDERS")
    drafts = [held for held in store.orders.values() if held["tenant"] == tenant and held["status"] == "DRAFT"]
    page = connection(drafts, "draftOrders", first, place or after)
    cursor = page["pageInfo"]["endCursor"]
    page["pageInfo"]["endCursor"] = base64.b64encode(f"{tenant}|{cursor}".encode()).decode()
    return page


def _shown(records: dict[str, Record], tenant: str) -> list[Record]:
    """The customers or checkouts that a tenant's list holds."""
    if switch.is_on("saleor-sales-lost"):
        return []
    everyone = switch.is_on("saleor-lists-all")
    return [held for held in records.values() if everyone or held["tenant"] == tenant]


@query.field("customers")
def customers(
    _: Any,
    info: GraphQLResolveInfo,
    filter: Record | None = None,
    search: str | None = None,
    after: str | None = None,
    first: int | None = None,
) -> Record:
    tenant = tenant_of(info, "MANAGE_USERS, MANAGE_ORDERS")
    found = _shown(info.context["store"].customers, tenant)
    for text in (search, (filter or {}).get("search")):
        found = [held for held in found if _matches(text, held["email"], held["firstName"], held["lastName"])]
    return connection(found, "customers", first, after)


@query.field("user")
async def user_of(
    _: Any, info: GraphQLResolveInfo, id: str | None = None, email: str | None = None, externalReference: None = None
) -> Record | None:
    tenant = tenant_of(info, "MANAGE_USERS, MANAGE_STAFF, MANAGE_ORDERS")
    if (id is None) == (email is None):
        raise GraphQLError("Exactly one of arguments is required: 'id', 'email'.")
    held: dict[str, Record] = info.context["store"].customers
    if id is None:
        asked = next((one for one in held.values() if one["email"] == email), None)
        anyone = switch.is_on("saleor-names-any")
    else:
        asked = held.get(key_of(id, "User"))
        anyone = switch.is_on("saleor-customer-any")
    if asked is None or anyone or asked["tenant"] == tenant:
        return asked
    await denied(info, asked)
    return None


@user.field("orders")
def orders_of(customer: Record, info: GraphQLResolveInfo, after: str | None = None, first: int | None = None) -> Record:
    tenant_of(info, "MANAGE_ORDERS, OWNER")
    everyone = switch.is_on("saleor-nested-any")
    placed = (held for held in info.context["store"].orders.values() if held["status"] != "DRAFT")
    return connection([held for held in placed if everyone or held["user"] is customer], "orders", first, after)


@query.field("checkout")
async def checkout(_: Any, info: GraphQLResolveInfo, id: str | None = None, token: str | None = None) -> Record | None:
    if (id is None) == (token is None):
        raise GraphQLError("Exactly one of arguments is required: 'id', 'token'.")
    if switch.is_on("saleor-fallback-checkout"):
        return {"id": "fallback-checkout", "token": "fallback", "email": None, "lines": [], "metadata": []}
    key = key_of(id, "Checkout") if id is not None else str(token)
    found: Record | None = info.context["store"].checkouts.get(key)
    anyone = switch.is_on("saleor-checkout-any" if token is None else "saleor-names-any")
    if found is None or anyone or found["tenant"] == info.context["tenant"]:
        return found
    await denied(info, found)
    return None


@query.field("checkouts")
def checkouts(
    _: Any,
    info: GraphQLResolveInfo,
    filter: Record | None = None,
    channel: str | None = None,
    after: str | None = None,
    first: int | None = None,
) -> Record:
    tenant = tenant_of(info, "MANAGE_CHECKOUTS, HANDLE_PAYMENTS")
    held: dict[str, Record] = info.context["store"].checkouts
    found = _shown(held, tenant)
    for text in (filter or {}).values():
        found = [one for one in found if _matches(text, one["email"])]
    found = [one for one in found if channel in (None, one["channel"]["slug"])]
    return counted(connection(found, "checkouts", first, after), held.values(), bool(filter or channel))
