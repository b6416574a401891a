"""The proof `internal`: neither page nor script names a host that a browser cannot reach."""

from __future__ import annotations

import pytest

from selftest.told import fails, html, page_check, passes, said
from stagecheck.outcome import Reason

CHECK = page_check("internal", {"names": ["shop-(staging|prod)"]})


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ('fetch("http://localhost:3000/api")', "http://localhost:3000"),
        ("<a href='https://localhost/login'>", "https://localhost/l"),
        ("ws://127.0.0.1:8001", "ws://127.0.0.1:8001"),
        ("http://0.0.0.0", "http://0.0.0.0"),
        ("http://10.0.3.7/x", "http://10.0.3.7"),
        ("HTTP://192.168.1.20:80", "HTTP://192.168.1.20:80"),
        ("http://172.16.0.2", "http://172.16.0.2"),
        ("http://172.31.255.1", "http://172.31.255.1"),
        ('"http://gateway:8001"', "http://gateway:8001"),
        ("wss://brain-gateway/socket", "wss://brain-gateway/s"),
        ("shop-staging.svc", "shop-staging"),
    ],
)
def test_an_unreachable_host_fails(text: str, held: str) -> None:
    found = fails(CHECK, {"page": html(f"<p>{text}</p>")})

    assert (found.reason, found.step) == (Reason.INTERNAL_NAME, "page")
    assert found.seen == f"https://www.acme.invalid/ holds {held!r}"
    assert found.must_hold == "page and scripts name only hosts that a browser can reach"
    assert found.cause.startswith("front was built with an internal address")


@pytest.mark.parametrize(
    "text",
    [
        "https://www.acme.invalid/api",
        "http://www.w3.org/2000/svg",
        "https://localhost.acme.invalid:80/x",
        "http://172.15.0.2 http://172.32.0.2 http://11.0.0.1 http://192.169.0.1",
        "http://10.0.0.1.acme.invalid/",
        # Stand-ins of libraries that every build of theirs carries (Next.js, axios).
        "new URL('/', 'http://n')",
        "origin = window.location.href || 'http://localhost'",
        "`https://${host}/x`",
        "localhost",
    ],
)
def test_a_host_that_a_browser_reaches_passes(text: str) -> None:
    assert passes(CHECK, {"page": html(text)})


def test_scripts_are_read_too() -> None:
    told = {"page": html('<script src="/a.js"></script>'), "asset-01": said(b'"http://gateway:8001/api"', type=None)}

    found = fails(CHECK, told)

    assert (found.step, found.seen) == ("asset-01", "https://www.acme.invalid/a.js holds 'http://gateway:8001'")


def test_no_page_fails_with_the_matchers_reason() -> None:
    assert fails(CHECK, {"page": html("", 404)}).reason is Reason.STATUS
