"""T5: a tenant cannot create a record that belongs to another."""

from __future__ import annotations

import pytest

from selftest.told import (
    GRAPHQL,
    REST,
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
from stagecheck.isolation.create_into import into_operation
from stagecheck.outcome import Reason

CHECK, ORDERS = isolation("create-into"), isolation("create-into", GRAPHQL)
HERE = setting()
OWN, FOREIGN = HERE.marker(CHECK, "own"), HERE.marker(CHECK, "foreign")
IDS = {"victim_id": "8", "own_id": "7", "made_id": "71"}
INTO = {**IDS, "into_id": "72"}
DENIED, NOTHING = said({}, 404), said({"results": []})
NEEDS_ID = dict.fromkeys(("victim-reads", "own-reads", "remove-as-victim", "remove-into_id", "gone-into_id"), "into_id")


def refused(attack: Said, **more: Said) -> dict[str, Said]:
    """The attack made no record that could be named."""
    return {
        "find-victim": said({"results": [{"id": 8}]}),
        "find-own": said({"results": [{"id": 7}]}),
        "create-own": said({"id": 71}, 201),
        "read-own": said({"name": OWN}),
        "attack": attack,
        "victim-search": NOTHING,
        "remove-made_id": said(b"", 204, None),
        "gone-made_id": DENIED,
        **more,
    }


def kept(**more: Said) -> dict[str, Said]:
    """The attack made a record, and it belongs to the attacker."""
    made = {"victim-reads": DENIED, "own-reads": said({"name": FOREIGN}), "remove-as-victim": DENIED}
    gone = {"remove-into_id": said(b"", 204, None), "gone-into_id": DENIED}
    return {**refused(said({"id": 72}, 201)), **made, **gone, **more}


def test_the_attack_names_the_victim_in_the_owner_field() -> None:
    attack = steps(CHECK)["attack"]

    assert (attack.request.body, str(attack.identity)) == ({"name": "{marker}", "tenant_id": "zeta"}, "acme")
    assert dict(attack.fill)["marker"] == FOREIGN
    assert attack.capture == (("into_id", "$.id"),)


def test_a_creation_without_a_body_gets_one_with_the_owner_field() -> None:
    create = {"request": {"method": "POST", "path": "/leads"}, "id": "$.id"}
    resource = isolation("create-into", {**REST, "create": create}).resource

    assert resource is not None
    assert into_operation(resource, "zeta").request.body == {"tenant_id": "zeta"}


def test_the_attack_is_the_targets_own_where_it_has_one() -> None:
    attack = steps(ORDERS)["attack"]

    assert ORDERS.resource is not None
    assert into_operation(ORDERS.resource, "zeta") is ORDERS.resource.create_into
    assert attack.request == ORDERS.resource.create_into.request  # type: ignore[union-attr]
    assert (dict(attack.fill)["victim"], dict(attack.fill)["channel"]) == ("zeta", "{own_channel}")


def test_the_owner_looks_for_it_and_both_try_to_read_it() -> None:
    asked = steps(CHECK)
    owners = [name for name, who in identities(CHECK).items() if who == "zeta"]

    assert owners == ["find-victim", "victim-search", "victim-reads", "remove-as-victim"]
    assert dict(asked["victim-search"].fill)["sentinel"] == FOREIGN
    assert {dict(asked[name].fill)["id"] for name in ("victim-reads", "own-reads", "remove-as-victim")} == {"{into_id}"}
    assert dict(asked["create-own"].fill)["marker"] == OWN
    assert dict(asked["read-own"].fill)["id"] == "{made_id}"
    assert dict(asked["attack"].fill)["id"] == "", "what is created has no id yet"


def test_it_writes_and_tidies_up_as_whoever_may_own_the_record() -> None:
    removals = ["remove-made_id", "remove-as-victim", "remove-into_id"]

    assert writers(CHECK) == ["create-own", "attack", *removals]
    assert cleanups(CHECK) == [removals[0], "gone-made_id", *removals[1:], "gone-into_id"]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_refused_creation_passes(status: int) -> None:
    assert passes(CHECK, refused(said({}, status)), captured=IDS, unsent=NEEDS_ID)


def test_a_record_that_is_the_attackers_own_passes() -> None:
    assert passes(CHECK, kept(), captured=INTO)


def test_a_write_that_shows_it_was_not_done_passes() -> None:
    told = refused(said({"data": {"make": None}}))
    told["read-own"] = said({"name": HERE.marker(ORDERS, "own")})
    told["gone-made_id"] = said({"data": {"order": None}})

    assert passes(ORDERS, told, captured=IDS, unsent=NEEDS_ID)


def test_a_record_that_the_victim_reads_is_a_foreign_write() -> None:
    found = fails(CHECK, kept(**{"victim-reads": said({"name": FOREIGN})}), captured=INTO)

    assert (found.reason, found.step) == (Reason.FOREIGN_WRITE, "victim-reads")
    assert found.seen == "zeta reads the record that acme created"
    assert found.cause == "shop takes the owner from the request's body: acme wrote into zeta"


def test_a_record_that_the_victim_finds_is_a_foreign_write_whatever_the_attack_was_told() -> None:
    found = fails(
        CHECK,
        refused(said({}, 403), **{"victim-search": said({"results": [{"id": 72, "name": f"x {FOREIGN}"}]})}),
        captured=IDS,
        unsent=NEEDS_ID,
    )

    assert (found.reason, found.step) == (Reason.FOREIGN_WRITE, "victim-search")
    assert found.seen == "zeta finds the marker that acme created"


def test_what_the_victim_finds_beside_the_marker_accuses_nobody() -> None:
    found = said({"results": [{"id": 8, "name": "Somebody"}], "next": f"http://shop.invalid/leads?search={FOREIGN}"})

    assert passes(CHECK, kept(**{"victim-search": found}), captured=INTO)


@pytest.mark.parametrize(("answer", "told"), [(said({}, 500), "500"), (silent(), "connection refused")])
def test_nothing_is_proven_when_the_victim_cannot_look(answer: Said, told: str) -> None:
    found = unproven(CHECK, kept(**{"victim-search": answer}), captured=INTO)

    assert (found.step, found.seen) == ("victim-search", f"the search of zeta was answered {told}")
    assert found.cause == "nothing is proven: whether the record reached the victim could not be seen"


@pytest.mark.parametrize("attack", [said({}, 401), said({}, 429), said({}, 500), silent(), said({}, 200)])
def test_nothing_is_proven_when_the_attack_was_neither_refused_nor_kept(attack: Said) -> None:
    found = unproven(CHECK, refused(attack), captured=IDS, unsent=NEEDS_ID)

    assert found.step == "attack"
    assert found.seen.endswith("and acme does not read the record either")
    assert unproven(CHECK, kept(**{"own-reads": said({"name": "other"})}), captured=INTO).step == "attack"


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("create-own", said({}, 403)),
        ("create-own", silent()),
        ("read-own", said({}, 404)),
        ("read-own", said({"name": "another"})),
    ],
)
def test_nothing_is_proven_when_the_tenant_cannot_create_for_itself(step: str, answer: Said) -> None:
    found = unproven(CHECK, kept(**{step: answer}), captured=INTO)

    assert found.step == step
    if answer.status == 200:
        assert found.seen == "control 'read-own': the marker is not there"


@pytest.mark.parametrize("id", ["made_id", "into_id"])
def test_a_record_that_stays_is_left_behind(id: str) -> None:
    found = fails(CHECK, kept(**{f"gone-{id}": said({})}), captured=INTO)

    assert (found.reason, found.step) == (Reason.LEFT_BEHIND, f"gone-{id}")
