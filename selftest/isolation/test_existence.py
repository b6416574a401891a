"""T33: a denial does not tell whether another tenant has such a record."""

from __future__ import annotations

import pytest

from selftest.told import ACME, ZETA, Said, fails, identities, isolation, passes, said, silent, steps, unproven, writers
from stagecheck.outcome import Reason
from stagecheck.placeholders import fill, unlike

CHECK = isolation("existence")
THEIRS = "11111111-2222-4333-8444-555555555555"
IDS = {"victim_id": THEIRS, "own_id": "7"}


def denied(id: str, status: int = 404, **more: str) -> Said:
    return said({"detail": f"no lead {id}"}, status, headers=tuple(more.items()))


def heard(attack: Said | None = None, nobodys: Said | None = None, too: Said | None = None) -> dict[str, Said]:
    return {
        "find-victim": said({"results": [{"id": THEIRS}]}),
        "find-own": said({"results": [{"id": 7}]}),
        "owner-can": said({"name": ZETA}),
        "path-alive": said({"name": ACME}),
        "random-id": nobodys or denied("none"),
        "random-id-too": too or denied("none"),
        "attack": attack or denied("none"),
    }


def test_asks_as_a_reading_by_id_does_and_for_one_more_id_that_nobody_has() -> None:
    assert identities(CHECK) == {**identities(isolation("read-by-id")), "random-id-too": "acme"}
    assert writers(CHECK) == []
    paths = [fill(steps(CHECK)[name], IDS).request.path for name in ("attack", "random-id", "random-id-too")]
    assert paths == [f"/leads/{id}" for id in (THEIRS, unlike(THEIRS), unlike(unlike(THEIRS)))]


def test_the_same_denial_passes_though_each_names_its_own_id() -> None:
    none = unlike(THEIRS)

    assert passes(CHECK, heard(), captured=IDS)
    assert passes(CHECK, heard(denied(THEIRS), denied(none), denied(unlike(none))), captured=IDS)


def test_a_denial_that_names_an_id_is_told_from_one_that_names_none() -> None:
    none = unlike(THEIRS)

    assert fails(CHECK, heard(denied("ID"), denied(none), denied(unlike(none))), captured=IDS).reason is Reason.LEAK
    assert fails(CHECK, heard(denied(""), denied(none), denied(unlike(none))), captured=IDS).reason is Reason.LEAK


@pytest.mark.parametrize("id", ["2", "404"])
def test_an_id_that_stands_in_a_denial_by_chance_tells_nothing(id: str) -> None:
    same = said({"level": 2, "code": 404, "detail": "no lead"}, 404)

    assert passes(CHECK, heard(same, same, same), captured={**IDS, "victim_id": id})


NETWORK = {
    "Age": "7",
    "X-Cache": "HIT",
    "X-Cache-Hits": "2",
    "Via": "1.1 varnish",
    "Set-Cookie": "__cf_bm=0",
    "ETag": "1",
}


@pytest.mark.parametrize("side", range(3))
def test_what_the_way_of_an_answer_adds_tells_nothing(side: int) -> None:
    denials = [denied("none"), denied("none"), denied("none")]
    denials[side] = denied("none", **NETWORK)

    assert passes(CHECK, heard(*denials), captured=IDS)


def test_the_order_of_keys_tells_nothing() -> None:
    one, other = said({"code": 1, "detail": "none"}, 404), said({"detail": "none", "code": 1}, 404)

    assert passes(CHECK, heard(one, other, other), captured=IDS)


def test_what_differs_between_two_ids_that_nobody_has_tells_nothing() -> None:
    def traced(trace: str, detail: str = "none", **headers: str) -> Said:
        return said({"detail": detail, "more": {"trace": trace}}, 404, headers=tuple(headers.items()))

    assert passes(CHECK, heard(traced("a"), traced("b"), traced("c")), captured=IDS)
    assert passes(CHECK, heard(traced("a", X_Node="1"), traced("b"), traced("c", X_Node="2")), captured=IDS)
    found = fails(CHECK, heard(traced("a", "not yours"), traced("b"), traced("c")), captured=IDS)
    assert found.seen.startswith("$.detail of the body differs")


def test_a_denial_in_words_is_compared_word_by_word() -> None:
    def words(text: str) -> Said:
        return Said(404, text.encode(), (("Content-Type", "text/plain"),))

    none = unlike(THEIRS)
    same = heard(words(f"no {THEIRS} here"), words(f"no {none} here"), words(f"no {unlike(none)} here"))
    assert passes(CHECK, same, captured=IDS)
    assert fails(CHECK, heard(words("not yours"), words("no lead"), words("no lead")), captured=IDS).seen


@pytest.mark.parametrize(
    ("attack", "what"),
    [
        (denied("none", 403), "the status differs: 403 for a record of zeta, 404 for none"),
        (denied("yours", 403), "$.detail of the body, the status differs: 403 for a record of zeta, 404 for none"),
        (denied("none", x_owner="zeta"), "the header x_owner differs: 404 for a record of zeta, 404 for none"),
        (denied("of yours"), "$.detail of the body differs: 404 for a record of zeta, 404 for none"),
        (said({}, 404), "$.detail of the body differs: 404 for a record of zeta, 404 for none"),
        (
            said({"detail": "no lead none", "errors": [{"code": "owner"}]}, 404),
            "$.errors.0.code of the body differs: 404 for a record of zeta, 404 for none",
        ),
    ],
)
def test_a_denial_of_another_shape_fails(attack: Said, what: str) -> None:
    found = fails(CHECK, heard(attack), captured=IDS)

    assert (found.reason, found.step, found.seen) == (Reason.LEAK, "attack", what)
    assert "ids can be tried out" in found.cause


@pytest.mark.parametrize("answer", [said({"name": ZETA}), said({}, 401), said({}, 500), silent()])
def test_what_is_no_denial_proves_nothing_here(answer: Said) -> None:
    found = unproven(CHECK, heard(answer), captured=IDS)

    told = answer.status or "connection refused"
    assert (found.step, found.seen) == ("attack", f"the record of zeta was answered {told}, which is no denial")


@pytest.mark.parametrize("answer", [said({}, 500), said({}, 200)])
def test_an_id_that_nobody_has_must_be_denied(answer: Said) -> None:
    assert unproven(CHECK, heard(nobodys=answer), captured=IDS).step == "random-id"
    found = unproven(CHECK, heard(too=answer), captured=IDS)
    assert found.step == "random-id-too"
    assert found.seen == f"an id that nobody has was answered {answer.status}, which is no denial"
