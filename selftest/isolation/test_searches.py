"""T9: a search of a tenant for another's sentinel finds no record of it."""

from __future__ import annotations

import pytest

from selftest.told import (
    REST,
    ZETA,
    Said,
    fails,
    html,
    identities,
    isolation,
    passes,
    said,
    silent,
    steps,
    unproven,
    writers,
)
from stagecheck.outcome import Reason

CHECK = isolation("search")
FOUND, NOTHING = said({"results": [{"id": 7}]}), said({"results": []})


def heard(attack: Said, **more: Said) -> dict[str, Said]:
    return {"find-victim": FOUND, "find-own": FOUND, "attack": attack, **more}


def test_looks_for_the_victims_sentinel_with_its_own_token() -> None:
    assert identities(CHECK) == {"find-victim": "zeta", "find-own": "acme", "attack": "acme"}
    assert dict(steps(CHECK)["attack"].fill)["sentinel"] == ZETA
    assert steps(CHECK)["find-victim"].shared is False, "what was heard before may be of another moment"
    assert writers(CHECK) == []


@pytest.mark.parametrize("answer", [NOTHING, FOUND, said({"results": [], "next": f"http://shop.invalid/?q={ZETA}"})])
def test_passes_when_no_record_of_the_victim_is_found(answer: Said) -> None:
    assert passes(CHECK, heard(answer))


@pytest.mark.parametrize("status", [200, 404])
def test_a_record_of_the_victim_is_a_leak(status: int) -> None:
    found = fails(CHECK, heard(said({"results": [{"name": f"Sentinel {ZETA}"}]}, status)))

    assert (found.reason, found.step, found.seen) == (Reason.LEAK, "attack", "the sentinel of zeta was found")
    assert found.cause == "shop searches without choosing the tenant"


@pytest.mark.parametrize("answer", [said({}, 404), said({}, 500), said({}, 401), silent(), html("<form>")])
def test_an_accident_is_no_empty_search(answer: Said) -> None:
    assert unproven(CHECK, heard(answer)).step == "attack"


@pytest.mark.parametrize("step", ["find-victim", "find-own"])
@pytest.mark.parametrize("answer", [NOTHING, said({}, 500)])
def test_nothing_is_proven_when_a_tenant_does_not_find_its_own(step: str, answer: Said) -> None:
    found = unproven(CHECK, heard(NOTHING, **{step: answer}))

    assert (found.step, found.must_hold) == (step, "both tenants find their own sentinel")


def test_a_total_of_records_that_are_not_shown_is_a_leak() -> None:
    counted = isolation("search", {**REST, "list": {**REST["list"], "count": "$.count"}})

    assert passes(counted, heard(said({"results": [], "count": 0})))
    assert passes(counted, heard(said({"results": [{"id": 7}], "count": 1})))
    found = fails(counted, heard(said({"results": [], "count": 1})))
    assert (found.reason, found.seen) == (Reason.LEAK, "no record was found, and a total of 1 is stated")
