"""The proof `assets`: each script and style sheet of the page is there, of the right type, and not HTML."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import Said, fails, html, page_check, passes, said, setting, silent
from stagecheck.outcome import Reason

CHECK = page_check("assets", {"at_least": 2})
PAGE = html('<script src="/a.js"></script><link rel="stylesheet" href="/b.css?v=2">')


def heard(script: Said | None = None, style: Said | None = None) -> dict[str, Said]:
    script = script or said(b"run()", type="text/javascript; charset=utf-8")
    style = style or said(b"p{}", type="text/css", url="https://www.acme.invalid/b.css?v=2")
    return {"page": PAGE, "asset-01": script, "asset-02": style}


@pytest.mark.parametrize("type", ["text/javascript", "application/javascript", "application/x-javascript"])
def test_passes_when_each_is_what_it_says(type: str) -> None:
    assert passes(CHECK, heard(script=said(b"run()", type=type)))


@pytest.mark.parametrize(
    ("script", "said_of_it"),
    [
        (said(b"run()", 404, "text/javascript"), "is 404"),
        (said(b"run()", 302, "text/javascript"), "is 302"),
        (html("<h1>home</h1>"), "is text/html"),
        (said(b"run()", type="text/plain"), "is text/plain"),
        (said(b"run()", type="text/css"), "is text/css"),
        (said(b"run()", type=None), "is of no type"),
        (said(b"", type="text/javascript"), "is empty"),
        (silent(Reason.TIMEOUT, "no answer in 10 s"), "no answer in 10 s"),
    ],
)
def test_an_asset_that_is_not_what_it_says_fails(script: Said, said_of_it: str) -> None:
    found = fails(CHECK, heard(script=script))

    assert (found.reason, found.step) == (Reason.ASSET, "asset-01")
    assert found.seen == f"1 of 2 assets: https://www.acme.invalid/a.js {said_of_it}"
    assert "static files of front" in found.cause
    assert found.must_hold == "each script and style sheet of the page is there, and is what it says"


def test_a_style_sheet_of_another_type_fails_whatever_its_query() -> None:
    sheet = said(b"p{}", type="text/javascript", url="https://www.acme.invalid/b.css?v=2.js")

    assert fails(CHECK, heard(style=sheet)).step == "asset-02"


def test_an_asset_without_a_known_suffix_is_only_not_html() -> None:
    told: dict[str, Any] = {"page": html('<script src="/run"></script><script src="/b.js"></script>')}
    rest = said(b"run()", type="text/javascript")

    assert passes(CHECK, {**told, "asset-01": said(b"x", type="text/plain"), "asset-02": rest})
    assert fails(CHECK, {**told, "asset-01": html("<p>"), "asset-02": rest}).reason is Reason.ASSET


def test_a_page_with_fewer_assets_than_are_due_fails() -> None:
    found = fails(
        CHECK, {"page": html('<script src="/a.js"></script>'), "asset-01": said(b"x", type="text/javascript")}
    )

    assert (found.reason, found.step) == (Reason.ASSET, "page")
    assert found.seen == "the page names 1 of its own, at least 2 are due"


def test_no_page_fails_with_the_matchers_reason() -> None:
    assert fails(CHECK, {"page": html("", 500)}).reason is Reason.STATUS
    assert fails(CHECK, {"page": said({})}).reason is Reason.CONTENT_TYPE


def test_the_assets_of_an_app_below_a_path_stand_below_it() -> None:
    below = setting(domains={"front": "www.acme.invalid/shop"})
    page = html(
        '<script src="/shop/a.js"></script><script src="/shopping/a.js"></script>', url="https://www.acme.invalid/shop"
    )
    script = said(b"run()", type="text/javascript", url="https://www.acme.invalid/shop/a.js")
    beside = said(b"run()", type="text/javascript", url="https://www.acme.invalid/shopping/a.js")
    check = page_check("assets")

    assert passes(check, {"page": page, "asset-01": script, "asset-02": script}, where=below)
    found = fails(check, {"page": page, "asset-01": script, "asset-02": beside}, where=below)
    assert (found.reason, found.step) == (Reason.ASSET, "asset-02")
    assert found.seen == "1 of 2 assets are not below /shop/: https://www.acme.invalid/shopping/a.js"
