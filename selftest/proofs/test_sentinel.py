"""The proof `sentinel`: the planted record of the tenant is in the answer, and no other tenant's is."""

from __future__ import annotations

from selftest.told import ACME, ZETA, check, fails, identities, passes, said, steps
from stagecheck.outcome import Reason

CHECK = check("sentinel", {"at": "$.results[*].name"}, request={"path": "/leads", "query": {"search": "{sentinel}"}})


def names(*found: str) -> dict[str, list[dict[str, str]]]:
    return {"results": [{"name": name} for name in found]}


def test_asks_once_with_the_tenants_own_sentinel_at_hand() -> None:
    assert identities(CHECK) == {"answer": "acme"}
    assert dict(steps(CHECK)["answer"].fill)["sentinel"] == ACME


def test_asks_its_own_request_where_it_has_one() -> None:
    own = check("sentinel", {"at": "$.name", "request": {"path": "/planted"}})

    assert steps(own)["answer"].request.path == "/planted"


def test_passes_when_the_record_is_among_others() -> None:
    assert passes(CHECK, {"answer": said(names("Somebody", f"Sentinel {ACME}"))})


def test_an_answer_without_the_record_fails() -> None:
    found = fails(CHECK, {"answer": said(names("Somebody", "Other"))})

    assert (found.reason, found.step) == (Reason.NO_SENTINEL, "answer")
    assert found.seen == f"2 values at $.results[*].name, none holds {ACME}"
    assert "the shop that was seeded" in found.cause


def test_the_record_at_another_place_is_an_echo_and_fails() -> None:
    assert fails(CHECK, {"answer": said({"results": [], "query": ACME})}).reason is Reason.NO_SENTINEL


def test_another_tenants_record_is_a_leak_even_beside_the_own() -> None:
    found = fails(CHECK, {"answer": said(names(f"Sentinel {ACME}", f"Sentinel {ZETA}"))})

    assert (found.reason, found.seen) == (Reason.LEAK, "the sentinel of zeta is in the answer to acme")
    assert "data of zeta reached acme" in found.cause


def test_no_answer_fails_with_the_matchers_reason() -> None:
    assert fails(CHECK, {"answer": said(names(ACME), 500)}).reason is Reason.STATUS
    assert fails(CHECK, {"answer": said({}, 502)}).reason is Reason.UPSTREAM_DOWN
