"""Each key of `expect` says what the answer is instead, and what is nearer to the wire is said first."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from selftest.told import Said, html, said, silent
from stagecheck.exchange import Trouble
from stagecheck.matchers import MATCHERS, Mismatch, first_mismatch, satisfies, titled, values
from stagecheck.model import Condition, Expect, Request, Step
from stagecheck.outcome import Reason

PROPERTIES = {"id": {"type": "integer"}, "b": {"type": "string"}, "a": {"type": "string"}}
SCHEMAS = {"thing": {"type": "object", "required": ["id"], "properties": PROPERTIES}}


def mismatch(answer: Said, **expect: Any) -> Mismatch | None:
    return first_mismatch(Expect.model_validate_json(json.dumps(expect)), answer.to(Step("any")), SCHEMAS)


def because(reason: Reason, seen: str) -> Mismatch:
    return Mismatch(reason, seen)


def test_every_key_of_expect_has_its_matcher() -> None:
    assert set(MATCHERS) == {field.alias or name for name, field in Expect.model_fields.items()}


def test_no_answer_is_told_before_anything_else() -> None:
    assert mismatch(silent(Reason.DNS, "no such name"), status=200) == because(Reason.DNS, "no such name")


def test_an_answer_that_broke_off_is_told_after_its_status_and_before_its_body() -> None:
    cut = said({}, 200, trouble=Trouble(Reason.TRUNCATED, "10 of 20 bytes"))

    assert mismatch(cut, status=200, contains=["x"]) == because(Reason.TRUNCATED, "10 of 20 bytes")
    assert mismatch(cut, status=200, type="text/html") == because(Reason.TRUNCATED, "10 of 20 bytes")
    assert mismatch(cut, status=404) == because(Reason.STATUS, "status: expected 404, got 200")


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        (299, because(Reason.STATUS, "status: expected 200, got 299")),
        (300, because(Reason.REDIRECT_LOOP, "comes back")),
        (399, because(Reason.REDIRECT_LOOP, "comes back")),
        (400, because(Reason.STATUS, "status: expected 200, got 400")),
    ],
)
def test_a_redirect_in_trouble_is_told_before_its_status(status: int, seen: Mismatch) -> None:
    assert mismatch(said({}, status, trouble=Trouble(Reason.REDIRECT_LOOP, "comes back")), status=200) == seen


def test_the_first_mismatch_is_the_one_nearest_to_the_wire() -> None:
    assert mismatch(html("no"), status=200, type="application/json", contains=["yes"]) == because(
        Reason.CONTENT_TYPE, "type: expected application/json, got text/html"
    )
    assert list(MATCHERS)[:3] == ["status", "type", "charset"]


# -- status, type, charset


@pytest.mark.parametrize(
    ("wanted", "answer", "seen"),
    [
        (200, said({}, 200), None),
        ([200, 503], said({}, 503), None),
        (200, said({}, 201), because(Reason.STATUS, "status: expected 200, got 201")),
        ([200, 204], said({}, 404), because(Reason.STATUS, "status: expected 200 or 204, got 404")),
        (200, said({}, 502), because(Reason.UPSTREAM_DOWN, "status: expected 200, got 502")),
        (200, said({}, 503), because(Reason.UPSTREAM_DOWN, "status: expected 200, got 503")),
        (200, said({}, 504), because(Reason.UPSTREAM_DOWN, "status: expected 200, got 504")),
        (200, said({}, 500), because(Reason.STATUS, "status: expected 200, got 500")),
        (
            200,
            said({}, 302, headers=(("Location", "/login"),)),
            because(Reason.STATUS, "status: expected 200, got 302 to /login"),
        ),
    ],
)
def test_status(wanted: Any, answer: Said, seen: Mismatch | None) -> None:
    assert mismatch(answer, status=wanted) == seen


@pytest.mark.parametrize(("status", "to"), [(201, ""), (299, ""), (300, " to /else"), (399, " to /else"), (400, "")])
def test_only_a_redirect_says_where_to(status: int, to: str) -> None:
    answer = said({}, status, headers=(("Location", "/else"),))

    assert mismatch(answer, status=200) == because(Reason.STATUS, f"status: expected 200, got {status}{to}")


@pytest.mark.parametrize(
    ("via", "location", "reason"),
    [
        ("domain", "https://www.acme.test/", Reason.REDIRECT_LOOP),
        ("domain", "/", Reason.REDIRECT_LOOP),
        ("domain", "/login", Reason.STATUS),
        ("domain", "//WWW.acme.test/login", Reason.STATUS),
        ("domain", "https://www.zeta.test/", Reason.REDIRECT_ELSEWHERE),
        ("domain", "http://[", Reason.STATUS),
        ("gateway", "https://www.zeta.test/", Reason.STATUS),
        ("gateway", "/", Reason.STATUS),
    ],
)
def test_a_page_that_leads_to_itself_or_elsewhere_is_told_as_that(via: str, location: str, reason: Reason) -> None:
    step = Step("any", Request.model_validate({"path": "/", "via": via}))
    answer = replace(said({}, 302, headers=(("Location", location),)).to(step), url="https://www.acme.test/")

    found = first_mismatch(Expect(status=200), answer, SCHEMAS)

    assert found == because(reason, f"status: expected 200, got 302 to {location}")


LOGIN = '<form><input name="p" type="password"></form>'


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (said({}), None),
        (said({}, type="Application/JSON; charset=utf-8"), None),
        (said({}, type="application/problem+json"), "expected application/json, got application/problem+json"),
        (said({}, type=None), "expected application/json, got none"),
        (html("<p>hi"), "expected application/json, got text/html"),
        (html(LOGIN), "expected application/json, got text/html (a login page)"),
        (html("<INPUT TYPE=PASSWORD>"), "expected application/json, got text/html (a login page)"),
    ],
)
def test_type(answer: Said, seen: str | None) -> None:
    found = mismatch(answer, type="application/json")

    assert found == (because(Reason.CONTENT_TYPE, f"type: {seen}") if seen else None)


@pytest.mark.parametrize(
    ("body", "type", "seen"),
    [
        ("Zoë".encode(), "text/html; charset=UTF-8", None),
        ("Zoë".encode(), 'text/html; Charset="utf-8"', None),
        ("Zoë".encode(), "text/html", "expected utf-8, got none"),
        ("Zoë".encode(), "text/html; charset=iso-8859-1", "expected utf-8, got iso-8859-1"),
        ("Zoë".encode("latin-1"), "text/html; charset=utf-8", "the body is not utf-8: byte 2 does not decode"),
    ],
)
def test_charset(body: bytes, type: str, seen: str | None) -> None:
    found = mismatch(said(body, type=type), charset="utf-8")

    assert found == (because(Reason.CHARSET, f"charset: {seen}") if seen else None)


# -- errors under a success


@pytest.mark.parametrize(
    ("body", "status", "seen"),
    [
        ({"success": True}, 200, None),
        ({"success": None}, 200, None),
        ({"error": None}, 200, None),
        ({"error": "", "data": None}, 200, None),
        ({"error": "partly", "data": {"id": 1}}, 200, None),
        ({"source": "saleor"}, 200, None),
        ({"source": {"fallback": True}}, 200, None),
        ([{"success": False}], 200, None),
        ({"success": False}, 400, None),
        ({"success": False}, 200, because(Reason.ERROR_UNDER_200, 'success is false under 200: {"success": false}')),
        ({"success": False}, 399, because(Reason.ERROR_UNDER_200, 'success is false under 399: {"success": false}')),
        ({"error": "no"}, 200, because(Reason.ERROR_UNDER_200, "an error under 200: no")),
        ({"error": {"code": 1}, "data": {}}, 201, because(Reason.ERROR_UNDER_200, 'an error under 201: {"code": 1}')),
        ({"source": "fallback"}, 200, because(Reason.CANNED_ANSWER, "the answer names its source 'fallback'")),
        ({"source": "Mock_Data"}, 200, because(Reason.CANNED_ANSWER, "the answer names its source 'Mock_Data'")),
    ],
)
def test_no_error_body(body: Any, status: int, seen: Mismatch | None) -> None:
    told = because(seen.reason, f"no_error_body: {seen.seen}") if seen else None

    assert mismatch(said(body, status), within=9) == told
    assert mismatch(said(body, status), within=9, no_error_body=False) is None


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (said({"data": {"shop": None}}), None),
        (said({"data": {}, "errors": []}), None),
        (
            said({"data": {"a": 1}, "errors": [{"m": "x"}]}),
            because(Reason.ERROR_UNDER_200, 'errors under 200: [{"m": "x"}]'),
        ),
        (said({"data": None}), because(Reason.EMPTY, "data is null")),
        (said({}), because(Reason.EMPTY, "data is null")),
        (said([1]), because(Reason.NOT_JSON, "the body is no JSON object: [1]")),
        (html("<p>hi"), because(Reason.NOT_JSON, "the body is no JSON object: <p>hi")),
    ],
)
def test_graphql_ok(answer: Said, seen: Mismatch | None) -> None:
    found = mismatch(answer, graphql_ok=True)

    assert found == (because(seen.reason, f"graphql_ok: {seen.seen}") if seen else None)


# -- json and its conditions

WRONG, EMPTY = Reason.WRONG_CONTENT, Reason.EMPTY


@pytest.mark.parametrize(
    ("wanted", "value", "seen"),
    [
        # plain values: in JSON, true is not 1 and 1.0 is 1
        ("up", "up", None),
        ("up", "Up", because(WRONG, "expected up, got Up")),
        (1, 1.0, None),
        (1, True, because(WRONG, "expected 1, got true")),
        (True, 1, because(WRONG, "expected true, got 1")),
        (False, 0, because(EMPTY, "expected false, got 0")),
        (True, False, because(WRONG, "expected true, got false")),
        ("up", "", because(EMPTY, "expected up, got ")),
        ("up", None, because(EMPTY, "expected up, got null")),
        (3, 0, because(EMPTY, "expected 3, got 0")),
        (0, 3, because(WRONG, "expected 0, got 3")),
        # equals
        ({"equals": None}, None, None),
        ({"equals": None}, 0, because(WRONG, "expected null, got 0")),
        ({"equals": [1, {"a": True}]}, [1, {"a": True}], None),
        ({"equals": [1, {"a": True}]}, [1, {"a": 1}], because(WRONG, 'expected [1, {"a": true}], got [1, {"a": 1}]')),
        ({"equals": 1}, [1], because(WRONG, "expected 1, got [1]")),
        ({"equals": [1]}, 1, because(WRONG, "expected [1], got 1")),
        ({"equals": 1}, {"a": 1}, because(WRONG, 'expected 1, got {"a": 1}')),
        ({"equals": {"a": 1}}, 1, because(WRONG, 'expected {"a": 1}, got 1')),
        ({"equals": [1]}, [True], because(WRONG, "expected [1], got [true]")),
        ({"equals": [1]}, [1, 2], because(WRONG, "expected [1], got [1, 2]")),
        ({"equals": {"a": 1}}, {"a": 1, "b": 2}, because(WRONG, 'expected {"a": 1}, got {"a": 1, "b": 2}')),
        ({"equals": []}, [], None),
        ({"equals": [1]}, [], because(EMPTY, "expected [1], got []")),
        # one_of
        ({"one_of": ["a", 1]}, 1, None),
        ({"one_of": ["a", 1]}, True, because(WRONG, 'expected one of ["a", 1], got true')),
        ({"one_of": ["a", 1]}, "", because(EMPTY, 'expected one of ["a", 1], got ')),
        # numbers
        ({"at_least": 1}, 1, None),
        ({"at_least": 1}, 0.9, because(WRONG, "expected at least 1, got 0.9")),
        ({"at_least": 1}, 0, because(EMPTY, "expected at least 1, got 0")),
        ({"at_least": 1}, "2", because(WRONG, "expected at least 1, got 2")),
        ({"at_least": 1}, True, because(WRONG, "expected at least 1, got true")),
        ({"at_most": 5}, 5, None),
        ({"at_most": 5}, 0, None),
        ({"at_most": 5}, 5.1, because(WRONG, "expected at most 5, got 5.1")),
        ({"at_least": 1, "at_most": 5}, 6, because(WRONG, "expected at most 5, got 6")),
        # matches
        ({"matches": "^a+$"}, "aa", None),
        ({"matches": "a"}, "bab", None),
        ({"matches": "^a+$"}, "ab", because(WRONG, "expected a match of '^a+$', got ab")),
        ({"matches": "1"}, 1, because(WRONG, "expected a match of '1', got 1")),
        ({"matches": "a"}, None, because(EMPTY, "expected a match of 'a', got null")),
        # not_empty
        ({"not_empty": True}, "x", None),
        ({"not_empty": True}, [0], None),
        ({"not_empty": True}, [], because(EMPTY, "expected something, got []")),
        ({"not_empty": True}, {}, because(EMPTY, "expected something, got {}")),
        ({"not_empty": True}, None, because(EMPTY, "expected something, got null")),
        # absent
        ({"absent": True}, 1, because(WRONG, "is there: 1")),
        ({"absent": True}, None, because(WRONG, "is there: null")),
    ],
)
def test_json(wanted: Any, value: Any, seen: Mismatch | None) -> None:
    found = mismatch(said({"a": value}), json={"$.a": wanted})

    glue = " " if seen and seen.seen.startswith("is there") else ": "
    assert found == (because(seen.reason, f"json: $.a{glue}{seen.seen}") if seen else None)


def test_a_path_that_finds_nothing_fails_unless_it_must() -> None:
    for wanted in (1, {"at_most": 5}, {"not_empty": True}, {"equals": None}):
        assert mismatch(said({"b": 1}), json={"$.a": wanted}) == because(WRONG, "json: $.a is not there")
    assert mismatch(said({"b": 1}), json={"$.a": {"absent": True}}) is None
    assert mismatch(said([]), json={"$[*].a": 1}) == because(WRONG, "json: $[*].a is not there")
    assert mismatch(said(7), json={"$.a": 1}) == because(WRONG, "json: $.a is not there")


def test_every_value_at_a_path_counts() -> None:
    body = said({"items": [{"n": 1}, {"n": 2}, {"n": 0}]})

    assert mismatch(body, json={"$.items[*].n": {"at_least": 1}}) == because(
        EMPTY, "json: $.items[*].n: expected at least 1, got 0"
    )
    assert mismatch(body, json={"$.items[*].n": {"at_least": 0}}) is None


def test_every_path_counts() -> None:
    assert mismatch(said({"a": 1, "b": 2}), json={"$.a": 1, "$.b": 3}) == because(WRONG, "json: $.b: expected 3, got 2")


@pytest.mark.parametrize("answer", [html("<p>hi"), said(b""), said(b'{"a"')])
def test_json_and_schema_want_json(answer: Said) -> None:
    for expect in ({"json": {"$.a": {"absent": True}}}, {"schema": "thing"}):
        found = mismatch(answer, **expect)

        assert found is not None
        assert (found.reason, "the body is no JSON" in found.seen) == (Reason.NOT_JSON, True)


def test_values_are_found_in_mappings_and_lists_only() -> None:
    assert values("$.a[*]", {"a": [1, None]}) == [1, None]
    assert values("$[0]", [5]) == [5]
    assert values("$", None) == values("$", "text") == values("$", 5) == []


def test_a_condition_may_stand_alone() -> None:
    assert satisfies("$.a", Condition(at_least=1), {"a": 2}) is None
    assert satisfies("$.a", 2, {"a": 2}) is None


def test_long_values_are_cut() -> None:
    found = mismatch(said({"a": "x" * 500}), json={"$.a": "y"})

    assert found is not None
    assert found.seen == f"json: $.a: expected y, got {'x' * 157}..."
    whole = mismatch(said({"a": "x" * 160}), json={"$.a": "y"})
    assert whole is not None
    assert whole.seen == f"json: $.a: expected y, got {'x' * 160}"
    assert mismatch(said({"a": "x" * 161}), json={"$.a": "y"}) == because(
        Reason.WRONG_CONTENT, f"json: $.a: expected y, got {'x' * 157}..."
    )


def test_values_are_told_as_they_are_written() -> None:
    found = mismatch(said({"a": ["Zoë"]}), json={"$.a": "y"})

    assert found is not None
    assert found.seen == 'json: $.a: expected y, got ["Zoë"]'


# -- schema, text, headers, time


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ({"id": 1}, None),
        ({"id": "1"}, "thing: $.id: '1' is not of type 'integer'"),
        ({}, "thing: $: 'id' is a required property"),
        ([], "thing: $: [] is not of type 'object'"),
        (None, "thing: $: None is not of type 'object'"),
        ({"id": 1, "b": 1, "a": 1}, "thing: $.b: 1 is not of type 'string'"),
        ({"id": "x" * 500}, f"thing: $.id: '{'x' * 156}..."),
    ],
)
def test_schema(body: Any, seen: str | None) -> None:
    found = mismatch(said(body), schema="thing")

    assert found == (because(Reason.SCHEMA, f"schema: {seen}") if seen else None)


@pytest.mark.parametrize(
    ("expect", "seen"),
    [
        ({"contains": ["Hello", "world"]}, None),
        ({"contains": ["Hello", "moon", "sun"]}, "contains: 'moon' is not in the body"),
        ({"lacks": ["moon"]}, None),
        ({"lacks": ["moon", "world"]}, "lacks: 'world' is in the body"),
        ({"matches": "w.r"}, None),
        ({"matches": "^world"}, "matches: nothing in the body matches '^world'"),
    ],
)
def test_text(expect: dict[str, Any], seen: str | None) -> None:
    assert mismatch(html("<h1>Hello world"), **expect) == (because(WRONG, seen) if seen else None)


@pytest.mark.parametrize(
    ("pattern", "seen"),
    [
        ({"x-frame-options": "DENY|SAMEORIGIN"}, None),
        ({"X-Frame-Options": "^SAME"}, "headers: X-Frame-Options is 'DENY', expected to match '^SAME'"),
        ({"X-Other": "."}, "headers: no header X-Other"),
    ],
)
def test_headers(pattern: dict[str, str], seen: str | None) -> None:
    found = mismatch(said({}, headers=(("X-Frame-Options", "DENY"),)), headers=pattern)

    assert found == (because(WRONG, seen) if seen else None)


@pytest.mark.parametrize(
    ("seconds", "seen"), [(2.0, None), (0.0, None), (2.01, "within: expected within 2 s, took 2.01 s")]
)
def test_within(seconds: float, seen: str | None) -> None:
    assert mismatch(said({}, seconds=seconds), within=2) == (because(Reason.SLOW, seen) if seen else None)


# -- service, and a page where data is due


def test_the_service_names_itself() -> None:
    assert mismatch(said({"service": "crm"}), service="crm") is None
    assert mismatch(said({"service": "cms"}), service="crm") == because(
        Reason.WRONG_SERVICE, "service: expected 'crm', got cms"
    )
    assert mismatch(said({}), service="crm") == because(Reason.WRONG_SERVICE, "service: expected 'crm', got null")
    assert mismatch(said(["crm"]), service="crm") == because(
        Reason.NOT_JSON, 'service: the body is no JSON object: ["crm"]'
    )


PAGE = html("<html><TITLE lang=en>\n Back  soon </TITLE><h1>x</h1></html>")


def test_a_page_where_data_is_due_is_told_by_its_title() -> None:
    assert mismatch(PAGE, type="application/json") == because(
        Reason.CONTENT_TYPE, "type: expected application/json, got text/html titled 'Back soon'"
    )
    seen = mismatch(PAGE, json={"$.a": 1})
    assert seen is not None
    assert (seen.reason, seen.seen.partition(": <html>")[0]) == (
        Reason.NOT_JSON,
        "json: the body is no JSON titled 'Back soon'",
    )


@pytest.mark.parametrize("key", ["service", "graphql_ok", "schema"])
def test_every_reader_of_json_tells_a_page_by_its_title(key: str) -> None:
    seen = mismatch(PAGE, **{key: True if key == "graphql_ok" else "thing"})

    assert seen is not None
    assert seen.reason is Reason.NOT_JSON
    assert re.fullmatch(
        rf"{key}: the body is no JSON( object)? titled 'Back soon': <html><TITLE lang=en> Back .*", seen.seen
    )


@pytest.mark.parametrize("answer", [html("<h1>no title</h1>"), html("<title> </title>"), said(b"<title>x</title>")])
def test_no_title_is_no_word(answer: Said) -> None:
    assert titled(answer.to(Step("any"))) == ""


def test_an_answer_that_was_slow_twice_says_so() -> None:
    twice = said({}, seconds=2.5, facts={"not_alone_s": 3.25})

    assert mismatch(twice, within=2) == because(
        Reason.SLOW, "within: expected within 2 s, took 2.50 s alone, and 3.25 s before"
    )
    assert mismatch(said({}, seconds=2.5), within=2) == because(Reason.SLOW, "within: expected within 2 s, took 2.50 s")
