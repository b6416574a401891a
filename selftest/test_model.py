"""The words as data: what writes, who asks, and in which order proofs come; refusals are in test_targets.py."""

import pytest
from pydantic import ValidationError

from stagecheck.model import ANONYMOUS, Condition, Expect, Graphql, GraphqlOperation, Identity, Proofs, Request, Tenant

QUERY = Graphql(document="query { shop { name } }")
MUTATION = Graphql(
    document="query Read { shop { name } } mutation Drop { draftOrderDelete(id: 1) { errors { code } } }"
)

BATCH = Graphql(document=QUERY.document, beside=[GraphqlOperation(document=MUTATION.document)])


@pytest.mark.parametrize(
    ("request_", "writes"),
    [
        (Request(), False),
        (Request(method="OPTIONS"), False),
        (Request(method="PATCH"), True),
        (Request(graphql=QUERY), False),
        (Request(method="POST", graphql=QUERY), False),
        (Request(graphql=MUTATION), True),
        (Request(graphql=BATCH), True),
        (Request(graphql=BATCH.model_copy(update={"beside": [QUERY]})), False),
    ],
)
def test_what_writes_is_read_from_the_method_or_from_the_document(request_, writes):
    assert request_.writes is writes


@pytest.mark.parametrize(
    ("identity", "text"),
    [
        (ANONYMOUS, "anonymous"),
        (Identity("red"), "red"),
        (Identity("red", "alg-none", "blue"), "red+alg-none"),
    ],
)
def test_who_asks_in_words(identity, text):
    assert str(identity) == text


def test_proofs_come_in_the_order_of_the_model():
    proofs = Proofs.model_validate_json('{"tls": {"days_left": 3}, "dns": null}')

    assert [name for name, _ in proofs.named()] == ["dns", "tls"]


def test_null_is_a_value_where_null_can_be_meant():
    assert Condition.model_validate_json('{"equals": null}').model_fields_set == {"equals"}
    assert Request.model_validate_json('{"body": null}').body is None


def test_a_key_without_a_value_is_refused_elsewhere():
    with pytest.raises(ValidationError, match="empty: give it a value, or leave the key out"):
        Expect.model_validate_json('{"status": null}')


def test_nothing_changes_after_reading():
    with pytest.raises(ValidationError, match="frozen"):
        Request().path = "/else"


@pytest.mark.parametrize("more", [{}, {"token": "RED_TOKEN", "login": {"path": "/", "user": "U", "password": "P"}}])
def test_a_tenant_has_one_way_to_its_token(more):
    with pytest.raises(ValidationError, match="exactly one of them"):
        Tenant.model_validate({"id": "red", "host": "red.example", "sentinel": "sentinel-red-000000000000", **more})


def test_a_request_of_another_protocol_is_asked_by_its_probe_and_only_reads():
    asked = Request.model_validate_json('{"redis": {"command": ["info", "server"]}}')

    assert (asked.probe, asked.writes, Request().probe) == ("redis", False, "http")
