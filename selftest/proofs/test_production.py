"""The proof `production`: the page is a production build."""

from __future__ import annotations

import pytest

from selftest.told import fails, html, identities, page_check, passes, setting
from stagecheck.outcome import Reason

CHECK = page_check("production")


def test_asks_the_page_as_nobody() -> None:
    assert identities(CHECK) == {"page": "anonymous"}


def test_passes_without_a_trace_of_a_development_server() -> None:
    assert passes(CHECK, {"page": html('<script src="/_next/static/chunks/main-1f0a.js"></script>')})


@pytest.mark.parametrize(
    "trace",
    [
        "/_next/static/development/_buildManifest.js",
        "/_next/static/chunks/webpack-hmr.js",
        "/_next/webpack-hmr",
        "/chunks/react-refresh.js",
        "/@vite/client",
        '{"buildId":"development","page":"/"}',
    ],
)
def test_a_trace_of_a_development_server_fails(trace: str) -> None:
    found = fails(CHECK, {"page": html(f"<script>{trace}</script>")})

    assert (found.reason, found.step) == (Reason.DEV_BUILD, "page")
    assert found.seen.startswith("the page holds ")
    assert found.cause.startswith("a development server runs as front")


def test_no_page_fails_with_the_matchers_reason() -> None:
    assert fails(CHECK, {"page": html("", 500)}).reason is Reason.STATUS


PUBLIC = setting(production=True, writes="never")


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ('<meta name="robots" content="noindex,nofollow"/>', ()),
        ("<META content=none name=googlebot>", ()),
        ("", (("X-Robots-Tag", "noindex"),)),
        ("", (("X-Robots-Tag", "max-snippet: 50"), ("X-Robots-Tag", "otherbot: noindex"))),
        ("<p>This is the staging environment</p>", ()),
        ("<p>Staging site: orders are not delivered</p>", ()),
    ],
)
def test_on_production_a_page_must_be_for_the_public(text: str, headers: tuple[tuple[str, str], ...]) -> None:
    answer = {"page": html(f"<main>{text}</main>", headers=headers)}

    assert passes(CHECK, answer)
    found = fails(CHECK, answer, where=PUBLIC)
    assert found.reason is Reason.NOT_PUBLIC
    assert "front was built or configured for staging" in found.cause


@pytest.mark.parametrize(
    "text", ['<meta name="robots" content="index,follow"/>', "<p>Staging a play, and testing it</p>"]
)
def test_on_production_other_words_of_robots_and_stages_pass(text: str) -> None:
    assert passes(CHECK, {"page": html(text)}, where=PUBLIC)
