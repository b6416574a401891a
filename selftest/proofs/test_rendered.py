"""The proof `rendered`: a browser shows the page, whole, without errors, and with nothing of another brand."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import Said, fails, html, judged, page_check, passes, said, setting, silent, steps, unproven
from stagecheck.exchange import Trouble
from stagecheck.outcome import Outcome, Reason

CHECK = page_check("rendered", {"landmark": "#top"}, foreign=("zeta-logo",), siblings=("other",))
GOOD: dict[str, Any] = {
    "landmark": "visible",
    "hosts": ["www.acme.invalid"],
    "failed": [],
    "said": [],
    "held_back": [],
    "limited": False,
}
LOST = "GET https://www.acme.invalid/x.js: 404"
THROWN = "uncaught: cart is undefined"
HELD = "POST https://www.acme.invalid/seen: it writes"


def shown(text: str = "<h1>Acme</h1>", trouble: Trouble | None = None, **facts: Any) -> dict[str, Said]:
    return {"page": html(text, facts={**GOOD, **facts}, trouble=trouble)}


def test_a_browser_shows_the_page_to_nobody() -> None:
    (step,) = steps(CHECK).values()

    assert (step.probe, str(step.identity), step.landmark, step.request.path) == ("browser", "anonymous", "#top", "/")
    assert step.timeout == 30


def test_passes_when_it_is_whole() -> None:
    assert passes(CHECK, shown())
    assert passes(CHECK, shown(held_back=[HELD]))


@pytest.mark.parametrize(
    ("facts", "reason", "seen"),
    [
        ({"failed": [LOST]}, Reason.ASSET, f"1 requests of the page failed, the first is {LOST}"),
        ({"said": [THROWN]}, Reason.SCRIPT_ERROR, f"1 errors of scripts, the first is {THROWN}"),
        ({"landmark": "hidden"}, Reason.NOT_RENDERED, "'#top' is hidden"),
        ({"landmark": "absent"}, Reason.NOT_RENDERED, "'#top' is absent"),
        ({"hosts": ["www.zeta.invalid"]}, Reason.WRONG_BRAND, "the page fetches from www.zeta.invalid"),
    ],
)
def test_what_a_browser_sees_fails(facts: dict[str, Any], reason: Reason, seen: str) -> None:
    found = fails(CHECK, shown(**facts))

    assert (found.reason, found.step, found.seen) == (reason, "page", seen)


def test_a_host_that_two_brands_share_is_the_pages_own() -> None:
    shared = setting(domains={"front": "www.acme.invalid/shop", "other": "www.acme.invalid/blog"})

    assert passes(CHECK, shown(), where=shared)


def test_a_foreign_mark_that_a_script_brought_fails() -> None:
    found = fails(CHECK, shown("<h1>Acme</h1><img class=zeta-logo>", failed=[LOST]))

    assert (found.reason, found.seen) == (Reason.WRONG_BRAND, "another brand's mark is on the page: 'zeta-logo'")


def test_what_fails_is_the_cause_of_what_scripts_say_of_it() -> None:
    assert fails(CHECK, shown(failed=[LOST], said=[THROWN], held_back=[HELD])).reason is Reason.ASSET


@pytest.mark.parametrize(("facts", "seen"), [({"said": [THROWN]}, THROWN), ({"landmark": "empty"}, "'#top' is empty")])
def test_what_is_wanting_while_something_was_held_back_proves_nothing(facts: dict[str, Any], seen: str) -> None:
    found = unproven(CHECK, shown(**facts, held_back=[HELD]))

    assert (found.reason, found.seen) == (Reason.CONTROL_FAILED, f"{seen}; not sent: {HELD}")
    assert found.cause == "it may be for want of a request that the suite held back: it writes or goes elsewhere"


def test_a_limiter_or_a_browser_that_is_not_done_proves_nothing() -> None:
    refused = "GET https://www.acme.invalid/x.js: 429"
    limited = {"failed": [LOST, refused], "limited": True}

    stopped = judged(CHECK, shown(**limited))
    assert stopped is not None
    assert (stopped.outcome, stopped.reason) == (Outcome.INCONCLUSIVE, Reason.RATE_LIMITED)
    assert stopped.seen == refused
    assert stopped.cause == "the suite, or somebody at the same address, is over the limit: nothing is proven"
    unnamed = judged(CHECK, shown(failed=[LOST], limited=True))
    assert unnamed is not None
    assert unnamed.seen == "429"
    crashed = unproven(CHECK, {"page": silent(Reason.CRASHED, "does not start")})
    assert crashed.seen == "does not start"
    assert crashed.cause.startswith("this machine is too busy for a browser, or a script of the page never ends: ")
    assert unproven(CHECK, shown(trouble=Trouble(Reason.CRASHED, "not done"))).reason is Reason.CONTROL_FAILED


def test_no_page_fails_with_its_own_reason() -> None:
    assert fails(CHECK, {"page": silent()}).reason is Reason.CONNECT
    assert fails(CHECK, {"page": said(b"", 503, facts=GOOD)}).reason is Reason.UPSTREAM_DOWN


def test_a_page_that_arrives_and_is_never_done_fails() -> None:
    found = fails(CHECK, shown(trouble=Trouble(Reason.TIMEOUT, "x.js: no whole answer")))

    assert (found.reason, found.step, found.seen) == (Reason.TIMEOUT, "page", "x.js: no whole answer")
    assert found.must_hold == "a browser shows the page of front, whole and without errors"
    assert found.cause == "the page of front is never done in a browser, though its HTML arrives"
