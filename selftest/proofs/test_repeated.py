"""The proof `repeated`: both values of a repeated query key arrive."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, fails, identities, passes, said, silent, steps, unproven
from stagecheck.outcome import Reason

WORD = {"request": {"path": "/leads"}, "key": "status", "values": ["new", "won"], "items": "$.ids[*]"}
CHECK = check("repeated", WORD)


def heard(first: list[int], second: list[int], both: list[int]) -> dict[str, Said]:
    return {"first": said({"ids": first}), "second": said({"ids": second}), "both": said({"ids": both})}


def test_asks_each_value_alone_and_then_both() -> None:
    assert identities(CHECK) == {"first": "acme", "second": "acme", "both": "acme"}
    assert [step.extra_query for step in steps(CHECK).values()] == [
        (("status", "new"),),
        (("status", "won"),),
        (("status", "new"), ("status", "won")),
    ]


@pytest.mark.parametrize("both", [[1, 2, 3], [3, 1, 2]])
def test_passes_with_the_union_in_any_order(both: list[int]) -> None:
    assert passes(CHECK, heard([1, 2], [3], both))


@pytest.mark.parametrize("both", [[1, 2], [3], [], [1, 2, 3, 4]])
def test_anything_but_the_union_fails(both: list[int]) -> None:
    found = fails(CHECK, heard([1, 2], [3], both))

    assert (found.reason, found.step) == (Reason.QUERY_LOST, "both")
    assert found.seen == f"{len(both)} items for both, 2 and 1 for each alone"
    assert found.cause.startswith("brain-gateway flattens the query")


def test_no_answer_for_both_fails_with_the_matchers_reason() -> None:
    assert fails(CHECK, {**heard([1], [2], []), "both": said({}, 400)}).reason is Reason.STATUS


@pytest.mark.parametrize(
    ("first", "second", "seen"),
    [
        ([], [1], "0 and 1 items"),
        ([1], [], "1 and 0 items"),
        ([1, 2], [2, 1], "2 and 2 items, the same ones"),
    ],
)
def test_nothing_is_proven_when_the_values_select_nothing_or_the_same(
    first: list[int], second: list[int], seen: str
) -> None:
    found = unproven(CHECK, heard(first, second, [1, 2]))

    assert (found.seen, found.must_hold) == (seen, "each value alone selects something, and not the same")


@pytest.mark.parametrize("step", ["first", "second"])
def test_nothing_is_proven_when_a_value_alone_is_not_answered(step: str) -> None:
    assert unproven(CHECK, {**heard([1], [2], [1, 2]), step: silent()}).step == step
