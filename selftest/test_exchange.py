"""An exchange says what the wire said, and answers say what could not be asked."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import html, said, silent
from stagecheck.exchange import Answers, Attempt, Exchange, Trouble, Troubled
from stagecheck.model import Step
from stagecheck.outcome import Reason


def exchange(body: bytes = b"", **more: Any) -> Exchange:
    return Exchange(Step("any"), "http://shop.invalid/", status=200, body=body, **more)


def test_the_first_header_of_a_name_counts_whatever_its_case() -> None:
    answer = exchange(headers=(("x-a", "1"), ("X-A", "2")))

    assert answer.header("X-a") == "1"
    assert answer.header("x-b") is None


def test_a_list_may_stand_in_several_headers() -> None:
    answer = exchange(headers=(("vary", "a"), ("Vary", "B, c"), ("x-vary", "d")))

    assert answer.line("VARY") == "a, B, c"
    assert answer.line("x-b") == ""


@pytest.mark.parametrize(
    ("value", "media_type"),
    [("Application/JSON; charset=utf-8", "application/json"), (" text/html ", "text/html"), ("", ""), (None, "")],
)
def test_the_media_type_is_without_parameters(value: str | None, media_type: str) -> None:
    headers = () if value is None else (("Content-Type", value),)

    assert exchange(headers=headers).media_type == media_type


def test_text_survives_what_is_not_utf8() -> None:
    assert exchange("Zoë".encode()).text == "Zoë"
    assert exchange(b"a\xffb").text == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize(
    ("body", "json", "is_json"),
    [
        (b'{"a": 1}', {"a": 1}, True),
        (b"[]", [], True),
        (b"0", 0, True),
        (b"false", False, True),
        (b" null\n", None, True),
        (b"", None, False),
        (b'{"a"', None, False),
        (b"<p>", None, False),
        (b"\xff", None, False),
        (b"[" * 100_000, None, False),
        (b"[" * 101 + b"]" * 101, None, False),
        (b'{"a":' * 500 + b"1" + b"}" * 500, None, False),
        (b"[0" + b",0" * 400_000 + b"]", None, False),
    ],
)
def test_json_is_parsed_or_none(body: bytes, json: Any, is_json: bool) -> None:
    assert (exchange(body).json, exchange(body).is_json) == (json, is_json)


def test_json_of_an_ordinary_depth_and_size_is_parsed() -> None:
    assert exchange(b"[" * 100 + b"]" * 100).is_json
    assert exchange(b'{"a":' * 99 + b"1" + b"}" * 99).is_json
    assert len(exchange(b"[0" + b",0" * 399_998 + b"]").json) == 399_999


def test_answers_are_found_by_step() -> None:
    heard = said({}).to(Step("one"))

    answers = Answers({"one": heard})

    assert answers["one"] is heard
    assert "one" in answers
    assert "two" not in answers


def test_a_step_that_was_not_asked_says_what_was_lacking() -> None:
    answers = Answers(unsent={"two": "victim_id"})

    assert answers["two"].trouble == Trouble(Reason.CONTROL_FAILED, "not asked: no victim id was found")
    assert answers["three"].trouble == Trouble(Reason.CONTROL_FAILED, "not asked: no earlier answer was found")
    assert (answers["two"].status, answers["two"].step.name) == (None, "two")


@pytest.mark.parametrize(("tries", "attempts"), [([], 1), ([0], 1), ([1, 3, 2], 3)])
def test_the_neediest_exchange_says_how_many_tries_it_took(tries: list[int], attempts: int) -> None:
    heard = {str(n): exchange(attempts=(Attempt(200, None, 0.1),) * count) for n, count in enumerate(tries)}

    assert Answers(heard).attempts == attempts


def test_trouble_below_a_probe_tells_its_reason() -> None:
    error = Troubled(Trouble(Reason.DNS, "no such name"))

    assert (str(error), error.trouble.reason) == ("dns: no such name", Reason.DNS)


def test_what_was_heard_is_said_in_a_word() -> None:
    step = Step("any")

    assert said({}, 500).to(step).said == "500"
    assert html("", 200).to(step).said == "200 text/html"
    assert silent().to(step).said == "connection refused"
    assert said({}, trouble=Trouble(Reason.TRUNCATED, "10 of 20 bytes")).to(step).said == "200, but 10 of 20 bytes"
    assert Exchange(step, "dns://nowhere").said == "nothing"
