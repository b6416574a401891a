"""What the proofs of a public page share: the request for it, and the assets that it names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selftest.told import html, page_check, setting
from stagecheck.exchange import Answers
from stagecheck.proofs import page

CHECK = page_check("assets")
HERE = setting()


def heard(text: str, status: int = 200, *more: str) -> Answers:
    step = page.page(CHECK, HERE)[0]
    exchange = html(text, status, url="https://www.acme.invalid/shop/").to(step)
    return Answers({"page": exchange, **dict.fromkeys(more, exchange)})


def test_the_page_is_asked_by_nobody_at_the_domain_and_redirects_are_followed() -> None:
    step = page.page(CHECK, HERE)[0]

    assert (step.name, step.base, str(step.identity), step.follow) == (
        "page",
        "https://www.acme.invalid",
        "anonymous",
        True,
    )
    assert step.shared is True, "other checks of the page ask the same"


@pytest.mark.parametrize(
    ("tag", "url"),
    [
        ('<script src="/a.js"></script>', "https://www.acme.invalid/a.js"),
        ('<SCRIPT SRC="a.js"></SCRIPT>', "https://www.acme.invalid/shop/a.js"),
        ('<link rel="preload stylesheet" href="/a.css?v=1">', "https://www.acme.invalid/a.css?v=1"),
        ('<LINK REL="StyleSheet" HREF="/a.css">', "https://www.acme.invalid/a.css"),
        ('<script src="//cdn.invalid/a.js"></script>', "https://cdn.invalid/a.js"),
    ],
)
def test_scripts_and_style_sheets_are_named_with_their_whole_address(tag: str, url: str) -> None:
    assert page.named_assets(heard(tag)["page"]) == [url]


@pytest.mark.parametrize(
    "tag",
    [
        "<script>run()</script>",
        '<link rel="icon" href="/a.ico">',
        '<link href="/a.css">',
        '<img src="/a.js">',
        '<script src="http://["></script>',
    ],
)
def test_nothing_else_is_an_asset(tag: str) -> None:
    assert page.named_assets(heard(tag)["page"]) == []


def test_each_asset_is_named_once_in_the_pages_order() -> None:
    text = '<script src="/b.js"></script><link rel="stylesheet" href="/a.css"><script src="/b.js"></script>'

    assert [url.rpartition("/")[2] for url in page.named_assets(heard(text)["page"])] == ["b.js", "a.css"]


def test_own_assets_are_asked_by_nobody_with_their_query() -> None:
    text = (
        '<script src="/a.js?v=1"></script><script src="https://cdn.invalid/b.js"></script><script src="c.js"></script>'
    )

    asked = page.assets(CHECK, HERE, heard(text))

    assert [(step.name, step.base + step.request.path, str(step.identity)) for step in asked] == [
        ("asset-01", "https://www.acme.invalid/a.js?v=1", "anonymous"),
        ("asset-02", "https://www.acme.invalid/shop/c.js", "anonymous"),
    ]
    assert {step.shared for step in asked} == {True}, "other checks of the page ask the same"


def test_the_assets_of_an_app_below_a_path_are_asked_for_where_the_page_names_them() -> None:
    below = setting(domains={"front": "www.acme.invalid/shop"})

    (asked,) = page.assets(CHECK, below, heard('<script src="/shop/a.js"></script>'))
    assert asked.base + asked.request.path == "https://www.acme.invalid/shop/a.js"


def test_the_name_of_a_host_has_no_case() -> None:
    (asked,) = page.assets(CHECK, HERE, heard('<script src="https://WWW.ACME.invalid/a.js"></script>'))

    assert asked.base + asked.request.path == "https://www.acme.invalid/a.js"


@pytest.mark.parametrize("url", ["data:text/javascript,run()", "blob:run", "x:.elsewhere.invalid/a.js"])
def test_what_is_on_no_host_is_not_asked_for(url: str) -> None:
    assert page.assets(CHECK, HERE, heard(f'<script src="{url}"></script>')) == ()


def test_the_query_of_the_page_is_not_that_of_its_assets() -> None:
    searched = page_check("assets").entry
    assert searched is not None
    here = searched.request.model_copy(update={"query": {"q": "x"}})
    check = replace(CHECK, entry=searched.model_copy(update={"request": here}))

    assert [step.request.query for step in page.assets(check, HERE, heard('<script src="/a.js"></script>'))] == [{}]


def test_braces_of_a_template_that_was_not_rendered_are_no_placeholder_of_ours() -> None:
    asked = page.assets(CHECK, HERE, heard('<script src="/{{static}}/{unlike:x}.js"></script>'))

    assert [step.request.path for step in asked] == ["/%7B%7Bstatic%7D%7D/%7Bunlike:x%7D.js"]


def test_no_more_than_forty_are_asked() -> None:
    text = "".join(f'<script src="/{n}.js"></script>' for n in range(60))

    assert len(page.assets(CHECK, HERE, heard(text))) == 40


def test_assets_are_asked_once_and_of_a_page_that_came() -> None:
    text = '<script src="/a.js"></script>'

    assert page.assets(CHECK, HERE, heard(text, 200, "asset-01")) == ()
    assert page.assets(CHECK, HERE, heard(text, 404)) == ()
    assert page.assets(CHECK, HERE, heard("<p>no assets")) == ()
