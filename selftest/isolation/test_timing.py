"""T33: what a clock tells of a denial, and when it tells nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from selftest.told import ACME, ZETA, Said, fails, identities, isolation, passes, said, silent, steps, unproven, writers
from stagecheck.isolation.timing import LEAST, ROUNDS, apart
from stagecheck.outcome import Reason
from stagecheck.placeholders import fill

CHECK = isolation("timing")
IDS = {"victim_id": "8", "own_id": "7"}
NONE = said({"detail": "none"}, 404)
FAST = [0.020 + number / 1000 for number in range(ROUNDS)]


def heard(theirs: Sequence[float] = FAST, nobodys: Sequence[float] = FAST, **more: Said) -> dict[str, Said]:
    took = {"theirs": theirs, "nobodys": nobodys}
    return {
        "find-victim": said({"results": [{"id": 8}]}),
        "find-own": said({"results": [{"id": 7}]}),
        "owner-can": said({"name": ZETA}),
        "path-alive": said({"name": ACME}),
        "random-id": NONE,
        **{f"{whose} {n}": replace(NONE, seconds=took[whose][n]) for whose in took for n in range(ROUNDS)},
        **more,
    }


def test_both_are_asked_as_often_by_turns_as_the_same_tenant() -> None:
    asked = [step for step in steps(CHECK).values() if " " in step.name]
    paths = [fill(step, IDS).request.path for step in asked]

    assert len(paths) == 2 * ROUNDS
    assert paths == ["/leads/8", "/leads/999999999", "/leads/999999999", "/leads/8"] * (ROUNDS // 2)
    assert {identities(CHECK)[step.name] for step in asked} == {"acme"}
    assert not any(step.shared for step in asked)
    assert writers(CHECK) == []


def test_denials_that_take_as_long_pass() -> None:
    assert passes(CHECK, heard(), captured=IDS)
    assert passes(CHECK, heard([0.4, *FAST[1:]], FAST), captured=IDS)


def test_less_than_a_hundredth_of_a_second_is_nothing() -> None:
    assert passes(CHECK, heard([0.029] * ROUNDS, [0.020] * ROUNDS), captured=IDS)


def test_what_lies_apart_by_some_alone_is_chance() -> None:
    half = [0.4] * (ROUNDS // 2 + 1) + [0.01] * (ROUNDS // 2 - 1)

    assert passes(CHECK, heard(half, FAST), captured=IDS)


@pytest.mark.parametrize(("theirs", "nobodys"), [(0.22, 0.02), (0.02, 0.22), (2.0, 1.0), (1.0, 2.0), (LEAST, 0.0)])
def test_denials_of_which_one_kind_takes_longer_fail(theirs: float, nobodys: float) -> None:
    found = fails(CHECK, heard([theirs] * ROUNDS, [nobodys] * ROUNDS), captured=IDS)

    assert (found.reason, found.step) == (Reason.LEAK, "theirs 11")
    assert found.seen == (
        f"the median of 12 denials is {theirs * 1000:.0f} ms for a record of zeta, {nobodys * 1000:.0f} ms for none"
    )
    assert "ids can be tried out by a clock" in found.cause


@pytest.mark.parametrize("answer", [said({"name": ZETA}), said({}, 500), silent()])
@pytest.mark.parametrize("step", ["theirs 3", "nobodys 11"])
def test_what_is_no_denial_proves_nothing_here(step: str, answer: Said) -> None:
    assert unproven(CHECK, {**heard(), step: answer}, captured=IDS).step == step


def test_ranks_lie_apart_as_far_as_they_do() -> None:
    assert apart([1, 2, 3], [1, 2, 3]) == 0
    assert apart([1, 2], [3, 4]) == apart([3, 4], [1, 2]) == pytest.approx(1.549, abs=0.001)
    assert apart(range(12), range(12, 24)) == pytest.approx(4.157, abs=0.001)
