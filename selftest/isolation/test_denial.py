"""Only what a service says when it means no is a denial; an accident is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from selftest.told import GRAPHQL, REST, Said, html, said, silent
from stagecheck.exchange import Trouble
from stagecheck.isolation.denial import Access, access, refused
from stagecheck.model import Resource, Step
from stagecheck.outcome import Reason

LEADS = Resource.model_validate_json(json.dumps(REST))
ORDERS = Resource.model_validate_json(json.dumps(GRAPHQL))
DENIED, GRANTED, UNCLEAR = Access.DENIED, Access.GRANTED, Access.UNCLEAR
CUT = Trouble(Reason.TRUNCATED, "10 of 20 bytes")


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (said({}, 403), DENIED),
        (said({}, 404), DENIED),
        (said({}, 200), GRANTED),
        (said(b"", 204, None), GRANTED),
        (said({}, 299), GRANTED),
        (said({}, 401), UNCLEAR),
        (said({}, 302), UNCLEAR),
        (said({}, 400), UNCLEAR),
        (said({}, 429), UNCLEAR),
        (said({}, 500), UNCLEAR),
        (said({}, 199), UNCLEAR),
        (said({}, 300), UNCLEAR),
        (html("<h1>404", 404), UNCLEAR),
        (html("<form>login", 200), UNCLEAR),
        (silent(), UNCLEAR),
        (said({"success": False}, 200), UNCLEAR),
        (said({"error": "no"}, 200), UNCLEAR),
        (said({}, 404, trouble=CUT), UNCLEAR),
        (said({}, 200, trouble=CUT), UNCLEAR),
    ],
)
def test_a_status_is_read_by_the_resources_own_way_of_saying_no(answer: Said, what: Access) -> None:
    assert access(LEADS, LEADS.read, answer.to(Step("any"))) is what


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"data": {"order": None}}, DENIED),
        ({"data": None, "errors": [{"message": "permission"}]}, DENIED),
        ({"data": {"order": {"id": "1"}}}, GRANTED),
        ({"data": {"order": {}}}, GRANTED),
    ],
)
def test_null_under_200_is_a_denial_of_reading(body: Any, what: Access) -> None:
    assert access(ORDERS, ORDERS.read, said(body).to(Step("any"))) is what


def test_null_says_nothing_of_another_operation() -> None:
    assert access(ORDERS, ORDERS.list, said({"data": {"order": None}}).to(Step("any"))) is GRANTED


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"data": {"change": {"id": "1"}}}, GRANTED),
        ({"data": {"change": {"id": ""}}}, DENIED),
        ({"data": {"change": None}, "errors": []}, DENIED),
    ],
)
def test_a_write_took_place_when_its_answer_shows_it(body: Any, what: Access) -> None:
    assert ORDERS.update is not None
    assert access(ORDERS, ORDERS.update, said(body).to(Step("any"))) is what


def test_each_thing_that_shows_a_write_must_be_there() -> None:
    done = {"$.a": {"equals": 1}, "$.b": {"equals": 2}}
    resource = Resource.model_validate_json(json.dumps({**GRAPHQL, "update": {**GRAPHQL["update"], "done": done}}))
    assert resource.update is not None

    assert access(resource, resource.update, said({"a": 1, "b": 2}).to(Step("any"))) is GRANTED
    assert access(resource, resource.update, said({"a": 1, "b": 3}).to(Step("any"))) is DENIED


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (said({}, 401), DENIED),
        (html("", 403), DENIED),
        (said({}, 200), GRANTED),
        (said({}, 204), GRANTED),
        (said({}, 404), UNCLEAR),
        (said({}, 199), UNCLEAR),
        (said({}, 300), UNCLEAR),
        (said({}, 500), UNCLEAR),
        (said({}, 200, trouble=CUT), UNCLEAR),
        (silent(), UNCLEAR),
    ],
)
def test_without_a_credential_401_and_403_alone_refuse(answer: Said, what: Access) -> None:
    assert refused(answer.to(Step("any"))) is what
