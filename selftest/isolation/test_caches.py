"""T30, T31: what is kept is kept for whom it is for."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import (
    ACME,
    GRAPHQL,
    ZETA,
    Said,
    fails,
    hear,
    identities,
    isolation,
    passes,
    said,
    setting,
    silent,
    steps,
    unproven,
)
from stagecheck.isolation import caches
from stagecheck.outcome import Reason

CACHE, CONDITIONAL = isolation("cache"), isolation("conditional")
PRIVATE = (("Cache-Control", "private"),)


def page(sentinel: str, status: int = 200, headers: Any = PRIVATE) -> Said:
    return said({"results": [{"name": sentinel}]}, status, headers=headers)


OWN, THEIRS, REFUSED = page(ACME), page(ZETA), said({}, 401)


def heard(**more: Said) -> dict[str, Said]:
    told = {"victim": THEIRS, "own": OWN, "nobody": REFUSED, "again": THEIRS}
    each = {f"{name} {encoding}": answer for encoding in caches.ENCODINGS for name, answer in told.items()}
    return {**each, **{name.replace("_", " "): answer for name, answer in more.items()}}


def test_the_same_url_is_asked_by_each_in_turn() -> None:
    asked = steps(CACHE)

    assert list(identities(CACHE).values()) == ["zeta", "acme", "anonymous", "zeta"] * 2
    assert len({repr(step.request) for step in asked.values()}) == 1
    assert asked["own identity"].extra_headers == (("Accept-Encoding", "identity"),)


def test_each_gets_its_own() -> None:
    assert passes(CACHE, heard())


@pytest.mark.parametrize(
    ("step", "answer", "seen"),
    [
        ("own_gzip", THEIRS, "acme got the answer of zeta"),
        ("own_identity", THEIRS, "acme got the answer of zeta"),
        ("nobody_gzip", THEIRS, "nobody got the answer of zeta"),
        ("nobody_gzip", OWN, "nobody got the answer of acme"),
        ("again_identity", OWN, "zeta got the answer of acme"),
    ],
)
def test_anothers_answer_is_a_leak(step: str, answer: Said, seen: str) -> None:
    found = fails(CACHE, heard(**{step: answer}))

    assert (found.reason, found.step, found.seen) == (Reason.LEAK, step.replace("_", " "), seen)
    assert found.must_hold == "each gets its own answer, whoever asked the same before, and none may be kept for others"


@pytest.mark.parametrize(
    "headers",
    [
        (("Cache-Control", "No-Store"),),
        (("Vary", "Accept-Encoding, Authorization"),),
        (("Vary", "*"),),
        (("Vary", "Cookie"),),
        (("Vary", "Accept-Encoding"), ("Vary", "Authorization")),
        (("Cache-Control", "no-cache"), ("Cache-Control", "private")),
    ],
)
def test_an_answer_may_say_in_many_ways_that_it_is_for_one(headers: Any) -> None:
    assert passes(CACHE, heard(victim_gzip=page(ZETA, headers=headers)))


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ((), "not there"),
        ((("Cache-Control", "public, max-age=60"), ("Vary", "Accept-Encoding")), "public, max-age=60"),
    ],
)
def test_an_answer_that_caches_may_give_to_others_is_told(headers: Any, kept: str) -> None:
    found = fails(CACHE, heard(victim_gzip=page(ZETA, headers=headers)))

    assert (found.reason, found.step) == (Reason.WRONG_CONTENT, "victim gzip")
    assert found.seen == f"Cache-Control is {kept}, and Vary names nothing that tells tenants apart"


@pytest.mark.parametrize("answer", [page(ZETA, 500), said({}), silent()])
def test_without_the_victims_sentinel_nothing_is_proven(answer: Said) -> None:
    assert unproven(CACHE, heard(victim_gzip=answer)).step == "victim gzip"


@pytest.mark.parametrize("answer", [said({}, 502), said({}), page(ACME, 502)])
def test_an_accident_of_the_tenants_own_answer_proves_nothing(answer: Said) -> None:
    assert unproven(CACHE, heard(own_gzip=answer)).step == "own gzip"


@pytest.mark.parametrize(
    ("header", "is_a_caches"),
    [
        (("X-Cache", "HIT"), True),
        (("CF-Cache-Status", "Hit from edge"), True),
        (("X-Cache", "MISS"), False),
        (("X-Backend", "white-hit"), False),
        (("Age", "10"), True),
        (("Age", "0"), False),
        (("X-Page", "10"), False),
    ],
)
def test_an_answer_says_that_a_cache_gave_it(header: tuple[str, str], is_a_caches: bool) -> None:
    others: tuple[dict[str, Any], ...] = ({"headers": []}, {"headers": [("Content-Type", "text/html")]})

    assert caches.cached([*others, {"headers": [header]}]) is is_a_caches


# -- T31

LEGS = {
    "find-victim": said({"results": [{"id": 8}]}),
    "find-own": said({"results": [{"id": 7}]}),
    "owner-can": said({"id": 8, "name": ZETA}, headers=(("ETag", '"a"'),)),
    "path-alive": said({"id": 7, "name": ACME}),
    "random-id": said({}, 404),
}
UNCHANGED = said(b"", 304, type=None)


def tried(attack: Said, again: Said = UNCHANGED) -> dict[str, Said]:
    return {**LEGS, "owner-again": again, "attack": attack}


def test_the_owners_tag_is_asked_with_by_both() -> None:
    asked = caches.conditional_follow(CONDITIONAL, setting(), hear(CONDITIONAL, tried(said({}, 404))))
    assert asked == ()

    legs = {name: answer.to(steps(CONDITIONAL)[name]) for name, answer in LEGS.items()}
    more = caches.conditional_follow(CONDITIONAL, setting(), caches.Answers(legs))
    assert [(step.name, str(step.identity), step.extra_headers) for step in more] == [
        ("owner-again", "zeta", (("If-None-Match", '"a"'),)),
        ("attack", "acme", (("If-None-Match", '"a"'),)),
    ]


def test_both_ask_for_the_victims_record_each_with_what_is_its_own() -> None:
    orders = isolation("conditional", GRAPHQL)
    tagged = {"owner-can": LEGS["owner-can"].to(steps(orders)["owner-can"])}

    fills = [dict(step.fill) for step in caches.conditional_follow(orders, setting(), caches.Answers(tagged))]

    assert [fill["id"] for fill in fills] == ["{victim_id}", "{victim_id}"]
    assert [fill["channel"] for fill in fills] == ["{victim_channel}", "{own_channel}"]


def test_a_denial_passes() -> None:
    assert passes(CONDITIONAL, tried(said({}, 404)))


@pytest.mark.parametrize("answer", [UNCHANGED, said({"id": 8})])
def test_a_confirmation_is_a_leak(answer: Said) -> None:
    assert fails(CONDITIONAL, tried(answer)).reason is Reason.LEAK


def test_an_accident_is_no_denial_of_a_tag() -> None:
    assert unproven(CONDITIONAL, tried(said({}, 500))).step == "attack"


def test_without_tags_that_are_heeded_nothing_is_proven() -> None:
    changed = unproven(CONDITIONAL, tried(said({}, 404), again=said({"id": 8})))
    assert (changed.step, changed.seen) == ("owner-again", "control 'owner-again': 200 in place of 304")
    untagged = unproven(CONDITIONAL, {**LEGS, "owner-can": said({"id": 8, "name": ZETA})})
    assert (untagged.step, untagged.seen) == ("owner-can", "control 'owner-can': it has no ETag")
    assert "etags: false" in untagged.cause


def test_without_the_legs_of_the_read_no_denial_of_a_tag_proves_anything() -> None:
    assert unproven(CONDITIONAL, {**tried(said({}, 404)), "path-alive": said({}, 500)}).step == "path-alive"
