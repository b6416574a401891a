"""Secrets leave in no form."""

from __future__ import annotations

import base64
import html
import json
import shlex
from urllib.parse import quote, quote_plus

import pytest

from stagecheck.redaction import Redactor

SECRET = """p&s<w>o'r"d/+ é=7Gq"""
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4"


def padded(secret: str, before: int) -> str:
    return base64.b64encode(b"x" * before + secret.encode() + b":after it").decode()


FORMS = {
    "plain": SECRET,
    "url": quote(SECRET, safe=""),
    "url of a path": quote(SECRET),
    "form": quote_plus(SECRET),
    "url in lower case": quote(SECRET, safe="").replace("%2F", "%2f").replace("%3C", "%3c").replace("%2B", "%2b")
    .replace("%C3%A9", "%c3%a9").replace("%3E", "%3e").replace("%3D", "%3d"),
    "json": json.dumps(SECRET),
    "json unescaped": json.dumps(SECRET, ensure_ascii=False),
    "json for pages": json.dumps(SECRET).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003E")
    .replace("\\u003E", "\\u003e").replace("'", "\\u0027"),
    "html": html.escape(SECRET),
    "html text": html.escape(SECRET, quote=False),
    "repr": repr(SECRET),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64url": base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    "base64 url-encoded": quote(base64.b64encode(SECRET.encode()).decode(), safe=""),
    "base64 after 1": padded(SECRET, 1),
    "base64 after 2": padded(SECRET, 2),
    "base64 after 3": padded(SECRET, 3),
    "base64 in lines": base64.encodebytes(b"0123456789" * 4 + SECRET.encode() + b"0123456789" * 4).decode(),
    "hex": SECRET.encode().hex(),
    "wrapped": SECRET[:5] + "\n    " + SECRET[5:],
    "wrapped in json": SECRET[:5].replace('"', '\\"') + "\\n" + SECRET[5:].replace('"', '\\"'),
    "wrapped in a shell": SECRET[:5] + "\\\n" + SECRET[5:],
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_secret_becomes_its_name(form: str) -> None:
    text = f"before {FORMS[form]} after"

    redacted = Redactor({"PASSWORD": SECRET}).text(text)

    assert "$PASSWORD" in redacted
    middle = len(FORMS[form]) // 2
    assert not [piece for piece in (SECRET[:8], SECRET[-5:], FORMS[form][middle : middle + 6]) if piece in redacted]
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")


def test_an_unknown_token_becomes_a_tag_that_can_be_correlated() -> None:
    redacted = Redactor().text(f"first {TOKEN}, then {TOKEN}!")

    first = redacted.split()[1].rstrip(",")
    assert redacted == f"first {first}, then {first}!"
    assert first.startswith("[jwt:")
    assert "c2lnbmF0" not in redacted


def test_a_known_token_becomes_its_name_also_when_it_is_wrapped() -> None:
    redactor = Redactor({"ACME_TOKEN": TOKEN})

    redacted = redactor.text(f"Authorization: Bearer {TOKEN}\n{TOKEN[:40]}\n  {TOKEN[40:]}")

    assert redacted == "Authorization: Bearer $ACME_TOKEN\n$ACME_TOKEN"


def test_a_secret_inside_a_token_takes_the_signature_along() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"password": SECRET}).encode()).decode().rstrip("=")

    redacted = Redactor({"PASSWORD": SECRET}).text(f"eyJhbGciOiJub25lIn0.{claims}.c2lnbmF0dXJl")

    assert redacted.startswith("[jwt:")
    assert redacted.endswith("]")


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "bearer"])
def test_the_value_of_a_scheme_goes_and_prose_stays(scheme: str) -> None:
    redacted = Redactor().text(f"{scheme} QWxhZGRpbjpvcGVu; {scheme} authentication is required")

    assert "QWxhZGRp" not in redacted
    assert redacted.endswith(f"; {scheme} authentication is required")


def test_data_keeps_its_shape_and_becomes_builtins() -> None:
    data = {
        "k-hunter2222": ["hunter2222", 1, 2.5, None, True, b"hunter2222"],
        "t": ("a",),
        "o": ValueError("hunter2222"),
    }

    redacted = Redactor({"PASSWORD": "hunter2222"}).data(data)

    assert redacted == {"k-$PASSWORD": ["$PASSWORD", 1, 2.5, None, True, "$PASSWORD"], "t": ["a"], "o": "$PASSWORD"}
    json.dumps(redacted)


def test_the_longer_of_two_secrets_wins() -> None:
    redacted = Redactor({"SHORT": "hunter22", "LONG": "hunter2222"}).text("hunter2222 hunter22")

    assert redacted == "$LONG $SHORT"


def test_a_very_short_value_leaves_text_alone() -> None:
    assert Redactor({"SHORT": "ab"}).text("abc") == "abc"


def test_pieces_tell_a_secret_from_a_name_that_stands_in_the_text() -> None:
    pieces = Redactor({"PASSWORD": "hunter2222"}).pieces("$PASSWORD is hunter2222")

    assert pieces == [("$PASSWORD is ", ""), ("", "PASSWORD")]


def test_what_is_learnt_later_is_hidden_in_a_text_that_was_shown_before() -> None:
    redactor = Redactor({"OTHER": "another-secret"})
    assert redactor.text("is it late-secret") == "is it late-secret"

    redactor.learn("LATE", "late-secret")

    assert [redactor.text("is it late-secret") for _ in range(2)] == ["is it $LATE"] * 2


def test_repr_shows_names_only() -> None:
    assert repr(Redactor({"PASSWORD": "hunter2222"})) == "Redactor(PASSWORD)"


def test_a_shell_quoted_secret_goes() -> None:
    quoted = shlex.quote("it's-secret-77")

    assert "secret-77" not in Redactor({"PASSWORD": "it's-secret-77"}).text(f"curl -u {quoted}")
