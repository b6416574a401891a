"""What a check created and saw gone again is read from its own answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from selftest.told import GRAPHQL, REST, check, graphql, isolation, said, silent
from stagecheck import traces
from stagecheck.exchange import Answers
from stagecheck.model import Identity, Request, Step
from stagecheck.traces import Traces

POST = Step("create", Request(method="POST", path="/leads"), capture=(("made_id", "$.id"),))
DELETE = Step("remove", Request(method="DELETE", path="/leads/7"), cleanup=True)
LOOK = Step("gone", Request(path="/leads/7"), cleanup=True)
ASK: dict[str, Any] = {"path": "/leads/{id}"}
WORD = {"create": {"method": "POST"}, "id": "$.id", "read": ASK, "delete": {**ASK, "method": "DELETE"}}
STORED = check("stored", {**WORD, "expect": {"status": 200}})


def answers(created: Any, gone: Any = None) -> Answers:
    exchanges = {"create": created.to(POST), "remove": said(None, 204).to(DELETE)}
    if gone is not None:
        exchanges["gone"] = replace(gone.to(LOOK), url="http://shop.invalid/leads/7")
    return Answers(exchanges)


@pytest.mark.parametrize(
    ("created", "gone", "expected"),
    [
        (said({"id": 7}, 201), said({}, 404), Traces(1, 1)),
        (said({"id": 7}, 201), said({"id": 7}), Traces(1, 0)),
        (said({"id": 7}, 201), silent(), Traces(1, 0)),
        (said({"id": 7}, 201), None, Traces(1, 0)),
        (said({"id": 8}, 201), said({}, 404), Traces(1, 0)),
        (said({"detail": "no"}, 403), said({}, 404), Traces(0, 0)),
        (said({"id": 7}, 403), said({}, 404), Traces(0, 0)),
        (silent(), None, Traces(0, 0)),
    ],
)
def test_a_record_is_removed_when_it_was_seen_gone(created: Any, gone: Any, expected: Traces) -> None:
    assert traces.of(STORED, answers(created, gone)) == expected
    assert traces.of(isolation("list", REST), answers(created, gone)) == expected


@pytest.mark.parametrize(("looks_as", "removed"), [("zeta", 1), ("acme", 0), ("", 1)])
def test_a_record_belongs_to_the_tenant_who_created_it_whoever_the_check_is_about(looks_as: str, removed: int) -> None:
    about = isolation("list", REST)
    told = answers(said({"id": 7}, 201), said({}, 404)).exchanges
    who = {"create": "zeta", "remove": "zeta", "gone": looks_as}
    heard = {name: replace(one, step=replace(one.step, identity=Identity(who[name]))) for name, one in told.items()}

    assert about.tenant == "acme"
    assert traces.of(about, Answers(heard)) == Traces(1, removed)


def test_a_resource_says_gone_in_its_own_way() -> None:
    resource = {**GRAPHQL, "denied": {"status": [403], "null_at": "$.data.order"}}
    mutation = graphql("mutation Make { make { id } }")
    made = Step("create", Request(method="POST", **mutation), capture=(("made_id", "$.data.make.id"),))
    look = Step("gone", Request(**graphql("query Read($id: ID!) { order(id: $id) { id } }", id="T1")), cleanup=True)
    create = said({"data": {"make": {"id": "T1"}}}).to(made)

    for order, removed in ((None, 1), ({"id": "T1"}, 0)):
        told = Answers({"create": create, "gone": said({"data": {"order": order}}).to(look)})
        assert traces.of(isolation("list", resource), told) == Traces(1, removed)
