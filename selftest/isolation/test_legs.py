"""The three legs of a negative check: the owner can, the path is alive, an id that nobody has is denied."""

from __future__ import annotations

import pytest

from selftest.told import ACME, GRAPHQL, ZETA, Said, hear, html, isolation, said, setting, silent, steps, unproven
from stagecheck.exchange import Answers
from stagecheck.isolation import legs
from stagecheck.outcome import Reason

HERE = setting()
CHECK = isolation("read-by-id")
ORDERS = isolation("read-by-id", GRAPHQL)
IDS = {"victim_id": "8", "own_id": "7"}
GOOD: dict[str, Said] = {
    "find-victim": said({"results": [{"id": 8}]}),
    "find-own": said({"results": [{"id": 7}]}),
    "owner-can": said({"name": ZETA}),
    "path-alive": said({"name": ACME}),
    "random-id": said({}, 404),
    "attack": said({}, 404),
}


def test_the_sentinels_are_found_by_their_owners_with_what_the_target_captures() -> None:
    found = legs.find(ORDERS, HERE, "zeta", "victim")

    assert (found.name, str(found.identity), dict(found.fill)["sentinel"]) == ("find-victim", "zeta", ZETA)
    assert found.capture == (("victim_channel", "$.data.orders[*].channel"), ("victim_id", "$.data.orders[*].id"))


def test_a_search_is_the_finding_request_for_anything() -> None:
    asked = legs.search(CHECK, HERE, "any", "needle", tenant="")

    assert asked.request == legs.resource_of(CHECK).find.request
    assert (dict(asked.fill)["sentinel"], str(asked.identity)) == ("needle", "anonymous")


def test_an_operation_on_a_record_brings_what_was_captured_for_its_role() -> None:
    asked = legs.on(ORDERS, HERE, "any", legs.resource_of(ORDERS).read, "acme", "{victim_id}", "own", cleanup=True)

    assert (dict(asked.fill)["id"], dict(asked.fill)["channel"], asked.cleanup) == (
        "{victim_id}",
        "{own_channel}",
        True,
    )


def test_a_creation_takes_the_new_id() -> None:
    asked = legs.create(ORDERS, HERE, "make", "zeta", "victim", made="made_id", marker="victim")

    assert asked.capture == (("made_id", "$.data.make.id"),)
    assert dict(asked.fill)["marker"] == HERE.marker(ORDERS, "victim")
    assert dict(asked.fill)["channel"] == "{victim_channel}"
    assert dict(asked.fill)["id"] == "", "what is created has no id yet"


def test_the_legs_are_asked_by_whom_they_concern() -> None:
    asked = steps(CHECK)

    assert {name: (str(asked[name].identity), dict(asked[name].fill)["id"]) for name in list(asked)[2:5]} == {
        "owner-can": ("zeta", "{victim_id}"),
        "path-alive": ("acme", "{own_id}"),
        "random-id": ("acme", "{unlike:victim_id}"),
    }
    shared = [name for name, step in asked.items() if step.shared]
    assert shared == ["find-victim", "find-own", "path-alive", "random-id"], "the owner's own read is of this moment"


def test_the_legs_hold() -> None:
    assert legs.three_legs_hold(CHECK, HERE, hear(CHECK, GOOD, IDS)) is None


@pytest.mark.parametrize("step", ["find-victim", "find-own", "owner-can", "path-alive"])
@pytest.mark.parametrize("answer", [said({}, 500), said({}, 403), silent()])
def test_a_leg_that_is_not_answered_proves_nothing(step: str, answer: Said) -> None:
    assert unproven(CHECK, {**GOOD, step: answer}, captured=IDS).step == step


@pytest.mark.parametrize(("step", "owner"), [("owner-can", "zeta"), ("path-alive", "acme")])
def test_a_leg_without_its_owners_sentinel_proves_nothing(step: str, owner: str) -> None:
    other = ACME if owner == "zeta" else ZETA

    found = unproven(CHECK, {**GOOD, step: said({"name": other})}, captured=IDS)

    assert (found.step, found.seen) == (step, f"control '{step}': the sentinel of {owner} is not in the answer")


@pytest.mark.parametrize(
    ("answer", "told"), [(said({"id": 1}), "200"), (html("", 404), "404 text/html"), (silent(), "connection refused")]
)
def test_an_id_that_nobody_has_must_be_denied(answer: Said, told: str) -> None:
    found = unproven(CHECK, {**GOOD, "random-id": answer}, captured=IDS)

    assert found.step == "random-id"
    assert found.seen == f"control 'random-id': an id that nobody has was answered {told}"
    assert "does not look records up by id" in found.cause


def test_a_record_that_was_not_found_is_to_be_planted() -> None:
    lacking = dict.fromkeys(("owner-can", "random-id", "attack"), "victim_id")
    told = {name: answer for name, answer in GOOD.items() if name not in lacking}

    found = unproven(CHECK, told, captured={"own_id": "7"}, unsent=lacking)

    assert found.seen == "the step 'owner-can' could not be asked: no victim id was found"
    assert "python -m stagecheck seed" in found.cause


def search(answer: Said) -> Answers:
    return Answers({"any": answer.to(legs.search(CHECK, HERE, "any", ACME))})


def test_a_search_that_finds_holds() -> None:
    answers = search(said({"results": [{"id": 7}, {"id": "b"}]}))

    assert legs.hits(CHECK, answers, "any") == ["7", "b"]
    assert legs.finds(CHECK, HERE, answers, "any", "what") is None


@pytest.mark.parametrize("answer", [said({"results": []}), said({"results": [{"id": 7}]}, 500), silent()])
def test_a_search_that_finds_nothing_proves_nothing(answer: Said) -> None:
    found = legs.finds(CHECK, HERE, search(answer), "any", "what")

    assert found is not None
    assert (found.reason, found.step, found.must_hold) == (Reason.CONTROL_FAILED, "any", "what")


@pytest.mark.parametrize(
    ("body", "carries"),
    [
        ({"results": [{"name": f"Sentinel {ZETA}"}]}, True),
        ([[ZETA]], True),
        (ZETA, True),
        ({"results": [], "next": f"http://shop.invalid/leads?search={ZETA}&page=2"}, False),
        ({ZETA: 1}, False),
        ({"results": [{"name": ACME, "n": 1, "x": None}]}, False),
        (b"<p>" + ZETA.encode(), False),
    ],
)
def test_a_record_that_carries_a_word_is_told_from_a_repeated_question(body: object, carries: bool) -> None:
    assert legs.mentions(search(said(body))["any"], ZETA) is carries
