"""The proof `varies`: other questions and other tenants get other answers."""

from __future__ import annotations

import pytest

from selftest.told import MANY, Said, check, environment, fails, identities, passes, said, setting, silent, steps
from stagecheck.outcome import Reason

CHECK = check("varies", {"requests": [{"path": "/a"}, {"path": "/b"}], "at": "$.ids[*]"})


def heard(first: list[int], second: list[int], other: list[int]) -> dict[str, Said]:
    return {"question-1": said({"ids": first}), "question-2": said({"ids": second}), "zeta": said({"ids": other})}


def test_asks_each_question_and_the_first_as_another_tenant() -> None:
    assert identities(CHECK) == {"question-1": "acme", "question-2": "acme", "zeta": "zeta"}
    assert [step.request.path for step in steps(CHECK).values()] == ["/a", "/b", "/a"]


def test_asks_nobody_else_where_there_is_one_tenant() -> None:
    alone = environment(tenants=[environment().tenants[0].model_dump(exclude_none=True)])

    assert list(steps(CHECK, setting(tenants=[t.model_dump(exclude_none=True) for t in alone.tenants]))) == [
        "question-1",
        "question-2",
    ]


def test_passes_when_all_answers_differ() -> None:
    assert passes(CHECK, heard([1, 2], [2, 3], [4]))


@pytest.mark.parametrize(
    ("ids", "seen"),
    [
        (([1, 2], [1, 2], [4]), "'question-1' and 'question-2' got the same 2 values at $.ids[*]"),
        (([], [2], []), "'question-1' and 'zeta' got the same 0 values at $.ids[*]"),
    ],
)
def test_two_equal_answers_are_canned(ids: tuple[list[int], ...], seen: str) -> None:
    found = fails(CHECK, heard(*ids))

    assert (found.reason, found.seen) == (Reason.CANNED_ANSWER, seen)
    assert found.must_hold == "other filters, other ids and other tenants get other answers"
    assert "brain-gateway answers for shop out of its own stock" in found.cause


@pytest.mark.parametrize("first", [[1], [2]])
def test_another_tenant_that_sees_the_same_records_is_a_leak(first: list[int]) -> None:
    found = fails(CHECK, heard([1], [2], first))

    assert (found.reason, found.step) == (Reason.LEAK, "zeta")
    assert found.seen == "acme and zeta got the same 1 values at $.ids[*]"
    assert found.cause.startswith("shop, or the gateway before it, does not choose by tenant")


def test_of_many_other_tenants_one_is_asked() -> None:
    assert list(identities(CHECK, MANY)) == ["question-1", "question-2", "zeta"]


def test_a_word_of_error_in_an_answer_is_another_checks_business() -> None:
    assert passes(CHECK, {**heard([1], [2], [3]), "question-1": said({"ids": [1], "success": False})})


def test_a_tenant_that_the_service_does_not_know_is_told_as_that() -> None:
    told = heard([1], [2], [3])

    other, own = (fails(CHECK, {**told, step: said({}, 404)}) for step in ("zeta", "question-2"))

    assert (other.reason, other.step) == (Reason.STATUS, "zeta")
    assert other.cause == "shop knows acme and not zeta: the site, host or row of that tenant is missing"
    assert "does not have this route" in own.cause


@pytest.mark.parametrize("step", ["question-1", "question-2", "zeta"])
def test_an_answer_that_did_not_come_fails_with_the_matchers_reason(step: str) -> None:
    told = heard([1], [2], [3])

    found = fails(CHECK, {**told, step: said({"ids": [9]}, 500)})

    assert (found.reason, found.step) == (Reason.STATUS, step)
    assert fails(CHECK, {**told, step: silent()}).reason is Reason.CONNECT
