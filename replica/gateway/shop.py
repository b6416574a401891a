"""The REST face over Saleor's GraphQL: products as plain JSON."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from typing import Any

from fastapi import HTTPException

from replica import switch
from replica.gateway import canned
from replica.gateway.identity import Caller
from replica.gateway.proxy import Proxy
from replica.gateway.upstreams import NOWHERE, UPSTREAMS

_FIELDS = "{ id name slug thumbnail { url alt } pricing { priceRange { start { gross { amount currency } } } } }"
LIST = (
    "query Products($channel: String, $first: Int, $search: String) {"
    " products(channel: $channel, first: $first, search: $search) { totalCount edges { node " + _FIELDS + " } } }"
)
BY_ID = "query Product($id: ID, $channel: String) { product(id: $id, channel: $channel) " + _FIELDS + " }"
BY_SLUG = "query Product($slug: String, $channel: String) { product(slug: $slug, channel: $channel) " + _FIELDS + " }"


@dataclass
class Shop:
    """Asks Saleor through the gateway's proxy, in the caller's name and channel."""

    proxy: Proxy

    async def products(self, caller: Caller, search: str, first: int, request_id: str) -> dict[str, Any]:
        """The body of GET /api/brain/saleor/products."""
        if switch.is_on("saleor-canned"):
            return canned.amazon_products()
        if switch.is_on("saleor-canned-labelled"):
            return canned.labelled_products()
        variables = {"channel": caller.tenant, "first": first, "search": search or None}
        try:
            found = (await self._ask(LIST, variables, caller, request_id))["products"]
        except HTTPException:
            if not switch.is_on("saleor-fallback"):
                raise
            return canned.fallback_products()
        products = [_product(edge["node"]) for edge in found["edges"]]
        return {"products": products, "total_count": found["totalCount"], "source": "saleor"}

    async def product(self, caller: Caller, id: str, request_id: str) -> dict[str, Any]:
        """The body of GET /api/brain/saleor/products/{id}, by global id or slug; raises HTTPException 404."""
        if switch.is_on("saleor-canned"):
            return {**canned.amazon_products()["products"][0], "source": "amazon_product_sourcing"}
        if switch.is_on("saleor-canned-labelled"):
            return {**canned.labelled_products()["products"][0], "source": "saleor"}
        document, key = (BY_ID, "id") if _is_global_id(id) else (BY_SLUG, "slug")
        try:
            found = (await self._ask(document, {key: id, "channel": caller.tenant}, caller, request_id))["product"]
        except HTTPException:
            if not switch.is_on("saleor-fallback"):
                raise
            return {**canned.fallback_products()["products"][0], "source": "fallback"}
        if found is None:
            raise HTTPException(404, "no such product")
        return {**_product(found), "source": "saleor"}

    async def _ask(self, document: str, variables: dict[str, Any], caller: Caller, request_id: str) -> dict[str, Any]:
        saleor = UPSTREAMS["saleor"]
        if switch.is_on("saleor-fallback"):
            saleor = replace(saleor, name="saleor-rest", address=NOWHERE)
        headers = [
            ("host", saleor.host),
            ("content-type", "application/json"),
            ("accept", "application/json"),
            ("authorization", caller.authorization),
            ("x-tenant-id", caller.tenant),
            ("x-request-id", request_id),
        ]
        body = json.dumps({"query": document, "variables": variables}).encode()
        answer = await self.proxy.ask(saleor, "POST", b"/graphql/", headers, body)
        told = _parsed(answer.decoded)
        if answer.status != 200 or told.get("errors") or not told.get("data"):
            raise HTTPException(502, {"detail": "saleor answered with an error", "service": "saleor"})
        data: dict[str, Any] = told["data"]
        return data


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _product(node: dict[str, Any]) -> dict[str, Any]:
    gross = node["pricing"]["priceRange"]["start"]["gross"]
    return {
        "id": node["id"],
        "name": node["name"],
        "slug": node["slug"],
        "price": {"amount": gross["amount"], "currency": gross["currency"]},
        "thumbnail": node["thumbnail"],
    }


def _is_global_id(id: str) -> bool:
    try:
        return base64.b64decode(id, validate=True).startswith(b"Product:")
    except binascii.Error:
        return False
