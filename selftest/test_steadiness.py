"""What fails only sometimes is told by its share, with the service that it comes from."""

from __future__ import annotations

from typing import Any

import pytest

from stagecheck.steadiness import FEWEST, Steadiness, answers, culprits, of

LIMIT = 0.1


def attempt(word: int | str) -> dict[str, Any]:
    if isinstance(word, int):
        return {"status": word, "trouble": None, "seconds": 0.1}
    return {"status": None, "trouble": {"reason": word, "detail": ""}, "seconds": 0.1}


def exchange(
    *tries: int | str, service: str = "shop", request: str = "curl a", measured: bool = True
) -> dict[str, Any]:
    return {"service": service, "request": request, "measured": measured, "attempts": [attempt(one) for one in tries]}


def records(*exchanges: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"exchanges": [one]} for one in exchanges]


def shaky(service: str, failed: int = 10, asked: int = 30) -> Steadiness:
    return Steadiness(service, asked, failed, LIMIT, (("503", failed),))


def test_a_failure_that_the_next_try_hides_counts() -> None:
    told = of(records(exchange(503, 200), exchange(200, request="curl b")), LIMIT)

    assert told == (Steadiness("shop", 3, 1, LIMIT, (("503", 1),)),)


def test_so_does_one_of_the_same_question_in_another_check() -> None:
    assert [(one.answers, one.failed) for one in of(records(exchange("timeout"), exchange(200)), LIMIT)] == [(2, 1)]


def test_what_always_fails_is_not_unsteady() -> None:
    assert of(records(exchange(503, 503), exchange(200, request="curl b")), LIMIT) == ()


@pytest.mark.parametrize("fine", [200, 404, 429, "redirect_loop"])
def test_an_answer_that_is_no_failure_of_the_wire_is_none_here(fine: int | str) -> None:
    assert of(records(exchange(fine, 200)), LIMIT) == ()


def test_what_means_to_be_refused_is_not_counted() -> None:
    heard = records(exchange(503, 200, measured=False), {"step": "an older kind"})

    assert (of(heard, LIMIT), answers(heard)) == ((), {})


@pytest.mark.parametrize(
    ("failed", "asked", "is_shaky"), [(FEWEST, 10, True), (FEWEST - 1, 10, False), (10, 100, False), (11, 100, True)]
)
def test_a_service_is_shaky_above_its_share_and_not_by_a_hiccup(failed: int, asked: int, is_shaky: bool) -> None:
    assert shaky("shop", failed, asked).shaky is is_shaky


def test_it_reads_as_a_sentence() -> None:
    told = "shop failed 10 of 30 requests (33.3 %: 503), and answered the same at another time; at most 10 % may"

    assert str(shaky("shop")) == told


BELOW = {"shop": "gateway", "mail": "gateway", "idle": "gateway", "page": "dns"}


def test_one_service_is_named_itself() -> None:
    assert culprits([shaky("shop")], BELOW, {"shop": 30, "mail": 30}) == [f"unsteady: {shaky('shop')}"]


def test_what_all_stand_on_is_named_in_their_place() -> None:
    told = culprits([shaky("mail"), shaky("shop")], BELOW, {"shop": 30, "mail": 30, "idle": 3, "page": 30})

    assert told == [f"unsteady: {shaky('gateway', 20, 60)} (those of mail, shop)"]


def test_one_that_failed_too_few_to_be_named_alone_speaks_for_what_is_below() -> None:
    told = culprits([shaky("mail", FEWEST - 1, 16), shaky("shop")], BELOW, {"shop": 30, "mail": 16})

    assert told == [f"unsteady: {shaky('gateway', 14, 46)} (those of mail, shop)"]


def test_few_failures_of_two_are_chance() -> None:
    assert culprits([shaky("mail", 2, 16), shaky("shop", 4, 30)], BELOW, {"shop": 30, "mail": 16}) == []


def test_two_of_three_are_named_themselves() -> None:
    told = culprits([shaky("mail"), shaky("shop")], BELOW, {"shop": 30, "mail": 30, "idle": 30})

    assert told == [f"unsteady: {shaky('mail')}", f"unsteady: {shaky('shop')}"]


@pytest.mark.parametrize(
    ("asked", "failed", "is_spared"),
    [(3, 0, False), (16, 0, False), (18, 0, True), (40, 3, True), (30, 3, False)],
)
def test_one_that_chance_may_have_spared_does_not_acquit_what_all_stand_on(
    asked: int, failed: int, is_spared: bool
) -> None:
    """Of a third that fails, fewer than 1 of 1000 runs would spare all of 18."""
    seldom = [shaky("idle", failed, asked)] if failed else []
    told = culprits([*seldom, shaky("mail"), shaky("shop")], BELOW, {"shop": 30, "mail": 30, "idle": asked})

    assert any("gateway failed" in one for one in told) is not is_spared


def test_what_is_within_its_share_is_no_culprit() -> None:
    assert culprits([shaky("shop", 2)], BELOW, {"shop": 30}) == []
