"""T26, T27: a record shows the fields that it is said to show, and no others; some of them nobody can write."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import (
    ACME,
    ENVIRONMENT,
    MANY,
    REST,
    ZETA,
    Said,
    cleanups,
    fails,
    identities,
    isolation,
    passes,
    said,
    setting,
    silent,
    steps,
    unproven,
    writers,
)
from stagecheck.outcome import Reason
from stagecheck.placeholders import fill

# -- T26

SHOWN = isolation("shown-fields", {**REST, "public_fields": ["id", "name"], "record": "$.lead"}, victim="")


def shown(record: Any, status: int = 200, again: Any = None, other: Any = None) -> dict[str, Said]:
    return {
        "find-own": said({"results": [{"id": 7}]}),
        "find-victim": said({"results": [{"id": 8}]}),
        "own": said({"lead": record}, status),
        "own-again": said({"lead": again or record}),
        "other": said({"lead": other or {"id": 8, "name": ZETA}}),
    }


def test_reads_its_own_record_twice_and_as_another_that_ones() -> None:
    assert identities(SHOWN) == {
        **dict.fromkeys(("find-own", "own", "own-again"), "acme"),
        **dict.fromkeys(("find-victim", "other"), "zeta"),
    }
    for name, path in {"own": "/leads/7", "own-again": "/leads/7", "other": "/leads/8"}.items():
        assert fill(steps(SHOWN)[name], {"own_id": "7", "victim_id": "8"}).request.path == path
    assert writers(SHOWN) == []
    assert steps(SHOWN)["other"].shared is True, "other checks ask the same"
    assert identities(SHOWN, MANY) == identities(SHOWN), "one other is enough"
    assert identities(SHOWN, setting(tenants=ENVIRONMENT["tenants"][:1])) == dict.fromkeys(
        ("find-own", "own", "own-again"), "acme"
    )


@pytest.mark.parametrize("record", [{"id": 7, "name": ACME}, {"name": ACME}])
def test_named_fields_pass(record: dict[str, Any]) -> None:
    assert passes(SHOWN, shown(record))


def test_fields_that_nobody_named_fail_by_their_names_alone() -> None:
    found = fails(SHOWN, shown({"name": ACME, "secret": "s3cret", "seller": 40}))

    assert (found.reason, found.step, found.seen) == (Reason.LEAK, "own", "it also shows secret, seller")
    assert found.must_hold == "a record shows no field but id, name"


def test_a_new_field_tells_nothing_that_is_the_same_in_anothers_record_or_another_at_each_reading() -> None:
    new = {"note": "of a later version", "more": {"level": 2}}
    own = {"name": ACME, **new, "trace": 1}

    assert passes(SHOWN, shown(own, again={**own, "trace": 2}, other={"name": ZETA, **new, "trace": 3}))
    found = fails(SHOWN, shown(own, other={"name": ZETA, **new, "note": "other", "trace": 1}))
    assert found.seen == "it also shows note"
    assert passes(SHOWN, shown({"name": ACME, **new}, other={"name": ZETA, **new}), where=MANY), "one other is enough"


@pytest.mark.parametrize("field", ["password", "password_hash", "unitCost", "internal-notes", "SECRET"])
def test_a_field_whose_name_says_that_it_is_private_fails_whatever_it_holds(field: str) -> None:
    found = fails(SHOWN, shown({"name": ACME, field: None}, other={"name": ZETA, field: None}))

    assert found.seen == f"it also shows {field}"


@pytest.mark.parametrize("field", ["costume", "tokens_left", "keyboard", "hashtags"])
def test_a_word_in_another_is_no_private_name(field: str) -> None:
    assert passes(SHOWN, shown({"name": ACME, field: 1}, other={"name": ZETA, field: 1}))


@pytest.mark.parametrize("heard", [shown({"name": "x"}), shown({"name": ACME}, 500), shown([ACME]), shown(ACME)])
def test_a_record_that_is_not_ones_own_proves_nothing(heard: dict[str, Said]) -> None:
    assert unproven(SHOWN, heard).step == "own"


def test_an_answer_without_a_record_proves_nothing() -> None:
    found = unproven(SHOWN, {**shown({"name": ACME}), "own": said({"other": ACME})})

    assert (found.step, found.seen) == ("own", "no record")


def test_it_is_said_what_another_record_is_read_for() -> None:
    found = unproven(SHOWN, {**shown({"name": ACME, "note": 1, "more": 2}), "other": said({}, 500)})

    assert found.must_hold == "zeta reads its own record, to compare more, note with"


@pytest.mark.parametrize("step", ["own-again", "other"])
def test_a_record_to_compare_with_that_cannot_be_read_proves_nothing(step: str) -> None:
    assert unproven(SHOWN, {**shown({"name": ACME, "note": 1}), step: said({}, 500)}).step == step


def test_where_nothing_is_to_be_compared_another_tenants_record_is_not_needed() -> None:
    assert passes(SHOWN, {**shown({"name": ACME}), "other": said({}, 500)})


# -- T27

KEPT_FIELDS = {"score": 99, "tenant": "{victim}", "is_admin": True}
KEPT = isolation("kept-fields", {**REST, "kept_fields": KEPT_FIELDS})
OWN, CHANGED = (setting().marker(KEPT, role) for role in ("own", "changed"))
WRITES = ["write score", "write tenant", "write is_admin"]
READS = ["after score", "after tenant", "after is_admin"]
BEFORE = {"id": 7, "name": OWN, "score": 10, "tenant": "acme"}
AFTER = {**BEFORE, "name": CHANGED}
CAPTURED = {"made_id": "70", "own_id": "7", "victim_id": "8"}


def kept(**more: Said) -> dict[str, Said]:
    return {
        "find-victim": said({}),
        "find-own": said({}),
        "create-own": said({"id": 70}, 201),
        "before": said(BEFORE),
        "change": said({}),
        **dict.fromkeys(WRITES, said({})),
        **dict.fromkeys(READS, said(AFTER)),
        "victim-reads": said({}, 404),
        "remove-moved": said({}, 404),
        "remove-made_id": said(b"", 204, None),
        "gone-made_id": said({}, 404),
        **more,
    }


def test_each_field_is_written_once_beside_a_good_change() -> None:
    asked = steps(KEPT)
    bodies = [fill(asked[name], CAPTURED).request.body for name in ("change", *WRITES)]

    own_record = ("before", "change", *WRITES, *READS, "victim-reads", "remove-moved")
    assert {fill(asked[name], CAPTURED).request.path for name in own_record} == {"/leads/70"}
    assert fill(asked["create-own"], CAPTURED).request.body == {"name": OWN}
    assert bodies == [
        {"name": CHANGED},
        {"name": CHANGED, "score": 99},
        {"name": CHANGED, "tenant": "zeta"},
        {"name": CHANGED, "is_admin": True},
    ]
    assert {name for name, who in identities(KEPT).items() if who == "zeta"} == {
        "find-victim",
        "victim-reads",
        "remove-moved",
    }
    assert writers(KEPT) == ["create-own", "change", *WRITES, "remove-moved", "remove-made_id"]
    assert cleanups(KEPT) == ["remove-moved", "remove-made_id", "gone-made_id"]


@pytest.mark.parametrize("refusal", [said({}), said({}, 400), said({}, 403)])
def test_fields_that_stay_pass_whatever_the_write_was_answered(refusal: Said) -> None:
    assert passes(KEPT, kept(**dict.fromkeys(WRITES, refusal)), captured=CAPTURED)


@pytest.mark.parametrize(
    ("after", "step", "seen"),
    [
        ({"score": 99}, "write score", "'score' was 10 and is 99"),
        ({"tenant": "zeta"}, "write tenant", "'tenant' was 'acme' and is 'zeta'"),
        ({"is_admin": True}, "write is_admin", "'is_admin' was None and is True"),
        ({"score": None}, "write score", "'score' was 10 and is None"),
    ],
)
def test_a_field_that_changed_fails(after: dict[str, Any], step: str, seen: str) -> None:
    told = kept(**{step.replace("write", "after"): said({**AFTER, **after})})
    found = fails(KEPT, told, captured=CAPTURED)

    assert (found.reason, found.step, found.seen) == (Reason.FOREIGN_WRITE, step, seen)
    assert found.must_hold.startswith("score, tenant, is_admin of a record stay as they are")


def test_a_record_that_was_given_away_fails() -> None:
    told = kept(**{"victim-reads": said({"name": CHANGED}), "after tenant": said({}, 404)})

    found = fails(KEPT, told, captured=CAPTURED)
    assert (found.reason, found.step) == (Reason.FOREIGN_WRITE, "victim-reads")


@pytest.mark.parametrize("answer", [said({}, 404), said({}, 500), said(AFTER, 500), silent()])
@pytest.mark.parametrize("step", READS)
def test_a_record_that_cannot_be_read_afterwards_proves_nothing(step: str, answer: Said) -> None:
    assert unproven(KEPT, kept(**{step: answer}), captured=CAPTURED).step == step


def test_a_service_that_keeps_no_change_proves_nothing() -> None:
    later = unproven(KEPT, kept(**dict.fromkeys(READS, said(BEFORE))), captured=CAPTURED)
    assert (later.step, later.seen) == (READS[0], "the good change is not there")
    before = unproven(KEPT, kept(before=said({"name": "x"})), captured=CAPTURED)
    assert (before.step, before.seen) == ("before", "control 'before': the marker is not there")


@pytest.mark.parametrize("step", ["create-own", "before", "change"])
def test_a_control_that_does_not_answer_proves_nothing(step: str) -> None:
    assert unproven(KEPT, kept(**{step: said({}, 500)}), captured=CAPTURED).step == step


def test_what_stays_is_told() -> None:
    found = fails(KEPT, kept(**{"gone-made_id": said(AFTER)}), captured=CAPTURED)

    assert (found.reason, found.step) == (Reason.LEFT_BEHIND, "gone-made_id")
