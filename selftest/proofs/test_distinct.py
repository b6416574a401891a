"""The proof `distinct`: the page differs from those of the other domains."""

from __future__ import annotations

from selftest.told import fails, html, identities, page_check, passes, silent, steps
from stagecheck.outcome import Reason

CHECK = page_check("distinct", siblings=("other",))


def test_asks_the_page_and_each_other_domains_as_nobody() -> None:
    assert identities(CHECK) == {"page": "anonymous", "other": "anonymous"}
    assert [step.base for step in steps(CHECK).values()] == ["https://www.acme.invalid", "https://www.zeta.invalid"]
    assert all(step.follow for step in steps(CHECK).values())
    assert {step.shared for step in steps(CHECK).values()} == {True}, "the other domains' checks ask the same"


def test_passes_when_the_pages_differ() -> None:
    assert passes(CHECK, {"page": html("Acme"), "other": html("Zeta")})


def test_the_same_page_on_two_domains_fails() -> None:
    found = fails(CHECK, {"page": html("Acme"), "other": html("Acme")})

    assert (found.reason, found.step, found.seen) == (Reason.WRONG_BRAND, "other", "byte for byte the page of other")
    assert found.cause.startswith("one app stands behind two domains")


def test_another_domain_that_does_not_answer_is_its_own_checks_business() -> None:
    assert passes(CHECK, {"page": html("Acme"), "other": html("Acme", 500)})
    assert passes(CHECK, {"page": html("Acme"), "other": silent()})


def test_no_page_fails_with_the_matchers_reason() -> None:
    assert fails(CHECK, {"page": html("Acme", 404), "other": html("Zeta")}).reason is Reason.STATUS
