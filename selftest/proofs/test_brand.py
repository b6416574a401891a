"""The proof `brand`: the page carries this brand's marks and none of the others'."""

from __future__ import annotations

from selftest.told import fails, html, identities, page_check, passes
from stagecheck.outcome import Reason

CHECK = page_check("brand", fingerprint=("<title>Acme", "acme-logo"), foreign=("Zeta Games", "zeta-logo"))


def test_asks_the_page_as_nobody() -> None:
    assert identities(CHECK) == {"page": "anonymous"}


def test_passes_with_every_own_mark_and_no_foreign_one() -> None:
    assert passes(CHECK, {"page": html("<title>Acme</title><img class=acme-logo>")})


def test_a_foreign_mark_fails_even_beside_the_own() -> None:
    found = fails(CHECK, {"page": html("<title>Acme</title><img class=acme-logo><img class=zeta-logo>")})

    assert (found.reason, found.step) == (Reason.WRONG_BRAND, "page")
    assert found.seen == "another brand's mark is on the page: 'zeta-logo'"
    assert found.cause == "the app of another brand is built or routed for www.acme.invalid"


def test_an_absent_mark_fails() -> None:
    found = fails(CHECK, {"page": html("<title>Acme</title>")})

    assert (found.reason, found.step) == (Reason.WRONG_CONTENT, "page")
    assert found.seen == "1 of 2 marks are absent, the first is 'acme-logo'"
    assert "not with the page of front" in found.cause


def test_no_page_fails_with_the_matchers_reason() -> None:
    assert fails(CHECK, {"page": html("<title>Acme</title>acme-logo", 503)}).reason is Reason.UPSTREAM_DOWN
