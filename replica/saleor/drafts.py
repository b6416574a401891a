"""Draft orders: made, changed and removed by the tenant that owns them."""

from __future__ import annotations

import uuid
from typing import Any

from ariadne import MutationType
from graphql import GraphQLError, GraphQLResolveInfo

from replica import switch
from replica.saleor import ids
from replica.saleor.addresses import address
from replica.saleor.queries import find_order, tenant_of
from replica.saleor.store import Record, Store, metadata, new_order, now, order_line

mutation = MutationType()


def refused(field: str, code: str, message: str) -> Record:
    """A payload that holds nothing but one error."""
    return {"order": None, "errors": [{"field": field, "code": code, "message": message}]}


@mutation.field("draftOrderCreate")
def create(_: Any, info: GraphQLResolveInfo, input: Record) -> Record:
    tenant = tenant_of(info, "MANAGE_ORDERS")
    store: Store = info.context["store"]
    if switch.is_on("saleor-draft-create-any"):
        named = (slug for slug, channel in store.channels.items() if channel["id"] == input.get("channelId"))
        tenant = next(named, tenant)
    if error := _problem(store, tenant, input):
        return error
    lines = []
    for line in input.get("lines") or []:
        variant = _variant(store, tenant, line["variantId"])
        if variant is None:
            return refused("lines", "NOT_FOUND", f"Could not resolve to a node: {line['variantId']}.")
        if line["quantity"] < 1:
            return refused("lines", "ZERO_QUANTITY", "Ensure this value is greater than 0.")
        lines.append(order_line(variant, line["quantity"]))
    key = str(uuid.uuid4())
    order = new_order(store, tenant, key, status="DRAFT", lines=lines, **_given(input))
    if switch.is_on("saleor-draft-lost"):
        del store.orders[key]
    return {"order": order, "errors": []}


@mutation.field("draftOrderUpdate")
def update(
    _: Any, info: GraphQLResolveInfo, input: Record, id: str | None = None, externalReference: str | None = None
) -> Record:
    tenant = tenant_of(info, "MANAGE_ORDERS")
    found = _own_draft(info, tenant, id, externalReference)
    if "errors" in found:
        return found
    if error := _problem(info.context["store"], tenant, input, found):
        return error
    found.update(_given(input), updatedAt=now())
    return {"order": found, "errors": []}


@mutation.field("draftOrderDelete")
def delete(_: Any, info: GraphQLResolveInfo, id: str | None = None, externalReference: str | None = None) -> Record:
    tenant = tenant_of(info, "MANAGE_ORDERS")
    found = _own_draft(info, tenant, id, externalReference)
    if "errors" in found:
        return found
    del info.context["store"].orders[ids.read(found["id"], "Order")]
    return {"order": found, "errors": []}


def _own_draft(info: GraphQLResolveInfo, tenant: str, id: str | None, reference: str | None) -> Record:
    """The draft, or a payload with the error."""
    try:
        found = find_order(info, tenant, id, reference, switch.is_on("saleor-draft-write-any"))
    except GraphQLError as error:
        return refused("id", "GRAPHQL_ERROR", error.message)
    if found is None:
        return refused("id", "NOT_FOUND", f"Couldn't resolve to a node: {id or reference}")
    if found["status"] != "DRAFT":
        return refused("id", "INVALID", "Provided order id belongs to non-draft order.")
    return found


def _problem(store: Store, tenant: str, input: Record, changed: Record | None = None) -> Record | None:
    channel = input.get("channelId")
    if channel is not None and channel != store.channels[tenant]["id"]:
        return refused("channelId", "NOT_FOUND", f"Couldn't resolve to a node: {channel}")
    reference = input.get("externalReference")
    everyone = switch.is_on("saleor-reference-global")
    mine = (held for held in store.orders.values() if (everyone or held["tenant"] == tenant) and held is not changed)
    if reference and any(held["externalReference"] == reference for held in mine):
        return refused("externalReference", "UNIQUE", "Order with this External reference already exists.")
    if any(not item["key"].strip() for item in input.get("metadata") or []):
        return refused("metadata", "REQUIRED", "Metadata key cannot be empty.")
    return None


def _given(input: Record) -> Record:
    given: Record = {}
    for name in ("userEmail", "customerNote", "externalReference"):
        if name in input:
            given[name] = input[name] if name == "externalReference" else input[name] or ""
    if "metadata" in input:
        given["metadata"] = metadata(input["metadata"])
    for name in ("shippingAddress", "billingAddress"):
        if input.get(name):
            given[name] = address(input[name])
    return given


def _variant(store: Store, tenant: str, id: str) -> Record | None:
    try:
        found = store.variants.get(ids.read(id, "ProductVariant"))
    except ids.BadId:
        return None
    return found if found is not None and found["tenant"] == tenant else None
