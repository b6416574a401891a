"""The proof `openapi`: the routes that the platform needs are in the service's own document."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import check, fails, identities, passes, said
from stagecheck.outcome import Reason

CHECK = check("openapi", {"routes": ["GET /leads", "POST /leads", "GET /pages/{id}"]}, kind="health")
PATHS = {"/leads": {"get": {}, "post": {}}, "/pages/{id}": {"get": {}}}


def test_asks_the_document_once() -> None:
    assert identities(CHECK) == {"document": "acme"}


def test_passes_when_each_route_is_there() -> None:
    assert passes(CHECK, {"document": said({"paths": {**PATHS, "/more": {"put": {}}}})})


def test_a_route_is_looked_for_as_the_document_writes_it() -> None:
    spaced = check("openapi", {"routes": ["GET /files/{file name}"]}, kind="health")

    assert passes(spaced, {"document": said({"paths": {"/files/{file name}": {"get": {}}}})})


@pytest.mark.parametrize(
    ("paths", "absent"),
    [
        ({**PATHS, "/leads": {"get": {}}}, "1 of 3 are absent: POST /leads"),
        ({"/leads": {"get": {}, "post": {}}}, "1 of 3 are absent: GET /pages/{id}"),
        ({**PATHS, "/leads": None}, "2 of 3 are absent: GET /leads, POST /leads"),
        (None, "3 of 3 are absent: GET /leads, POST /leads, GET /pages/{id}"),
    ],
)
def test_an_absent_route_or_method_fails(paths: Any, absent: str) -> None:
    found = fails(CHECK, {"document": said({"paths": paths})})

    assert (found.reason, found.seen, found.step) == (Reason.MISSING_ROUTE, absent, "document")
    assert "older build of shop" in found.cause


@pytest.mark.parametrize("body", [{}, [], None, {"info": {}}])
def test_something_else_than_a_document_fails(body: Any) -> None:
    found = fails(CHECK, {"document": said(body)})

    assert (found.reason, found.seen[:8]) == (Reason.MISSING_ROUTE, "3 of 3 a")


def test_no_document_fails_with_the_matchers_reason() -> None:
    assert fails(CHECK, {"document": said({}, 404)}).reason is Reason.STATUS
    assert fails(CHECK, {"document": said({}, type="text/html")}).reason is Reason.CONTENT_TYPE
