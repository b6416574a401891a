"""The proof `direct`: the same record, asked of the service itself, is the same."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, fails, identities, passes, said, silent, steps, unproven
from stagecheck.outcome import Reason

CHECK = check("direct", {"request": {"path": "/api/things"}, "at": "$.data[*].id", "gateway_at": "$.items[*].id"})


def here(*ids: str) -> Said:
    return said({"items": [{"id": id} for id in ids]})


def there(*ids: str) -> Said:
    return said({"data": [{"id": id} for id in ids]})


def test_asks_the_gateway_and_then_the_service_at_its_own_address() -> None:
    asked = steps(CHECK)

    assert identities(CHECK) == {"gateway": "acme", "direct": "acme"}
    assert [step.base + step.request.path for step in asked.values()] == [
        "http://gateway.invalid:8001/things",
        "http://shop.invalid:8000/api/things",
    ]


def test_passes_with_the_same_values() -> None:
    assert passes(CHECK, {"gateway": here("a", "b"), "direct": there("a", "b")})


def test_reads_both_at_one_path_where_there_is_no_other() -> None:
    same = check("direct", {"request": {"path": "/api/things"}, "at": "$.data[*].id"})

    assert passes(same, {"gateway": there("a"), "direct": there("a")})


@pytest.mark.parametrize(
    ("gateway", "direct", "seen"),
    [
        (here("a", "b"), there("a", "c"), "2 values through the gateway, 2 directly, 1 in common"),
        (here("a"), there("a", "b"), "1 values through the gateway, 2 directly, 1 in common"),
        (here("x"), there(), "1 values through the gateway, 0 directly, 0 in common"),
        (here(), there(), "0 values through the gateway, 0 directly, 0 in common"),
    ],
)
def test_other_values_or_none_fail(gateway: Said, direct: Said, seen: str) -> None:
    found = fails(CHECK, {"gateway": gateway, "direct": direct})

    assert (found.reason, found.seen, found.step) == (Reason.DIFFERS_FROM_DIRECT, seen, "gateway")
    assert found.cause.startswith("brain-gateway did not ask this shop")


def test_a_fallback_of_the_gateway_is_told_as_the_difference_that_it_is() -> None:
    canned = said({"source": "fallback", "items": [{"id": "x"}]})

    assert fails(CHECK, {"gateway": canned, "direct": there("a")}).reason is Reason.DIFFERS_FROM_DIRECT


def test_no_answer_through_the_gateway_fails_with_the_matchers_reason() -> None:
    assert fails(CHECK, {"gateway": said({}, 502), "direct": there("a")}).reason is Reason.UPSTREAM_DOWN


@pytest.mark.parametrize("direct", [said({}, 500), silent()])
def test_nothing_is_proven_when_the_service_does_not_answer_directly(direct: Said) -> None:
    found = unproven(CHECK, {"gateway": here("a"), "direct": direct})

    assert (found.step, found.must_hold) == ("direct", "shop answers when it is asked directly")


def test_a_word_of_error_beside_the_values_is_another_checks_business() -> None:
    told = said({"items": [{"id": "a"}], "data": [{"id": "a"}], "success": False, "error": "late"})

    assert passes(CHECK, {"gateway": told, "direct": told})
