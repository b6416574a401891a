"""The proof `password`: nobody is answered without it, and whoever has it is."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, fails, passes, said, setting, silent, steps, unproven
from stagecheck.exchange import Trouble
from stagecheck.model import Redis
from stagecheck.outcome import Reason

CHECK = check("password", kind="isolation", service="cache", request={})
HERE = setting(databases={"cache": {"url": "CACHE_URL"}})
PONG = said("PONG", None)


def refused(words: str) -> Said:
    return Said(None, trouble=Trouble(Reason.STATUS, f"refuses the command: {words}"), facts={"refusal": words})


def test_asks_with_the_password_and_without() -> None:
    asked = steps(CHECK, HERE)

    assert {step.base for step in asked.values()} == {"CACHE_URL"}
    assert {step.probe for step in asked.values()} == {"redis"}
    assert {name: step.request.redis for name, step in asked.items()} == {
        "with": Redis(command=["PING"]),
        "without": Redis(command=["PING"], anonymous=True),
    }


@pytest.mark.parametrize("words", ["NOAUTH Authentication required.", "DENIED Redis is running in protected mode"])
def test_a_refusal_is_what_must_be(words: str) -> None:
    assert passes(CHECK, {"with": PONG, "without": refused(words)}, where=HERE)


@pytest.mark.parametrize(
    ("answer", "words"), [(PONG, "PONG"), (refused("ERR unknown command 'PING'"), "ERR unknown command 'PING'")]
)
def test_every_other_reply_is_open(answer: Said, words: str) -> None:
    found = fails(CHECK, {"with": PONG, "without": answer}, where=HERE)

    assert found.seen == f"PING without the password: {words}"

    assert (found.reason, found.step) == (Reason.OPEN_DATA, "without")
    assert found.cause == "cache runs without a password (requirepass), or its user 'default' has none"


@pytest.mark.parametrize("name", ["with", "without"])
def test_where_no_reply_came_nothing_is_proven(name: str) -> None:
    told = {"with": PONG, "without": refused("NOAUTH")}
    found = unproven(CHECK, {**told, name: silent(Reason.PROTOCOL, "closed")}, where=HERE)

    assert (found.step, found.seen) == (name, f"{name} the password: closed")


def test_a_refusal_of_whoever_has_the_password_proves_nothing() -> None:
    found = unproven(CHECK, {"with": refused("NOPERM"), "without": refused("NOAUTH")}, where=HERE)

    assert found.step == "with"
