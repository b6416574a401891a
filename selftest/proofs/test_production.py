"""The proof `production`: the page is a production build."""

from __future__ import annotations

import pytest

from selftest.told import fails, html, identities, page_check, passes
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
