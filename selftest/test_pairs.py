"""Two faults at once, of which one could hide the other: both are named, or one is blocked by the other and says so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from selftest import detection
from selftest.detection import Platform
from selftest.measured import PAGE as PAGE_OF_FIGURES
from selftest.measured import commit
from stagecheck.outcome import Outcome

pytestmark = pytest.mark.full

HEADING = "## Two faults at once"
PAGE = "domain[{}/page/{}]"
BIZOHOLIC, CORELDOVE, THRILLRING = "bizoholic-frontend", "coreldove-frontend", "thrillring-gaming"
LEADS, PAGES, PRODUCTS = "routing[django-crm/leads/{}]", "routing[wagtail-cms/pages/{}]", "routing[saleor/products/{}]"
PAIR = "@bizoholic:coreldove]"

# (first, second) -> what each is named by: check -> reason.
BOTH = {
    ("saleor-canned", "saleor-down"): {
        PRODUCTS.format("signature"): "canned_answer",
        "routing[saleor/graphql/answers]": "upstream_down",
    },
    ("gateway-health-constant", "django-crm-down"): {
        "health[brain-gateway/health/honest]": "false_health",
        LEADS.format("answers"): "upstream_down",
    },
    ("crm-lost-write", "crm-read-any"): {
        LEADS.format("stored"): "wrong_content",
        f"isolation[django-crm/leads/read-by-id{PAIR}": "leak",
    },
    ("gateway-trusts-tenant-header", "crm-query-tenant"): {
        f"isolation[django-crm/leads/tenant-header{PAIR}": "leak",
        f"isolation[django-crm/leads/override{PAIR}": "leak",
    },
    ("wagtail-default-site", "wagtail-not-found-200"): {
        PAGES.format("varies"): "leak",
        PAGES.format("missing"): "ghost_record",
    },
    ("thrillring-serves-bizoholic", "bizoholic-assets-404"): {
        PAGE.format(THRILLRING, "brand"): "wrong_brand",
        PAGE.format(BIZOHOLIC, "assets"): "asset",
    },
    ("gateway-limit-shared", "crm-write-any"): {
        "routing[brain-gateway/limiter/limited]": "no_limit",
        f"isolation[django-crm/leads/update-by-id{PAIR}": "foreign_write",
    },
}

# (first, second) -> the check that names the first, the reason, and the check of the second, blocked by it.
BLOCKED = {
    ("gateway-down", "saleor-canned"): (
        "health[brain-gateway/health/answers]", "connect", PRODUCTS.format("signature"),
    ),
    ("edge-down", "coreldove-cert-expired"): (
        PAGE.format(CORELDOVE, "tcp"), "connect", PAGE.format(CORELDOVE, "tls"),
    ),
    ("dns-nxdomain-thrillring", "thrillring-serves-bizoholic"): (
        PAGE.format(THRILLRING, "dns"), "dns", PAGE.format(THRILLRING, "brand"),
    ),
    ("coreldove-cert-expired", "coreldove-maintenance"): (
        PAGE.format(CORELDOVE, "tls"), "tls_expired", PAGE.format(CORELDOVE, "answers"),
    ),
    ("auth-down", "crm-list-500"): (
        "routing[auth-service/keys/answers]", "upstream_down", LEADS.format("answers"),
    ),
    ("crm-error-200", "crm-delete-noop"): (
        LEADS.format("missing"), "ghost_record", LEADS.format("stored"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def replica() -> Iterator[Platform]:
    with detection.running() as platform:
        yield platform


@pytest.fixture(scope="module")
def right() -> Iterator[list[tuple[str, str]]]:
    """The pairs that were told as they should be; their number is a figure once all were asked."""
    pairs: list[tuple[str, str]] = []
    yield pairs
    if set(pairs) == {*BOTH, *BLOCKED}:
        told = f"of {len(pairs)} pairs of faults, of which one could hide the other, {len(BOTH)} are named both"
        blocked = f"of {len(BLOCKED)} the second is blocked by the first and says so"
        PAGE_OF_FIGURES.write(HEADING, f"Measured at {commit()} by `make full`: {told}; {blocked}.")


@pytest.mark.parametrize("pair", BOTH, ids=" + ".join)
def test_both_are_named(pair: tuple[str, str], replica: Platform, right: list[tuple[str, str]]) -> None:
    heard = replica.hear(pair, only=BOTH[pair])

    assert detection.red(heard) == BOTH[pair], [told.text for told in heard.values()]
    right.append(pair)


@pytest.mark.parametrize("pair", BLOCKED, ids=" + ".join)
def test_the_second_is_blocked_by_the_first_and_says_so(
    pair: tuple[str, str], replica: Platform, right: list[tuple[str, str]]
) -> None:
    first, reason, second = BLOCKED[pair]

    heard = replica.hear(pair, only=(first, second))

    assert (heard[first].red, heard[first].reason) == (True, reason), heard[first].text
    assert (heard[second].outcome, heard[second].root) == (Outcome.BLOCKED, first), heard[second].text
    assert heard[second].text.startswith(f"blocked by {first}: {reason}: ")
    right.append(pair)
