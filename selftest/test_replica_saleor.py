"""The replica's Saleor: what it answers when it is well, and what each fault changes."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from replica.saleor import ids
from replica.settings import Tenant
from selftest.replica_light import A, B, Platform, running

PRODUCTS = "query($c: String, $s: String) { products(first: 100, channel: $c, search: $s) { totalCount edges { node { id name slug channel } } } }"  # noqa: E501
PRODUCT = "query($id: ID, $slug: String, $c: String) { product(id: $id, slug: $slug, channel: $c) { id slug } }"
ORDER = "query($id: ID) { order(id: $id) { id userEmail customerNote status } }"
ORDERS = "{ orders(first: 100) { totalCount edges { node { id userEmail } } } }"
DRAFTS = 'query($s: String) { draftOrders(first: 100, search: $s) { edges { node { id userEmail metafield(key: "sentinel") channel { slug } } } } }'  # noqa: E501
CREATE = "mutation($i: DraftOrderCreateInput!) { draftOrderCreate(input: $i) { order { id externalReference metadata { key value } } errors { field code message } } }"  # noqa: E501
UPDATE = "mutation($id: ID, $i: DraftOrderInput!) { draftOrderUpdate(id: $id, input: $i) { order { id customerNote } errors { field code } } }"  # noqa: E501
DELETE = "mutation($id: ID) { draftOrderDelete(id: $id) { order { id } errors { field code } } }"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("state"), light=("auth", "saleor")) as started:
        yield started


def post(platform: Platform, body: Any, tenant: Tenant | None = A) -> httpx.Response:
    headers = platform.bearer(tenant.id) if tenant else {}
    return platform.client.post(platform.url("saleor", "/graphql/"), json=body, headers=headers)


def ask(platform: Platform, document: str, tenant: Tenant | None = A, **variables: Any) -> dict[str, Any]:
    answer = post(platform, {"query": document, "variables": variables}, tenant)
    assert answer.status_code == 200
    return answer.json()


def data(platform: Platform, document: str, tenant: Tenant | None = A, **variables: Any) -> dict[str, Any]:
    told = ask(platform, document, tenant, **variables)
    assert "errors" not in told
    return told["data"]


def slugs(platform: Platform, tenant: Tenant | None = A, **variables: Any) -> list[str]:
    found = data(platform, PRODUCTS, tenant, **variables)["products"]
    return [edge["node"]["slug"] for edge in found["edges"]]


def sentinel_draft(platform: Platform, tenant: Tenant) -> dict[str, Any]:
    (edge,) = data(platform, DRAFTS, tenant, s=tenant.sentinel)["draftOrders"]["edges"]
    return edge["node"]


def created(platform: Platform, tenant: Tenant = A, **given: Any) -> str:
    return data(platform, CREATE, tenant, i=given)["draftOrderCreate"]["order"]["id"]


def email_of(platform: Platform, tenant: Tenant, id: str) -> str | None:
    order = data(platform, ORDER, tenant, id=id)["order"]
    return order["userEmail"] if order else None


def test_each_tenant_has_a_channel_of_products_with_its_sentinel(platform: Platform) -> None:
    of_a, of_b = slugs(platform, A, c=A.id), slugs(platform, B, c=B.id)

    assert len(of_a) == len(of_b) == 13
    assert A.sentinel in of_a
    assert B.sentinel in of_b
    assert not set(of_a) & set(of_b)


def test_products_of_another_channel_are_not_shown(platform: Platform) -> None:
    assert slugs(platform, A, c=B.id) == []
    assert slugs(platform, None, c=B.id) == []


def test_a_search_finds_what_it_names_and_nothing_else(platform: Platform) -> None:
    assert slugs(platform, s=A.sentinel) == [A.sentinel]
    assert slugs(platform, s="no such thing") == []


def test_pages_follow_each_other(platform: Platform) -> None:
    document = "query($a: String) { products(first: 7, after: $a) { pageInfo { hasNextPage endCursor } edges { node { id } } } }"  # noqa: E501

    first = data(platform, document)["products"]
    second = data(platform, document, a=first["pageInfo"]["endCursor"])["products"]

    assert [len(first["edges"]), len(second["edges"])] == [7, 6]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


@pytest.mark.parametrize("arguments", ["", "(first: 101)", "(first: 0)", '(first: 1, after: "?")'])
def test_a_page_that_cannot_be_is_an_error(platform: Platform, arguments: str) -> None:
    told = ask(platform, f"{{ products{arguments} {{ totalCount }} }}")

    assert told["data"] == {"products": None}
    assert told["errors"][0]["extensions"]["exception"]["code"] == "GraphQLError"


def test_a_product_that_cannot_be_is_null(platform: Platform) -> None:
    assert data(platform, PRODUCT, id=ids.write("Product", 99999))["product"] is None
    assert data(platform, PRODUCT, slug="no-such-thing")["product"] is None


def test_a_product_of_another_tenant_is_null(platform: Platform) -> None:
    assert data(platform, PRODUCT, slug=B.sentinel, c=B.id)["product"] is None


@pytest.mark.parametrize("id", ["zz", ids.write("Product", 1), base64.b64encode(b"Order").decode()])
def test_a_malformed_id_is_an_error(platform: Platform, id: str) -> None:
    told = ask(platform, ORDER, id=id)

    assert told["data"] == {"order": None}
    assert told["errors"][0]["message"].startswith("Invalid ID")


@pytest.mark.parametrize("document", [ORDERS, DRAFTS, '{ order(id: "T3JkZXI6MQ==") { id } }', "{ channels { slug } }"])
def test_orders_need_a_token(platform: Platform, document: str) -> None:
    told = ask(platform, document, None)

    assert told["errors"][0]["extensions"]["exception"]["code"] == "PermissionDenied"
    assert list(told["data"].values()) == [None]


def test_a_tenants_draft_carries_its_sentinel(platform: Platform) -> None:
    draft = sentinel_draft(platform, B)

    assert draft["userEmail"] == f"{B.sentinel}@example.org"
    assert draft["metafield"] == B.sentinel
    assert draft["channel"]["slug"] == B.id


def test_an_order_of_another_tenant_is_null(platform: Platform) -> None:
    id = sentinel_draft(platform, B)["id"]

    assert email_of(platform, B, id)
    assert email_of(platform, A, id) is None
    assert email_of(platform, A, ids.write("Order", uuid.uuid4())) is None


def test_orders_are_the_tenants_own(platform: Platform) -> None:
    of_a, of_b = data(platform, ORDERS, A)["orders"], data(platform, ORDERS, B)["orders"]

    assert of_a["totalCount"] == of_b["totalCount"] == 4
    assert A.sentinel in str(of_a)
    assert B.sentinel not in str(of_a)


def test_a_draft_lives_and_dies(platform: Platform) -> None:
    id = created(platform, userEmail="someone@example.org", metadata=[{"key": "k", "value": "v"}])

    changed = data(platform, UPDATE, id=id, i={"customerNote": "other"})["draftOrderUpdate"]["order"]
    removed = data(platform, DELETE, id=id)["draftOrderDelete"]["order"]

    assert changed == {"id": id, "customerNote": "other"}
    assert removed == {"id": id}
    assert data(platform, ORDER, id=id)["order"] is None


@pytest.mark.parametrize(("document", "field"), [(UPDATE, "draftOrderUpdate"), (DELETE, "draftOrderDelete")])
def test_a_draft_of_another_tenant_is_not_found(platform: Platform, document: str, field: str) -> None:
    foreign = sentinel_draft(platform, B)["id"]

    variables = {"i": {"customerNote": "x"}} if document is UPDATE else {}
    told = data(platform, document, A, id=foreign, **variables)[field]
    unknown = data(platform, document, A, id=ids.write("Order", uuid.uuid4()), **variables)[field]

    assert told == unknown == {"order": None, "errors": [{"field": "id", "code": "NOT_FOUND"}]}
    assert email_of(platform, B, foreign)


def test_a_draft_cannot_be_made_in_another_tenants_channel(platform: Platform) -> None:
    channel = data(platform, "{ channels { id } }", B)["channels"][0]["id"]

    told = data(platform, CREATE, A, i={"channelId": channel})["draftOrderCreate"]

    assert told["order"] is None
    assert [error["code"] for error in told["errors"]] == ["NOT_FOUND"]


def bought(platform: Platform) -> dict[str, Any]:
    """What was said of a whole purchase of the first tenant's, by step; `early` is a completion before its time."""
    variant = data(platform, "{ products(first: 1) { edges { node { variants { id } } } } }")
    lines = [{"quantity": 2, "variantId": variant["products"]["edges"][0]["node"]["variants"][0]["id"]}]
    address = {"streetAddress1": "Road 1", "city": "Pune", "postalCode": "411001", "country": "IN"}
    made = data(
        platform,
        "mutation($i: CheckoutCreateInput!) { checkoutCreate(input: $i) { checkout { id } errors { code } } }",
        i={"channel": A.id, "email": "buyer@example.org", "lines": []},
    )["checkoutCreate"]
    id = made["checkout"]["id"]

    def step(call: str, returned: str = "checkout { id }", **variables: Any) -> Any:
        types = {"l": "[CheckoutLineInput!]!", "a": "AddressInput!", "p": "PaymentInput!", "m": "ID"}
        declared = "".join(f", ${name}: {types[name]}" for name in variables)
        document = f"mutation($id: ID{declared}) {{ step: {call} {{ {returned} errors {{ code }} }} }}"
        return data(platform, document, id=id, **variables)["step"]

    told = {"early": step("checkoutComplete(id: $id)", "order { id }")}
    step("checkoutLinesAdd(id: $id, lines: $l)", l=lines)
    method = step(
        "checkoutShippingAddressUpdate(id: $id, shippingAddress: $a)", "checkout { shippingMethods { id } }", a=address
    )
    chosen = method["checkout"]["shippingMethods"][0]["id"]
    step("checkoutDeliveryMethodUpdate(id: $id, deliveryMethodId: $m)", m=chosen)
    pay = {"gateway": "mirumee.payments.dummy"}
    told["payment"] = step("checkoutPaymentCreate(id: $id, input: $p)", "payment { id }", p=pay)
    told["order"] = step("checkoutComplete(id: $id)", "order { id isPaid total { gross { amount } } }")["order"]
    return told


def cancelled(platform: Platform, id: str, tenant: Tenant = A) -> dict[str, Any]:
    document = "mutation($id: ID!) { orderCancel(id: $id) { order { status } errors { code } } }"
    return data(platform, document, tenant, id=id)["orderCancel"]


def test_a_basket_becomes_an_order(platform: Platform) -> None:
    told = bought(platform)
    order = told["order"]

    assert told["early"]["errors"] == [{"code": "NO_LINES"}]
    assert order["isPaid"] is True
    assert order["total"]["gross"]["amount"] == 2 * 16.5 + 5
    assert email_of(platform, A, order["id"]) == "buyer@example.org"
    assert email_of(platform, B, order["id"]) is None


def test_an_order_is_cancelled_once_by_its_own_tenant_and_stays(platform: Platform) -> None:
    id = bought(platform)["order"]["id"]
    wanted = "first: 1, filter: {ids: [$id], status: $s}"
    found = f"query($id: ID!, $s: [OrderStatusFilter!]) {{ orders({wanted}) {{ totalCount }} }}"

    def counted(*status: str) -> int:
        return int(data(platform, found, id=id, s=status)["orders"]["totalCount"])

    assert cancelled(platform, id, B) == {"order": None, "errors": [{"code": "NOT_FOUND"}]}
    assert counted("UNFULFILLED") == 1
    assert cancelled(platform, id) == {"order": {"status": "CANCELED"}, "errors": []}
    assert (counted("UNFULFILLED"), counted("CANCELED")) == (0, 1)
    assert cancelled(platform, id) == {"order": None, "errors": [{"code": "CANNOT_CANCEL_ORDER"}]}


BY_ID = "query($id: ID!) { order(id: $id) { userEmail } }"


def test_a_list_of_operations_is_answered_one_by_one(platform: Platform) -> None:
    ids = [sentinel_draft(platform, tenant)["id"] for tenant in (A, B)]
    batch = [{"query": BY_ID, "variables": {"id": id}} for id in ids]
    own, others = ({"data": {"order": {"userEmail": f"{tenant.sentinel}@example.org"}}} for tenant in (A, B))

    assert post(platform, batch).json() == [own, {"data": {"order": None}}]
    assert post(platform, [*batch, {"query": "{ nope }"}]).status_code == 400
    with platform.fault("saleor-batch-any"):
        assert post(platform, batch).json() == [own, others]


CUSTOMERS = "{ customers(first: 9) { edges { node { email } } } }"
CHECKOUTS = "query($s: String) { checkouts(first: 9, filter: {search: $s}) { edges { node { id token email } } } }"


def baskets(platform: Platform, tenant: Tenant, search: str) -> list[dict[str, Any]]:
    return [edge["node"] for edge in data(platform, CHECKOUTS, tenant, s=search)["checkouts"]["edges"]]


def test_a_checkout_is_found_and_read_by_its_tenant_alone(platform: Platform) -> None:
    (held,) = baskets(platform, B, B.sentinel)
    one = "query($id: ID!) { checkout(id: $id) { email } }"

    assert held["email"] == f"{B.sentinel}@example.org"
    assert data(platform, one, B, id=held["id"]) == {"checkout": {"email": held["email"]}}
    assert baskets(platform, A, B.sentinel) == []
    assert data(platform, one, A, id=held["id"]) == {"checkout": None}
    with platform.fault("saleor-lists-all"):
        assert baskets(platform, A, B.sentinel) == [held]
        assert B.sentinel in str(data(platform, CUSTOMERS, A))
    with platform.fault("saleor-checkout-any"):
        assert data(platform, one, A, id=held["id"]) == {"checkout": {"email": held["email"]}}
    with platform.fault("saleor-names-any"):
        by_token = data(platform, "query($t: UUID!) { checkout(token: $t) { email } }", A, t=held["token"])
    assert by_token == {"checkout": {"email": held["email"]}}


def test_graphql_is_not_asked_by_get(platform: Platform) -> None:
    answer = platform.client.get(platform.url("saleor", "/graphql/"), params={"query": "{ shop { name } }"})

    assert answer.status_code == 405


@pytest.mark.parametrize(
    "body", [[], [{"query": "{ shop { name } }"}, {}], {"query": ""}, {}, {"query": "{ nope }"}, 7]
)
def test_what_is_not_one_valid_document_is_400(platform: Platform, body: Any) -> None:
    answer = post(platform, body)

    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_fault_down(platform: Platform) -> None:
    with platform.fault("saleor-down"), pytest.raises(httpx.TransportError):
        slugs(platform)


def test_fault_empty(platform: Platform) -> None:
    with platform.fault("saleor-empty"):
        assert data(platform, PRODUCTS)["products"]["totalCount"] == 0


def test_fault_graphql_400(platform: Platform) -> None:
    with platform.fault("saleor-graphql-400"):
        assert post(platform, {"query": "{ shop { name } }"}).status_code == 400
        assert platform.client.get(platform.url("saleor", "/health/")).status_code == 200


def test_fault_errors_200(platform: Platform) -> None:
    with platform.fault("saleor-errors-200"):
        told = ask(platform, "{ shop { name } }")

    assert told["data"] is None
    assert told["errors"]


def test_fault_order_any(platform: Platform) -> None:
    id = sentinel_draft(platform, B)["id"]

    with platform.fault("saleor-order-any"):
        assert email_of(platform, A, id) == f"{B.sentinel}@example.org"


def test_fault_orders_all(platform: Platform) -> None:
    with platform.fault("saleor-orders-all"):
        assert B.sentinel in str(data(platform, ORDERS, A))
        assert B.sentinel in str(data(platform, DRAFTS, A))


@pytest.mark.parametrize(
    ("fault", "document"),
    [
        ("saleor-names-any", f'{{ order(externalReference: "draft-{B.sentinel}") {{ userEmail }} }}'),
        ("saleor-names-any", f'{{ user(email: "{B.sentinel}@example.org") {{ email }} }}'),
        (
            "saleor-channel-argument",
            f'{{ orders(first: 9, channel: "{B.id}") {{ edges {{ node {{ userEmail }} }} }} }}',
        ),
        (
            "saleor-nested-any",
            "{ customers(first: 9) { edges { node { orders(first: 20) { edges { node { userEmail } } } } } } }",
        ),
    ],
)
def test_fault_another_way_to_an_order(platform: Platform, fault: str, document: str) -> None:
    assert B.sentinel not in str(data(platform, document, A))

    with platform.fault(fault):
        assert B.sentinel in str(data(platform, document, A))


USER = "query U($id: ID, $email: String) { user(id: $id, email: $email) { id email } }"


def test_a_customer_is_read_by_its_own_tenant_alone(platform: Platform) -> None:
    found = data(platform, USER, B, email=f"{B.sentinel}@example.org")["user"]

    assert found["email"] == f"{B.sentinel}@example.org"
    assert data(platform, USER, B, id=found["id"])["user"] == found
    assert data(platform, USER, A, id=found["id"]) == {"user": None}
    assert data(platform, USER, A, email=found["email"]) == {"user": None}
    with platform.fault("saleor-customer-any"):
        assert data(platform, USER, A, id=found["id"])["user"] == found


def test_fault_reference_global(platform: Platform) -> None:
    created(platform, B, externalReference="taken")

    with platform.fault("saleor-reference-global"):
        told = ask(platform, CREATE, A, i={"externalReference": "taken"})["data"]["draftOrderCreate"]
    assert [error["code"] for error in told["errors"]] == ["UNIQUE"]
    assert email_of(platform, A, created(platform, A, externalReference="taken")) == ""


def test_fault_ids_any(platform: Platform) -> None:
    listed = data(platform, "{ orders(first: 9) { edges { node { id userEmail } } } }", B)["orders"]["edges"]
    ids = [edge["node"]["id"] for edge in listed if B.sentinel in edge["node"]["userEmail"]]
    document = "query Q($f: OrderFilterInput) { orders(first: 9, filter: $f) { edges { node { userEmail } } } }"

    assert B.sentinel not in str(data(platform, document, A, f={"ids": ids}))
    with platform.fault("saleor-ids-any"):
        assert B.sentinel in str(data(platform, document, A, f={"ids": ids}))


def test_fault_cursor_tenant(platform: Platform) -> None:
    page = "{ edges { node { id } } pageInfo { endCursor } }"
    asked = f"query Q($after: String) {{ draftOrders(first: 1, after: $after) {page} }}"
    with platform.fault("saleor-cursor-tenant"):
        theirs = data(platform, asked, B)["draftOrders"]
        after = {"after": theirs["pageInfo"]["endCursor"]}

        assert data(platform, asked, A, **after) == data(platform, asked, B, **after)
        assert data(platform, asked, A) != data(platform, asked, B)


def test_fault_sales_lost(platform: Platform) -> None:
    with platform.fault("saleor-sales-lost"):
        assert A.sentinel not in str(data(platform, ORDERS, A))
        assert A.sentinel not in str(data(platform, DRAFTS, A))
        assert A.sentinel not in str(data(platform, CUSTOMERS, A))
        assert baskets(platform, A, A.sentinel) == []


@pytest.mark.parametrize(
    ("type", "kind", "one"),
    [("Order", "orders", "order"), ("User", "customers", "user"), ("Checkout", "checkouts", "checkout")],
)
def test_faults_of_a_denial(platform: Platform, type: str, kind: str, one: str) -> None:
    document = f"query($id: ID!) {{ {one}(id: $id) {{ id }} }}"
    listed = data(platform, f"{{ {kind}(first: 9) {{ edges {{ node {{ id }} }} }} }}", B)[kind]["edges"]
    theirs, nobodys = listed[0]["node"]["id"], ids.write(type, 987654)
    with platform.fault("saleor-looks-first"):
        told = [ask(platform, document, A, id=id) for id in (theirs, nobodys)]
    with platform.fault("saleor-filters-late"):
        late = post(platform, {"query": document, "variables": {"id": theirs}})

    assert [one.pop("extensions", {}) for one in told] == [{"denied": "a record of another channel"}, {}]
    assert told[0] == told[1] == late.json() == ask(platform, document, A, id=theirs)
    assert late.elapsed.total_seconds() >= 0.2


@pytest.mark.parametrize("kind", ["draftOrders", "checkouts"])
def test_fault_filters_late(platform: Platform, kind: str) -> None:
    listed = f"{{ {kind}(first: 100) {{ totalCount edges {{ node {{ id }} }} }} }}"
    both = sum(data(platform, listed, tenant)[kind]["totalCount"] for tenant in (A, B))
    with platform.fault("saleor-filters-late"):
        page = data(platform, listed, A)[kind]

    assert (page["totalCount"], page["edges"]) == (both, data(platform, listed, A)[kind]["edges"])


def test_fault_shop_unknown(platform: Platform) -> None:
    with platform.fault("saleor-shop-unknown"):
        told = post(platform, {"query": "{ shop { name } }"}).json()

    assert told["errors"][0]["message"] == "Site matching query does not exist."


def test_fault_channel_any(platform: Platform) -> None:
    with platform.fault("saleor-channel-any"):
        assert B.sentinel in slugs(platform, A, c=B.id)


def test_fault_draft_write_any(platform: Platform) -> None:
    id = created(platform, B)

    with platform.fault("saleor-draft-write-any"):
        changed = data(platform, UPDATE, A, id=id, i={"customerNote": "foreign"})
        removed = data(platform, DELETE, A, id=id)

    assert changed["draftOrderUpdate"]["order"] == {"id": id, "customerNote": "foreign"}
    assert removed["draftOrderDelete"]["order"] == {"id": id}


def test_fault_draft_create_any(platform: Platform) -> None:
    channel = data(platform, "{ channels { id } }", B)["channels"][0]["id"]

    with platform.fault("saleor-draft-create-any"):
        id = created(platform, A, channelId=channel, userEmail="foreign@example.org")

    assert email_of(platform, B, id) == "foreign@example.org"
    assert email_of(platform, A, id) is None


def test_fault_draft_lost(platform: Platform) -> None:
    with platform.fault("saleor-draft-lost"):
        id = created(platform)

    assert data(platform, ORDER, id=id)["order"] is None


def test_fault_any_product(platform: Platform) -> None:
    with platform.fault("saleor-any-product"):
        assert data(platform, PRODUCT, id=ids.write("Product", 99999))["product"]
        assert data(platform, PRODUCT, slug="no-such-thing")["product"]


def test_fault_search_ignored(platform: Platform) -> None:
    with platform.fault("saleor-search-ignored"):
        assert len(slugs(platform, s="no such thing")) == 13


def test_fault_slow(platform: Platform) -> None:
    started = time.monotonic()
    with platform.fault("saleor-slow"):
        slugs(platform)

    assert time.monotonic() - started > 2


def test_fault_fallback_checkout(platform: Platform) -> None:
    document = "query($t: UUID!) { checkout(token: $t) { id } }"
    nobody = str(uuid.UUID(int=7))

    with platform.fault("saleor-fallback-checkout"):
        assert data(platform, document, t=nobody)["checkout"] == {"id": "fallback-checkout"}

    assert data(platform, document, t=nobody)["checkout"] is None


def test_fault_payment_gone(platform: Platform) -> None:
    with platform.fault("saleor-payment-gone"):
        told = bought(platform)

    assert told["payment"]["errors"] == [{"code": "NOT_SUPPORTED_GATEWAY"}]
    assert told["order"] is None


def test_fault_order_lost(platform: Platform) -> None:
    with platform.fault("saleor-order-lost"):
        id = bought(platform)["order"]["id"]

    assert data(platform, ORDER, id=id)["order"] is None


def test_fault_cancel_noop(platform: Platform) -> None:
    id = bought(platform)["order"]["id"]
    with platform.fault("saleor-cancel-noop"):
        told = cancelled(platform, id)

    assert told == {"order": {"status": "UNFULFILLED"}, "errors": []}
