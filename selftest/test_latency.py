"""How long the answers of a service took."""

from __future__ import annotations

from typing import Any

import pytest

from stagecheck.latency import FEWEST, Latency, of, percentile


def exchange(*seconds: float, service: str = "shop", status: int | None = 200, measured: bool = True) -> dict[str, Any]:
    tries = [{"status": status, "trouble": None, "seconds": one} for one in seconds]
    return {"service": service, "measured": measured, "attempts": tries}


@pytest.mark.parametrize(
    ("seconds", "p95"), [([], 0), ([3.0], 3), ([1.0, 2.0], 2), ([*map(float, range(100))], 94), ([1.0] * 19 + [9.0], 1)]
)
def test_the_95th_percentile_is_the_nearest_rank(seconds: list[float], p95: float) -> None:
    assert percentile(seconds) == p95


def test_every_try_of_a_service_counts_and_what_means_to_be_refused_does_not() -> None:
    records = [
        {"exchanges": [exchange(0.1, 0.4), exchange(0.2, service="mail"), exchange(9.0, measured=False)]},
        {"exchanges": [exchange(5.0, status=None), {"step": "an older kind"}]},
    ]

    assert of(records, {"mail": 1.0}) == (Latency("mail", 1, 0.2, 1.0), Latency("shop", 2, 0.4))


def test_a_limit_without_answers_is_told() -> None:
    assert of([], {"shop": 1.5}) == (Latency("shop", 0, 0.0, 1.5),)


def test_too_few_answers_are_no_measure() -> None:
    assert Latency("shop", FEWEST, 2.0, 1.5).slow
    assert not Latency("shop", FEWEST - 1, 2.0, 1.5).slow
    assert not Latency("shop", FEWEST, 1.5, 1.5).slow
    assert not Latency("shop", FEWEST, 2.0).slow


def test_it_reads_as_a_sentence() -> None:
    assert str(Latency("shop", 61, 0.1421, 1.5)) == "shop 0.142 s of 61 answers, at most 1.5 s"
    assert str(Latency("shop", 61, 0.1421)) == "shop 0.142 s of 61 answers"
