"""T44: answers of two tenants that ask at the same time are counted, and none is mixed up."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import fails, isolation, learnt, passes, silent, steps, unproven
from stagecheck.isolation.crowded import bound
from stagecheck.outcome import Reason

CHECK = isolation("interleaved")


def facts(acme: int = 50, zeta: int = 50, mixed: int = 0, own: int = 50) -> dict[str, Any]:
    """`mixed` of zeta's answers held acme's sentinel, and `own` its own."""
    held = {"acme": {"acme": acme}, "zeta": {"zeta": own, "acme": mixed}}
    return {"asked": 100, "answered": {"acme": acme, "zeta": zeta}, "held": held}


def test_both_tenants_ask_their_list() -> None:
    step = steps(CHECK)["interleaved"]

    assert (step.probe, step.beside) == ("interleaved", ("acme", "zeta"))
    assert step.request.path == "/leads"


def test_no_mix_up_passes_though_a_few_were_not_answered() -> None:
    assert passes(CHECK, {"interleaved": learnt(**facts())})
    assert passes(CHECK, {"interleaved": learnt(**facts(acme=45))})
    assert passes(CHECK, {"interleaved": learnt(**facts(acme=45, own=45))}), "nine of ten are enough"


def test_one_mix_up_is_a_leak() -> None:
    found = fails(CHECK, {"interleaved": learnt(**facts(own=49, mixed=1))})

    assert (found.reason, found.seen) == (Reason.LEAK, "1 of 100 answers held another's sentinel")
    assert fails(CHECK, {"interleaved": learnt(**facts(own=10, mixed=40))}).reason is Reason.LEAK
    assert fails(CHECK, {"interleaved": learnt(**facts(acme=20, own=10, mixed=1))}).reason is Reason.LEAK


@pytest.mark.parametrize("answer", [learnt(**facts(acme=20)), learnt(**facts(own=30)), silent()])
def test_too_few_answers_prove_nothing(answer: Any) -> None:
    assert unproven(CHECK, {"interleaved": answer}).step == "interleaved"


def test_what_came_in_place_of_answers_is_told() -> None:
    none = unproven(CHECK, {"interleaved": silent()})
    few = facts(acme=20) | {"otherwise": {"429": 28, "no answer in 10 s": 2}}

    assert none.must_hold == "both tenants are answered, nearly each time, and with a sentinel"
    assert none.seen == "0 were asked, 0 answered, 0 of them with a sentinel"
    assert unproven(CHECK, {"interleaved": learnt(**few)}).seen == (
        "100 were asked, 70 answered, 70 of them with a sentinel; otherwise 28 times 429, 2 times no answer in 10 s"
    )


def test_the_bound_is_that_of_the_rule_of_three() -> None:
    assert bound({**facts(500, 500)}) == pytest.approx(0.003)
    assert bound({}) == 1
