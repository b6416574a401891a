"""T33: a denial does not tell whether another tenant has such a record."""

from __future__ import annotations

import pytest

from selftest.told import ACME, ZETA, Said, fails, identities, isolation, passes, said, silent, unproven, writers
from stagecheck.outcome import Reason

CHECK = isolation("existence")
THEIRS = "11111111-2222-4333-8444-555555555555"
IDS = {"victim_id": THEIRS, "own_id": "7"}


def denied(id: str, status: int = 404, **more: str) -> Said:
    return said({"detail": f"no lead {id}"}, status, headers=tuple(more.items()))


def heard(attack: Said | None = None, nobodys: Said | None = None) -> dict[str, Said]:
    return {
        "find-victim": said({"results": [{"id": THEIRS}]}),
        "find-own": said({"results": [{"id": 7}]}),
        "owner-can": said({"name": ZETA}),
        "path-alive": said({"name": ACME}),
        "random-id": nobodys or denied("none"),
        "attack": attack or denied("none"),
    }


def test_asks_as_a_reading_by_id_does() -> None:
    assert identities(CHECK) == identities(isolation("read-by-id"))
    assert writers(CHECK) == []


def test_the_same_denial_passes_though_each_names_its_own_id() -> None:
    from stagecheck.placeholders import unlike

    assert passes(CHECK, heard(), captured=IDS)
    assert passes(CHECK, heard(denied(THEIRS), denied(unlike(THEIRS))), captured=IDS)


@pytest.mark.parametrize(
    ("attack", "what"),
    [
        (denied("none", 403), "the status differs: 403 for a record of zeta, 404 for none"),
        (denied("none", x_owner="zeta"), "the headers differs: 404 for a record of zeta, 404 for none"),
        (denied("of yours"), "the body differs: 404 for a record of zeta, 404 for none"),
    ],
)
def test_a_denial_of_another_shape_fails(attack: Said, what: str) -> None:
    found = fails(CHECK, heard(attack), captured=IDS)

    assert (found.reason, found.step, found.seen) == (Reason.LEAK, "attack", what)
    assert "ids can be tried out" in found.cause


@pytest.mark.parametrize("answer", [said({"name": ZETA}), said({}, 401), said({}, 500), silent()])
def test_what_is_no_denial_proves_nothing_here(answer: Said) -> None:
    assert unproven(CHECK, heard(answer), captured=IDS).step == "attack"


@pytest.mark.parametrize("answer", [said({}, 500), said({}, 200)])
def test_an_id_that_nobody_has_must_be_denied(answer: Said) -> None:
    assert unproven(CHECK, heard(nobodys=answer), captured=IDS).step == "random-id"
