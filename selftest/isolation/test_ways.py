"""T22 to T25, T42: whatever way leads to a record, it leads a tenant to none of another's."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import (
    ACME,
    GRAPHQL,
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
from stagecheck.exchange import Trouble
from stagecheck.outcome import Reason
from stagecheck.placeholders import fill
from stagecheck.plan import PROBES

NAMES = [name for name, probe in PROBES.items() if probe.way]
WAY = {"id": "by-name", "request": {"path": "/leads", "query": {"name": "{wanted}", "of": "{whose}", "id": "{id}"}}}


def resource(probe: str, *ways: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**REST, **more, "ways": {PROBES[probe].way: list(ways or (WAY,))}}


CHECK = isolation("bulk", resource("bulk"))
MINE, THEIRS, NOTHING = said([{"name": ACME}]), said([{"name": ZETA}]), said([])
FOUND = {"find-victim": said({}), "find-own": said({})}


def heard(**more: Said) -> dict[str, Said]:
    return {**FOUND, "owner by-name": THEIRS, "own by-name": MINE, "by-name": NOTHING, **more}


@pytest.mark.parametrize("name", NAMES)
def test_each_way_is_asked_by_the_owner_for_ones_own_and_for_the_victims(name: str) -> None:
    check = isolation(name, resource(name))
    captured = {"own_id": "7", "victim_id": "8"}
    asked = {name: fill(step, captured).request.query for name, step in steps(check).items() if "by-name" in name}

    assert identities(check) == {
        "find-victim": "zeta",
        "find-own": "acme",
        "owner by-name": "zeta",
        "own by-name": "acme",
        "by-name": "acme",
    }
    theirs = {"name": ZETA, "of": "zeta", "id": "8"}
    assert asked == {
        "owner by-name": theirs,
        "own by-name": {"name": ACME, "of": "acme", "id": "7"},
        "by-name": theirs,
    }
    assert writers(check) == []
    assert passes(check, heard())


def test_what_was_captured_for_a_tenant_goes_with_its_record() -> None:
    way = {"id": "w", "request": {"path": "/x", "query": {"channel": "{channel}", "own": "{own_id}"}}}
    asked = steps(isolation("argument", {**GRAPHQL, "ways": {"argument": [way]}}))
    captured = {"own_id": "7", "victim_id": "8", "own_channel": "a", "victim_channel": "z"}

    told = {name: fill(asked[name], captured).request.query for name in ("owner w", "own w", "w")}
    assert told == {
        "owner w": {"channel": "z", "own": "7"},
        "own w": {"channel": "a", "own": "7"},
        "w": {"channel": "z", "own": "7"},
    }


@pytest.mark.parametrize("answer", [NOTHING, MINE, said({}, 400), said({}, 403), said({}, 404)])
def test_no_record_of_the_victim_passes(answer: Said) -> None:
    assert passes(CHECK, heard(**{"by-name": answer}))


@pytest.mark.parametrize("answer", [THEIRS, said({"errors": [{"message": f"not {ZETA}"}]}, 400), said([ACME, ZETA])])
def test_the_sentinel_of_the_victim_fails(answer: Said) -> None:
    found = fails(CHECK, heard(**{"by-name": answer}))

    assert (found.reason, found.step) == (Reason.LEAK, "by-name")
    assert "'by-name' leads acme to no record of zeta" in found.must_hold


@pytest.mark.parametrize(
    "answer",
    [
        *(said({}, status) for status in (302, 401, 500)),
        html("<form>"),
        html("<form>", 403),
        said([], trouble=Trouble(Reason.TRUNCATED, "10 of 20 bytes")),
        silent(),
        said(b"x"),
    ],
)
def test_an_accident_is_no_denial(answer: Said) -> None:
    assert unproven(CHECK, heard(**{"by-name": answer})).step == "by-name"


@pytest.mark.parametrize(("step", "owner"), [("owner by-name", "zeta"), ("own by-name", "acme")])
@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (NOTHING, "the sentinel of {} is not in the answer"),
        (said({}, 404), "status: expected 200 or 201 or 204, got 404"),
        (said([ACME, ZETA], 500), "status: expected 200 or 201 or 204, got 500"),
        (silent(), "connection refused"),
    ],
)
def test_a_way_that_leads_nobody_anywhere_proves_nothing(step: str, owner: str, answer: Said, seen: str) -> None:
    found = unproven(CHECK, heard(**{step: answer}))

    assert (found.step, found.seen) == (step, f"control '{step}': {seen.format(owner)}")


def test_the_second_of_two_ways_is_judged_too() -> None:
    check = isolation("bulk", resource("bulk", WAY, {**WAY, "id": "other"}))
    told = heard(**{"owner other": THEIRS, "own other": MINE, "other": THEIRS})

    assert fails(check, told).step == "other"
