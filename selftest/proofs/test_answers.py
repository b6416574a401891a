"""The proof `answers`: the request is answered as `expect` says."""

from __future__ import annotations

from selftest.told import check, fails, identities, passes, said, setting, silent, steps
from stagecheck.outcome import Reason

EXPECT = {"status": 200, "json": {"$.count": {"at_least": 1}}}
CHECK = check("answers", expect=EXPECT, title="the shop lists its things")


def test_asks_the_entry_itself_once() -> None:
    assert identities(CHECK) == {"answer": "acme"}
    assert steps(CHECK)["answer"].request.path == "/things"
    assert steps(CHECK)["answer"].shared is True, "other checks ask the same"


def test_passes_when_the_answer_is_as_expected() -> None:
    assert passes(CHECK, {"answer": said({"count": 1})})


def test_fails_with_the_matchers_own_reason() -> None:
    found = fails(CHECK, {"answer": said({"count": 1}, 500)})

    assert (found.reason, found.seen, found.step) == (Reason.STATUS, "status: expected 200, got 500", "answer")
    assert found.must_hold == "the shop lists its things"
    assert "brain-gateway (or shop behind it) fails inside" in found.cause


def test_says_what_must_hold_when_the_entry_has_no_title() -> None:
    found = fails(check("answers", expect=EXPECT), {"answer": silent()})

    assert found.must_hold == "shop answers /things as its target says"
    assert (found.reason, found.seen) == (Reason.CONNECT, "connection refused")
    redis = check("answers", expect=EXPECT, service="cache", request={"redis": {"command": ["PING"]}})
    there = setting(databases={"cache": {"url": "CACHE_URL"}})
    assert fails(redis, {"answer": silent()}, where=there).must_hold == "cache answers redis as its target says"
