"""The proof `cookies`: a session's cookie is its visitor's and its host's alone."""

from __future__ import annotations

import pytest

from selftest.told import Said, fails, html, page_check, passes, setting, unproven
from stagecheck.outcome import Reason

CHECK = page_check("cookies", {"names": ["^session$", "_sid$"]})


def setting_cookies(*cookies: str) -> dict[str, Said]:
    return {"page": html("<h1>Home</h1>", headers=tuple(("Set-Cookie", cookie) for cookie in cookies))}


@pytest.mark.parametrize(
    "cookie",
    [
        "session=v; Path=/; Secure; HttpOnly; SameSite=Lax",
        "session=v;secure;httponly;samesite=STRICT;domain=www.acme.invalid",
        "app_sid=v; Domain=.www.acme.invalid; Secure; HttpOnly; SameSite=Strict",
    ],
)
def test_passes_when_it_is_kept(cookie: str) -> None:
    assert passes(CHECK, setting_cookies(cookie))


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ("HttpOnly; SameSite=Lax", "lacks Secure"),
        ("Secure; SameSite=Lax", "lacks HttpOnly"),
        ("Secure; HttpOnly", "lacks SameSite=Lax or Strict"),
        ("Secure; HttpOnly; SameSite=None", "lacks SameSite=Lax or Strict"),
        ("Secure; HttpOnly; SameSite=Lax; Domain=.acme.invalid", "goes to every host below acme.invalid"),
        ("Path=/", "lacks Secure, lacks HttpOnly, lacks SameSite=Lax or Strict"),
    ],
)
def test_one_that_is_given_away_fails_without_its_value(attributes: str, told: str) -> None:
    found = fails(CHECK, setting_cookies(f"session=secret-value; {attributes}"))

    assert (found.reason, found.step, found.seen) == (Reason.OPEN_DATA, "page", f"the cookie 'session' {told}")


def test_the_host_of_an_app_below_a_path_is_its_own() -> None:
    cookie = "session=v; Domain=www.acme.invalid; Secure; HttpOnly"
    below = setting(domains={"front": "www.acme.invalid/shop"})

    assert passes(CHECK, setting_cookies(f"{cookie}; SameSite=Lax"), where=below)
    found = fails(CHECK, setting_cookies(cookie), where=below)
    assert found.must_hold == "a session of www.acme.invalid belongs to its visitor and to www.acme.invalid alone"


def test_cookies_of_others_are_not_looked_at() -> None:
    good = "session=v; Secure; HttpOnly; SameSite=Lax"

    assert passes(CHECK, setting_cookies("__cf_bm=x; path=/", good))
    found = unproven(CHECK, setting_cookies("__cf_bm=x; path=/"))
    assert found.must_hold == "the page sets the cookie that is to be looked at"
    assert found.seen == "no cookie whose name matches ^session$ or _sid$"


def test_a_value_may_hold_what_stands_after_names() -> None:
    assert passes(CHECK, setting_cookies("session=a=b==; Secure; HttpOnly; SameSite=Lax"))


def test_no_page_is_no_proof() -> None:
    assert fails(CHECK, {"page": html("", 503)}).reason is Reason.UPSTREAM_DOWN
