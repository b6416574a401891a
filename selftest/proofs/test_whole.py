"""The proof `whole`: the whole body arrives and parses, compressed or not."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, fails, identities, passes, said, steps
from stagecheck.exchange import Trouble
from stagecheck.outcome import Reason

CHECK = check("whole")


def test_asks_once_for_each_coding() -> None:
    assert identities(CHECK) == {"gzip": "acme", "identity": "acme"}
    assert [step.extra_headers for step in steps(CHECK).values()] == [
        (("Accept-Encoding", "gzip"),),
        (("Accept-Encoding", "identity"),),
    ]


def test_asks_its_own_request_where_it_has_one() -> None:
    own = check("whole", {"request": {"path": "/big"}})

    assert {step.request.path for step in steps(own).values()} == {"/big"}


@pytest.mark.parametrize("body", [{"a": 1}, [], 0, None])
def test_passes_when_both_bodies_parse(body: object) -> None:
    assert passes(CHECK, {"gzip": said(body), "identity": said(body)})


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_half_a_body_fails(coding: str) -> None:
    told: dict[str, Said] = {"gzip": said({}), "identity": said({})}

    found = fails(CHECK, {**told, coding: said(b'{"results": [{"id"')})

    assert (found.reason, found.step) == (Reason.TRUNCATED, coding)
    assert found.seen == f"18 bytes asked for as {coding} do not parse as JSON"
    assert "the body of shop" in found.cause
    assert found.must_hold == "the whole body arrives and parses, compressed or not"


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_a_body_that_breaks_off_and_an_error_keep_their_reason(coding: str) -> None:
    told: dict[str, Said] = {"gzip": said({}), "identity": said({})}
    cut = said({}, trouble=Trouble(Reason.TRUNCATED, "10 of 20 bytes"))

    assert fails(CHECK, {**told, coding: cut}).seen == "10 of 20 bytes"
    assert fails(CHECK, {**told, coding: said({}, 500)}).reason is Reason.STATUS


def test_a_word_of_error_in_a_whole_body_is_another_checks_business() -> None:
    assert passes(CHECK, {"gzip": said({"success": False}), "identity": said({"success": False})})
