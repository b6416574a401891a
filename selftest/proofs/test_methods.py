"""The proof `methods`: OPTIONS is answered as OPTIONS, by the service itself."""

from __future__ import annotations

from selftest.told import check, fails, identities, passes, said, silent, steps
from stagecheck.outcome import Reason

EXPECT = {"status": 200, "json": {"$.renders": {"not_empty": True}}}
CHECK = check("methods", {"request": {"method": "OPTIONS", "path": "/things"}, "expect": EXPECT})


def test_asks_with_the_method_once() -> None:
    assert identities(CHECK) == {"method": "acme"}
    assert steps(CHECK)["method"].request.method == "OPTIONS"


def test_passes_when_the_method_is_answered() -> None:
    assert passes(CHECK, {"method": said({"renders": ["application/json"]})})


def test_an_answer_as_if_to_another_method_fails() -> None:
    found = fails(CHECK, {"method": said({"count": 3, "results": []})})

    assert (found.reason, found.step) == (Reason.METHOD_LOST, "method")
    assert found.seen == "json: $.renders is not there"
    assert found.must_hold == "OPTIONS reaches shop as OPTIONS"
    assert fails(CHECK, {"method": said({}, 405)}).reason is Reason.METHOD_LOST


def test_no_answer_and_a_dead_service_keep_their_own_reason() -> None:
    assert fails(CHECK, {"method": silent(Reason.TIMEOUT)}).reason is Reason.TIMEOUT
    assert fails(CHECK, {"method": said({}, 502)}).reason is Reason.UPSTREAM_DOWN
