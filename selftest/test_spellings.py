"""The spellings in which a value is hidden from reports, and found in answers."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from stagecheck import spellings

VALUE = "sentinel/zeta 1e97'c05d"


@pytest.mark.parametrize(
    "text",
    [
        VALUE,
        quote(VALUE, safe=""),
        quote(VALUE, safe="").lower(),
        json.dumps(VALUE),
        json.dumps(VALUE).replace("/", r"\/"),
        VALUE.replace("'", "&#39;"),
        VALUE.replace("'", "\\u0027"),
    ],
)
def test_written(text: str) -> None:
    assert any(form in text for form in spellings.written(VALUE))


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "{'name': '"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, lambda raw: raw.hex().encode()])
def test_encoded_wherever_it_starts(before: str, encode) -> None:  # type: ignore[no-untyped-def]
    text = encode(f"{before}{VALUE} and more".encode()).decode()

    assert any(form in text for form in spellings.encoded(VALUE))
    assert not any(form in text for form in spellings.encoded("sentinel/zeta 1e97'd05d"))


def test_a_short_value_has_no_encoding_that_ordinary_text_would_hold() -> None:
    assert (
        min(
            map(
                len,
                spellings.encoded("ab"),
            ),
            default=9,
        )
        >= spellings.SHORTEST_ENCODED
    )
