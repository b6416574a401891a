"""The way from a basket to an order: lines, address, delivery, payment, completion."""

from __future__ import annotations

import uuid
from typing import Any

from ariadne import MutationType
from graphql import GraphQLResolveInfo

from replica import switch
from replica.saleor import ids
from replica.saleor.addresses import address
from replica.saleor.store import CURRENCY, Record, Store, metadata, money, new_order, now, order_line, taxed
from replica.settings import TENANTS

GATEWAY = "mirumee.payments.dummy"
LARGEST_QUANTITY = 50

mutation = MutationType()


def _refused(field: str | None, code: str, message: str) -> Record:
    errors = [{"field": field, "code": code, "message": message}]
    return {"checkout": None, "order": None, "payment": None, "confirmationNeeded": False, "errors": errors}


def _methods(currency: str) -> list[Record]:
    return [
        {"id": ids.write("ShippingMethod", 1), "name": "Standard", "price": money(5, currency)},
        {"id": ids.write("ShippingMethod", 2), "name": "Express", "price": money(12, currency)},
    ]


def _totalled(checkout: Record) -> Record:
    currency = checkout["channel"]["currencyCode"]
    subtotal = sum(line["totalPrice"]["gross"]["amount"] for line in checkout["lines"])
    method = checkout["shippingMethod"]
    shipping = method["price"]["amount"] if method else 0.0
    checkout.update(
        quantity=sum(line["quantity"] for line in checkout["lines"]),
        isShippingRequired=bool(checkout["lines"]),
        shippingMethods=_methods(currency) if checkout["shippingAddress"] else [],
        subtotalPrice=taxed(subtotal, currency),
        shippingPrice=taxed(shipping, currency),
        totalPrice=taxed(subtotal + shipping, currency),
        updatedAt=now(),
    )
    return {"checkout": checkout, "errors": []}


def _own(info: GraphQLResolveInfo, id: str | None, token: str | None) -> Record:
    """The tenant's checkout, or a payload with the error."""
    if (id is None) == (token is None):
        return _refused(None, "GRAPHQL_ERROR", "Exactly one of arguments is required: 'id', 'token'.")
    try:
        key = ids.read(id, "Checkout") if id is not None else str(token)
    except ids.BadId as error:
        return _refused("id", "GRAPHQL_ERROR", str(error))
    found: Record | None = info.context["store"].checkouts.get(key)
    if found is None or found["tenant"] != info.context["tenant"]:
        return _refused("id", "NOT_FOUND", f"Couldn't resolve to a node: {id or token}")
    return found


def _add(store: Store, checkout: Record, lines: list[Record]) -> Record | None:
    """Add lines to a checkout; the payload with an error, or None."""
    wanted = []
    for line in lines:
        try:
            variant = store.variants.get(ids.read(line["variantId"], "ProductVariant"))
        except ids.BadId as error:
            return _refused("variantId", "GRAPHQL_ERROR", str(error))
        if variant is None or variant["tenant"] != checkout["tenant"]:
            return _refused("variantId", "NOT_FOUND", f"Could not resolve to a node: {line['variantId']}.")
        if line["quantity"] < 1:
            return _refused("quantity", "ZERO_QUANTITY", "The quantity should be higher than zero.")
        if line["quantity"] > LARGEST_QUANTITY:
            return _refused("quantity", "QUANTITY_GREATER_THAN_LIMIT", "The quantity is over the limit.")
        wanted.append((variant, line["quantity"]))
    for variant, quantity in wanted:
        held = next((line for line in checkout["lines"] if line["variant"] is variant), None)
        if held is None:
            held = {"id": ids.write("CheckoutLine", uuid.uuid4()), "variant": variant, "quantity": 0}
            checkout["lines"].append({**held, "requiresShipping": True})
            held = checkout["lines"][-1]
        held["quantity"] += quantity
        held["unitPrice"] = taxed(variant["amount"], variant["currency"])
        held["totalPrice"] = taxed(variant["amount"] * held["quantity"], variant["currency"])
    return None


@mutation.field("checkoutCreate")
def create(_: Any, info: GraphQLResolveInfo, input: Record) -> Record:
    store: Store = info.context["store"]
    slug = input.get("channel") or info.context["tenant"]
    if not slug or slug != info.context["tenant"]:
        return _refused("channel", "NOT_FOUND", f"Channel with '{slug}' slug does not exist.")
    checkout = _begun(store, slug, input)
    if error := _add(store, checkout, input.get("lines") or []):
        return error
    store.checkouts[checkout["token"]] = checkout
    return {**_totalled(checkout), "created": True}


def plant(store: Store) -> None:
    """A checkout with the sentinel for each tenant, and one without."""
    for tenant in TENANTS:
        for email in (f"{tenant.sentinel}@example.org", f"basket@{tenant.id}.example"):
            checkout = _begun(store, tenant.id, {"email": email})
            store.checkouts[checkout["token"]] = _totalled(checkout)["checkout"]


def _begun(store: Store, tenant: str, input: Record) -> Record:
    token = str(uuid.uuid4())
    return {
        "tenant": tenant,
        "id": ids.write("Checkout", token),
        "token": token,
        "created": now(),
        "channel": store.channels[tenant],
        "email": input.get("email"),
        "shippingAddress": address(input["shippingAddress"]) if input.get("shippingAddress") else None,
        "billingAddress": address(input["billingAddress"]) if input.get("billingAddress") else None,
        "lines": [],
        "shippingMethod": None,
        "metadata": metadata(input.get("metadata")),
        "paid": 0.0,
    }


@mutation.field("checkoutLinesAdd")
def lines_add(
    _: Any,
    info: GraphQLResolveInfo,
    lines: list[Record],
    id: str | None = None,
    token: str | None = None,
    checkoutId: str | None = None,
) -> Record:
    checkout = _own(info, id or checkoutId, token)
    if "errors" in checkout:
        return checkout
    return _add(info.context["store"], checkout, lines) or _totalled(checkout)


@mutation.field("checkoutShippingAddressUpdate")
def shipping_address_update(
    _: Any, info: GraphQLResolveInfo, shippingAddress: Record, id: str | None = None, token: str | None = None
) -> Record:
    checkout = _own(info, id, token)
    if "errors" in checkout:
        return checkout
    for name in ("streetAddress1", "city", "postalCode", "country"):
        if not shippingAddress.get(name):
            return _refused(name, "REQUIRED", "This field is required.")
    checkout["shippingAddress"] = address(shippingAddress)
    return _totalled(checkout)


@mutation.field("checkoutDeliveryMethodUpdate")
def delivery_method_update(
    _: Any,
    info: GraphQLResolveInfo,
    id: str | None = None,
    token: str | None = None,
    deliveryMethodId: str | None = None,
) -> Record:
    checkout = _own(info, id, token)
    if "errors" in checkout:
        return checkout
    if checkout["shippingAddress"] is None:
        message = "Cannot choose a shipping method for a checkout without the shipping address."
        return _refused("deliveryMethodId", "SHIPPING_ADDRESS_NOT_SET", message)
    methods = {method["id"]: method for method in _methods(CURRENCY[checkout["tenant"]])}
    if deliveryMethodId not in methods:
        return _refused("deliveryMethodId", "NOT_FOUND", f"Couldn't resolve to a node: {deliveryMethodId}")
    checkout["shippingMethod"] = methods[deliveryMethodId]
    return _totalled(checkout)


@mutation.field("checkoutPaymentCreate")
def payment_create(
    _: Any,
    info: GraphQLResolveInfo,
    input: Record,
    id: str | None = None,
    token: str | None = None,
    checkoutId: str | None = None,
) -> Record:
    checkout = _own(info, id or checkoutId, token)
    if "errors" in checkout:
        return checkout
    if input["gateway"] != GATEWAY or switch.is_on("saleor-payment-gone"):
        return _refused("gateway", "NOT_SUPPORTED_GATEWAY", f"The gateway {input['gateway']} is not available.")
    total = checkout["totalPrice"]["gross"]
    try:
        amount = float(input.get("amount") or total["amount"])
    except ValueError:
        return _refused("amount", "INVALID", "Not an amount.")
    if amount < total["amount"]:
        return _refused("amount", "PARTIAL_PAYMENT_NOT_ALLOWED", "Partial payments are not allowed.")
    checkout["paid"] = amount
    payment = {
        "id": ids.write("Payment", uuid.uuid4()),
        "gateway": GATEWAY,
        "isActive": True,
        "chargeStatus": "NOT_CHARGED",
        "total": money(amount, total["currency"]),
    }
    return {**_totalled(checkout), "payment": payment}


@mutation.field("checkoutComplete")
def complete(
    _: Any,
    info: GraphQLResolveInfo,
    id: str | None = None,
    token: str | None = None,
    checkoutId: str | None = None,
) -> Record:
    checkout = _own(info, id or checkoutId, token)
    if "errors" in checkout:
        return checkout
    missing = (
        (checkout["lines"], "lines", "NO_LINES", "Cannot complete a checkout without lines."),
        (checkout["email"], "email", "EMAIL_NOT_SET", "Checkout email must be set."),
        (checkout["shippingAddress"], "shippingAddress", "SHIPPING_ADDRESS_NOT_SET", "Shipping address is not set."),
        (checkout["shippingMethod"], "shippingMethod", "SHIPPING_METHOD_NOT_SET", "Shipping method is not set."),
        (checkout["paid"], None, "CHECKOUT_NOT_FULLY_PAID", "Provided payment methods can not cover the amount."),
    )
    for value, field, code, message in missing:
        if not value:
            return _refused(field, code, message)
    store: Store = info.context["store"]
    order = new_order(
        store,
        checkout["tenant"],
        str(uuid.uuid4()),
        userEmail=checkout["email"],
        shippingAddress=checkout["shippingAddress"],
        billingAddress=checkout["billingAddress"],
        lines=[order_line(line["variant"], line["quantity"]) for line in checkout["lines"]],
        metadata=checkout["metadata"],
        checkoutId=checkout["id"],
        isPaid=True,
    )
    order["total"] = checkout["totalPrice"]
    if switch.is_on("saleor-order-lost"):
        del store.orders[ids.read(order["id"], "Order")]
    del store.checkouts[checkout["token"]]
    return {"order": order, "confirmationNeeded": False, "errors": []}
