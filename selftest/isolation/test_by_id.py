"""T2, T3, T4: a tenant cannot read, change or delete another's record, though it knows the id."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import (
    ACME,
    GRAPHQL,
    REST,
    ZETA,
    Said,
    cleanups,
    fails,
    html,
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

READ, UPDATE, DELETE = isolation("read-by-id"), isolation("update-by-id"), isolation("delete-by-id")
NO_REPLACE = isolation("update-by-id", {name: word for name, word in REST.items() if name != "replace"})
HERE = setting()
IDS = {"victim_id": "8", "own_id": "7", "made_id": "81", "twin_id": "82"}
DENIED = said({"detail": "Not found."}, 404)
NOTHING = said(b"", 204, None)
ACCIDENTS = [said({}, 401), said({}, 500), said({}, 302), html("<form>", 200), silent()]


def mark(check: Any, role: str) -> str:
    return HERE.marker(check, role)


# -- T2

LEGS: dict[str, Said] = {
    "find-victim": said({"results": [{"id": 8}]}),
    "find-own": said({"results": [{"id": 7}]}),
    "owner-can": said({"name": ZETA}),
    "path-alive": said({"name": ACME}),
    "random-id": DENIED,
}


def test_reading_is_tried_by_the_other_tenant_on_the_owners_id() -> None:
    attack = steps(READ)["attack"]

    assert list(identities(READ)) == [*LEGS, "attack"]
    assert (str(attack.identity), dict(attack.fill)["id"]) == ("acme", "{victim_id}")
    assert writers(READ) == []
    assert cleanups(READ) == []


@pytest.mark.parametrize("status", [403, 404])
def test_a_denied_reading_passes(status: int) -> None:
    assert passes(READ, {**LEGS, "attack": said({}, status)}, captured=IDS)


@pytest.mark.parametrize("status", [200, 404, 500])
def test_the_sentinel_is_a_leak_under_any_status(status: int) -> None:
    found = fails(READ, {**LEGS, "attack": said({"name": ZETA}, status)}, captured=IDS)

    assert (found.reason, found.step) == (Reason.LEAK, "attack")
    assert found.seen == f"{status} with the sentinel of zeta"
    assert found.cause.startswith("shop looks records up by id alone")


def test_a_success_without_the_sentinel_is_a_leak_too() -> None:
    found = fails(READ, {**LEGS, "attack": said({"name": "Somebody"})}, captured=IDS)

    assert (found.reason, found.seen) == (Reason.LEAK, "attack: 200 instead of a denial")


@pytest.mark.parametrize("answer", ACCIDENTS)
def test_an_accident_denies_no_reading(answer: Said) -> None:
    assert unproven(READ, {**LEGS, "attack": answer}, captured=IDS).step == "attack"


def test_null_denies_reading_where_the_resource_says_so() -> None:
    orders = isolation("read-by-id", GRAPHQL)
    told = {**LEGS, "random-id": said({"data": {"order": None}})}

    assert passes(orders, {**told, "attack": said({"data": {"order": None}})}, captured=IDS)
    assert fails(orders, {**told, "attack": said({"data": {"order": {"id": "x"}}})}, captured=IDS).reason is Reason.LEAK


# -- T3


def changed(**more: Said) -> dict[str, Said]:
    return {
        "find-victim": LEGS["find-victim"],
        "find-own": LEGS["find-own"],
        "create-victim": said({"id": 81}, 201),
        "create-twin": said({"id": 82}, 201),
        "twin": said({"id": 82}),
        "twin-changed": said({"name": mark(UPDATE, "changed")}),
        "attack-update": DENIED,
        "attack-replace": DENIED,
        "reread": said({"name": mark(UPDATE, "victim")}),
        **dict.fromkeys(("remove-made_id", "remove-twin_id"), NOTHING),
        **dict.fromkeys(("gone-made_id", "gone-twin_id"), DENIED),
        **more,
    }


def test_changing_is_tried_on_a_record_that_the_owner_planted() -> None:
    asked = steps(UPDATE)
    owners = {name: who for name, who in identities(UPDATE).items() if who == "zeta"}
    filled = {name: dict(asked[name].fill) for name in asked}

    assert set(asked) - set(owners) == {"find-own", "attack-update", "attack-replace"}
    assert filled["create-victim"]["marker"] == mark(UPDATE, "victim")
    assert filled["create-twin"]["marker"] == mark(UPDATE, "twin")
    assert (filled["twin"]["id"], filled["twin"]["marker"]) == ("{twin_id}", mark(UPDATE, "changed"))
    assert (owners["twin-changed"], filled["twin-changed"]["id"]) == ("zeta", "{twin_id}")
    for attack in ("attack-update", "attack-replace"):
        assert (filled[attack]["id"], filled[attack]["marker"]) == ("{made_id}", mark(UPDATE, "foreign"))
    assert filled["reread"]["id"] == "{made_id}"


def test_changing_writes_and_tidies_up() -> None:
    made = ["create-victim", "create-twin", "twin", "attack-update", "attack-replace"]

    assert writers(UPDATE) == [*made, "remove-made_id", "remove-twin_id"]
    assert cleanups(UPDATE) == ["remove-made_id", "gone-made_id", "remove-twin_id", "gone-twin_id"]
    assert {name: step.capture for name, step in steps(UPDATE).items() if name.startswith("create")} == {
        "create-victim": (("made_id", "$.id"),),
        "create-twin": (("twin_id", "$.id"),),
    }


def test_a_resource_that_cannot_be_replaced_is_attacked_once() -> None:
    told = {name: answer for name, answer in changed().items() if name != "attack-replace"}
    told["reread"] = said({"name": mark(NO_REPLACE, "victim")})

    assert "attack-replace" not in steps(NO_REPLACE)
    assert passes(NO_REPLACE, told, captured=IDS)


def test_a_denied_change_passes() -> None:
    assert passes(UPDATE, changed(), captured=IDS)


@pytest.mark.parametrize("attack", [DENIED, said({"id": 81}), said({}, 500)])
def test_the_attackers_value_in_the_owners_record_is_a_foreign_write(attack: Said) -> None:
    both = said({"name": mark(UPDATE, "foreign"), "note": mark(UPDATE, "victim")})

    found = fails(UPDATE, changed(**{"attack-update": attack, "reread": both}), captured=IDS)

    assert (found.reason, found.step) == (Reason.FOREIGN_WRITE, "reread")
    assert found.seen == "the owner reads the attacker's value"
    assert found.cause == "shop writes by id alone: acme changed a record of zeta"


@pytest.mark.parametrize(("reread", "told"), [(said({"name": ""}), "200"), (DENIED, "404")])
def test_a_record_that_lost_the_owners_value_is_a_foreign_write(reread: Said, told: str) -> None:
    found = fails(UPDATE, changed(reread=reread), captured=IDS)

    assert (found.reason, found.seen) == (Reason.FOREIGN_WRITE, f"the owner gets {told} without its own value")


@pytest.mark.parametrize("answer", ACCIDENTS)
def test_an_accident_at_the_owners_reading_accuses_nobody(answer: Said) -> None:
    for check, told in ((UPDATE, changed(reread=answer)), (DELETE, removed(reread=answer))):
        found = unproven(check, told, captured=IDS)
        assert found.step == "reread"
        assert found.seen.startswith("after the attack the owner's own reading was answered ")
        assert str(answer.status or "connection refused") in found.seen


@pytest.mark.parametrize("attack", ["attack-update", "attack-replace"])
def test_a_change_that_is_confirmed_and_not_done_refuses_nobody(attack: str) -> None:
    found = unproven(UPDATE, changed(**{attack: said({"id": 81})}), captured=IDS)

    assert (found.step, found.seen) == (attack, f"{attack}: 200 instead of a denial, and nothing changed")
    assert found.cause.startswith("shop confirms a write that it did not do")


@pytest.mark.parametrize("attack", ["attack-update", "attack-replace"])
@pytest.mark.parametrize("answer", ACCIDENTS)
def test_an_accident_denies_no_change(attack: str, answer: Said) -> None:
    assert unproven(UPDATE, changed(**{attack: answer}), captured=IDS).step == attack


@pytest.mark.parametrize("attack", ["attack-update", "attack-replace"])
def test_a_change_that_was_not_tried_denies_nothing(attack: str) -> None:
    told = {name: answer for name, answer in changed().items() if name != attack}
    found = unproven(UPDATE, told, captured=IDS, unsent={attack: "own_channel"})

    assert found.step == attack
    assert found.seen == f"{attack}: not asked: no own channel was found, which is no denial"


@pytest.mark.parametrize("read", [said({"name": mark(UPDATE, "twin")}), *ACCIDENTS])
def test_a_change_that_the_owners_own_record_does_not_keep_proves_nothing(read: Said) -> None:
    found = unproven(UPDATE, changed(**{"twin-changed": read}), captured=IDS)

    assert found.step == "twin-changed"
    assert found.seen.startswith("control 'twin-changed': ")
    assert str(read.status or "connection refused") in found.seen
    assert found.seen.endswith(" without the value that the owner wrote")
    assert found.cause.startswith("shop confirms its owner's write and does not keep it")


# -- T4

CHANGING = ("twin-changed", "attack-update", "attack-replace")


def removed(**more: Said) -> dict[str, Said]:
    told = changed(reread=said({"name": mark(DELETE, "victim")}), twin=NOTHING, **{"attack-delete": DENIED})
    return {**{name: told[name] for name in told if name not in CHANGING}, **more}


def test_deleting_is_tried_on_a_record_that_the_owner_planted() -> None:
    asked = steps(DELETE)
    filled = {name: dict(asked[name].fill)["id"] for name in ("twin", "attack-delete", "reread")}

    assert filled == {"twin": "{twin_id}", "attack-delete": "{made_id}", "reread": "{made_id}"}
    assert [name for name, who in identities(DELETE).items() if who == "acme"] == ["find-own", "attack-delete"]
    assert [name for name, step in asked.items() if step.request.method == "DELETE"] == [
        "twin",
        "attack-delete",
        "remove-made_id",
        "remove-twin_id",
    ]
    assert cleanups(DELETE) == ["remove-made_id", "gone-made_id", "remove-twin_id", "gone-twin_id"]


def test_a_denied_deletion_passes() -> None:
    assert passes(DELETE, removed(), captured=IDS)


@pytest.mark.parametrize("reread", [DENIED, said({"name": "Somebody"})])
def test_a_record_that_the_owner_no_longer_reads_is_a_foreign_write(reread: Said) -> None:
    found = fails(DELETE, removed(reread=reread), captured=IDS)

    assert (found.reason, found.step) == (Reason.FOREIGN_WRITE, "reread")
    assert found.seen == f"the owner gets {reread.status}"
    assert found.cause == "shop deletes by id alone: acme removed a record of zeta"


def test_a_deletion_that_is_confirmed_and_not_done_refuses_nobody() -> None:
    found = unproven(DELETE, removed(**{"attack-delete": NOTHING}), captured=IDS)

    assert found.seen == "attack-delete: 204 instead of a denial, and nothing changed"


@pytest.mark.parametrize("answer", ACCIDENTS)
def test_an_accident_denies_no_deletion(answer: Said) -> None:
    assert unproven(DELETE, removed(**{"attack-delete": answer}), captured=IDS).step == "attack-delete"


# -- the controls and the tidying of both


@pytest.mark.parametrize("step", ["create-victim", "create-twin"])
def test_nothing_is_proven_when_the_owner_cannot_create(step: str) -> None:
    for check, told in ((UPDATE, changed()), (DELETE, removed())):
        assert unproven(check, {**told, step: said({}, 403)}, captured=IDS).step == step


@pytest.mark.parametrize("twin", [DENIED, said({}, 500), silent(), html("", 200)])
def test_nothing_is_proven_when_the_owners_own_write_is_not_done(twin: Said) -> None:
    for check, told in ((UPDATE, changed(twin=twin)), (DELETE, removed(twin=twin))):
        found = unproven(check, told, captured=IDS)

        assert found.step == "twin"
        assert found.seen.startswith("control 'twin': the owner's own write was answered ")
        assert str(twin.status or "connection refused") in found.seen
        assert found.cause.startswith("shop refuses this write to its owner too")


@pytest.mark.parametrize("lost", ["reread", "twin"])
def test_nothing_is_proven_when_a_creation_gives_no_id(lost: str) -> None:
    for check, told in ((UPDATE, changed()), (DELETE, removed())):
        rest = {name: answer for name, answer in told.items() if name != lost}

        found = unproven(check, rest, captured=IDS, unsent={lost: "made_id"})

        assert found.seen == "the creation was answered without an id"


@pytest.mark.parametrize("id", ["made_id", "twin_id"])
def test_a_record_that_stays_is_left_behind(id: str) -> None:
    for check, told in ((UPDATE, changed()), (DELETE, removed())):
        found = fails(check, {**told, f"gone-{id}": said({})}, captured=IDS)

        assert (found.reason, found.step) == (Reason.LEFT_BEHIND, f"gone-{id}")
