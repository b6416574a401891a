"""Placeholders are filled when a step is asked, and a value that is not there stops the step."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import pytest

from selftest.told import request
from stagecheck.model import Condition, Expect, Redis, Request, Step
from stagecheck.placeholders import Unfilled, fill, names, odd, unlike

UUID = "2f1c1a52-4b0e-4f7e-9f0a-6a3e5d1c7b90"


def filled(captured: dict[str, str] | None = None, fill_in: dict[str, str] | None = None, **keys: Any) -> Request:
    return fill(Step("any", request(**keys), fill=tuple((fill_in or {}).items())), captured or {}).request


def global_id(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("7", "/leads/7"),
        ("a/b", "/leads/a%2Fb"),
        ("a b?c#d%", "/leads/a%20b%3Fc%23d%25"),
        ("UHJvZHVjdDo5OQ==", "/leads/UHJvZHVjdDo5OQ=="),
        ("a+b", "/leads/a%2Bb"),
    ],
)
def test_a_value_in_a_path_stays_one_segment(value: str, path: str) -> None:
    assert filled({"id": value}, path="/leads/{id}").path == path


def test_only_the_value_is_quoted() -> None:
    assert filled({"id": "a b"}, path="/a%20b/{id}?q=x/y").path == "/a%20b/a%20b?q=x/y"


def test_query_headers_and_body_are_filled_as_they_are_at_any_depth() -> None:
    asked = filled(
        {"id": "a/b"},
        method="POST",
        path="/x",
        query={"q": "<{id}>", "n": 3, "many": ["{id}", "x"]},
        headers={"Host": "{id}"},
        body={"name": "{id}", "{id}": [{"deep": ["{id}", 1, True, None]}], "n": 2.5},
    )

    assert asked.query == {"q": "<a/b>", "n": 3, "many": ["a/b", "x"]}
    assert asked.headers == {"Host": "a/b"}
    assert asked.body == {"name": "a/b", "a/b": [{"deep": ["a/b", 1, True, None]}], "n": 2.5}
    assert (asked.method, asked.via) == ("POST", "gateway")


@pytest.mark.parametrize(
    "document",
    [
        "query($id: ID, $in: In) {id}",
        "query Q($id: ID, $in: In){thing{id}}",
        "query Q($id: ID!, $in: In) { thing(id: $id, in: $in) { id } }",
    ],
)
def test_a_graphql_document_keeps_its_braces_and_its_variables_are_filled(document: str) -> None:
    asked = filled({"id": "7"}, graphql={"document": document, "variables": {"id": "{id}", "in": {"ids": ["{id}"]}}})

    assert asked.graphql is not None
    assert asked.graphql.document == document
    assert asked.graphql.variables == {"id": "7", "in": {"ids": ["7"]}}


def test_each_operation_of_a_batch_has_its_variables_filled() -> None:
    beside = [{"document": "query($id: ID) { b }", "variables": {"id": "{id}"}}]
    batch = {"document": "query($own: ID) { a }", "variables": {"own": "{own}"}, "beside": beside}
    asked = filled({"id": "7", "own": "8"}, graphql=batch).graphql

    assert asked is not None
    assert (asked.variables, asked.beside[0].variables) == ({"own": "8"}, {"id": "7"})
    assert names(request(graphql=batch)) == {"own", "id"}


def test_a_command_of_redis_is_filled() -> None:
    asked = filled({"id": "7"}, redis={"command": ["EXISTS", "api:{id}"], "anonymous": True}).redis

    assert asked == Redis(command=["EXISTS", "api:7"], anonymous=True)


def test_base_extra_headers_and_extra_query_are_filled() -> None:
    step = Step("any", Request(), base="https://{host}", extra_headers=(("X-{a}", "{a}"),), extra_query=(("k", "{a}"),))

    done = fill(step, {"host": "shop.invalid", "a": "1"})

    assert (done.base, done.extra_headers, done.extra_query) == (
        "https://shop.invalid",
        (("X-{a}", "1"),),
        (("k", "1"),),
    )


def test_a_steps_own_value_wins_over_a_captured_one() -> None:
    assert filled({"id": "captured"}, {"id": "own"}, path="/{id}").path == "/own"


def test_a_value_may_name_a_captured_one() -> None:
    assert filled({"victim_id": "8/9"}, {"id": "{victim_id}"}, path="/{id}").path == "/8%2F9"
    assert filled({"victim_id": "8"}, {"id": "{unlike:victim_id}"}, path="/{id}").path == "/999999999"


def test_a_value_that_names_itself_ends() -> None:
    assert filled({"id": "{id}"}, path="/x", query={"q": "{id}"}).query == {"q": "{id}"}


@pytest.mark.parametrize(
    "keys",
    [
        {"path": "/{gone}"},
        {"path": "/x", "query": {"q": "{gone}"}},
        {"path": "/x", "headers": {"Host": "{gone}"}},
        {"path": "/x", "body": [{"a": "{unlike:gone}"}]},
        {"path": "/x", "graphql": {"document": "query($v: ID) {a}", "variables": {"v": "{gone}"}}},
    ],
)
def test_a_value_that_is_not_there_is_told_by_name(keys: dict[str, Any]) -> None:
    with pytest.raises(Unfilled) as raised:
        filled({"id": "7"}, {"other": "{gone}"}, **keys)

    assert raised.value.name == "gone"


def test_a_named_value_that_is_not_there_is_told_by_its_own_name() -> None:
    with pytest.raises(Unfilled, match="victim_id"):
        filled({}, {"id": "{victim_id}"}, path="/{id}")


@pytest.mark.parametrize("text", ["{}", "{Name}", "{a-b}", "{ id }", "$.items[?@.id == 1]", "{unlike:}", "{other:id}"])
def test_what_is_no_placeholder_stays(text: str) -> None:
    assert filled({"id": "7"}, path="/x", query={"q": text}).query == {"q": text}


def test_a_uuid_becomes_another_uuid_always_the_same() -> None:
    other = unlike(UUID)

    assert other != UUID
    assert str(uuid.UUID(other)) == other
    assert unlike(UUID) == other


@pytest.mark.parametrize(("id", "other"), [("7", "9" * 9), ("999999999", "8" * 9), ("12345678901", "9" * 12)])
def test_a_number_becomes_one_of_nines_or_more_and_that_one_of_eights(id: str, other: str) -> None:
    assert unlike(id) == other


@pytest.mark.parametrize(
    ("id", "other"),
    [
        (global_id("Product:7"), global_id("Product:999999999")),
        (global_id(f"Order:{UUID}"), global_id(f"Order:{unlike(UUID)}")),
        (global_id("Thing:a:7"), global_id("Thing:no-such-7:a")),
    ],
)
def test_a_global_id_keeps_its_type(id: str, other: str) -> None:
    assert unlike(id) == other


@pytest.mark.parametrize("id", ["abc", "abcd", "a-slug", global_id("no colon"), global_id("Type:"), "é" * 4])
def test_anything_else_becomes_a_word_that_nothing_has(id: str) -> None:
    assert unlike(id) == f"no-such-{id[::-1]}"


def test_what_a_step_expects_is_filled_but_for_patterns() -> None:
    said = {"$[?@.id == '{id}'].name": "{id}", "$.b": {"one_of": ["{id}", 3]}, "$.c": {"matches": "^{id}$"}, "$.d": 7}
    wanted = Expect.model_validate_json(
        json.dumps({"contains": ["<{id}>"], "lacks": ["{id}!"], "matches": "{id}", "json": said})
    )

    expect = fill(Step("any", expect=wanted), {"id": "x"}).expect

    assert expect is not None
    assert (expect.contains, expect.lacks, expect.matches) == (["<x>"], ["x!"], "{id}")
    conditions = {path: one.model_dump(exclude_unset=True) if isinstance(one, Condition) else one
                  for path, one in expect.json_.items()}  # fmt: skip
    assert conditions == {
        "$[?@.id == 'x'].name": "x",
        "$.b": {"one_of": ["x", 3]},
        "$.c": {"matches": "^{id}$"},
        "$.d": 7,
    }
    with pytest.raises(Unfilled):
        fill(Step("any", expect=wanted), {})


def test_a_captured_token_is_sent_as_the_bearer() -> None:
    assert fill(Step("any", raw_authorization="Bearer {access}"), {"access": "x"}).raw_authorization == "Bearer x"


def test_names_are_those_of_every_part_but_the_document() -> None:
    graphql = {"document": "query A($x: [ID]) { b(ids: $x) { c } }", "variables": {"x": ["{unlike:b}"]}}
    asked = request(method="POST", path="/{a}", query={"{d}": ["1", "{e}"]}, headers={"X-F": "{f}"}, graphql=graphql)

    assert names(asked) == {"a", "b", "d", "e", "f"}


@pytest.mark.parametrize(
    "text", ["{ID}", "{Needle}", "{ needle }", "{{needle}}", "${needle}", "{needle", "needle}", "{}", "{unlike:ID}"]
)
def test_what_only_looks_like_a_placeholder_is_odd(text: str) -> None:
    asked = request(path="/{id}", query={"a": f"x{text}"})

    assert list(odd(asked)) == [text.removeprefix("needle")]


@pytest.mark.parametrize("text", ["{a}{unlike:b}-{c}", '{"a": {"b": "{needle}"}}', "costs 3 $"])
def test_placeholders_and_json_are_not_odd(text: str) -> None:
    assert list(odd(request(path="/", query={"filter": text}))) == []
