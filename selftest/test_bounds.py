"""The deadline of a run."""

from __future__ import annotations

import math
import time

import pytest

from stagecheck.bounds import Bounds, begun
from stagecheck.errors import BadInput


def test_without_a_deadline_a_run_is_never_over() -> None:
    bounds = begun("", workers=4)

    assert (bounds.ends, bounds.over, bounds.workers, bounds.one_process) == (math.inf, False, 4, False)


def test_a_deadline_begins_now() -> None:
    bounds = begun("120")

    assert 119 < bounds.ends - time.monotonic() <= 120
    assert not bounds.over
    assert bounds.sentence == "the run's deadline of 120 s was over"


def test_it_is_over_when_its_time_has_come() -> None:
    assert Bounds(1.0, time.monotonic() - 0.1).over


@pytest.mark.parametrize("given", ["soon", "0", "-3", "nan", "inf"])
def test_what_is_no_deadline_is_refused(given: str) -> None:
    with pytest.raises(BadInput, match=f"^--deadline: expected a number of seconds above 0, got '{given}'$"):
        begun(given)


def test_bounds_travel_to_a_worker() -> None:
    bounds = Bounds(120.0, 77.0, 2, "/a/folder")

    assert Bounds(**bounds.plain()) == bounds
