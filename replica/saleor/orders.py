"""Placed orders: they are never deleted, and end as cancelled ones."""

from __future__ import annotations

from typing import Any

from ariadne import MutationType
from graphql import GraphQLError, GraphQLResolveInfo

from replica import switch
from replica.saleor.drafts import refused
from replica.saleor.queries import find_order, tenant_of
from replica.saleor.store import Record, now

ENDED = ("DRAFT", "FULFILLED", "CANCELED")

mutation = MutationType()


@mutation.field("orderCancel")
def cancel(_: Any, info: GraphQLResolveInfo, id: str) -> Record:
    tenant = tenant_of(info, "MANAGE_ORDERS")
    try:
        found = find_order(info, tenant, id, None, False)
    except GraphQLError as error:
        return refused("id", "GRAPHQL_ERROR", error.message)
    if found is None:
        return refused("id", "NOT_FOUND", f"Couldn't resolve to a node: {id}")
    if found["status"] in ENDED:
        return refused("order", "CANNOT_CANCEL_ORDER", "This order can't be canceled.")
    if not switch.is_on("saleor-cancel-noop"):
        found.update(status="CANCELED", updatedAt=now())
    return {"order": found, "errors": []}
