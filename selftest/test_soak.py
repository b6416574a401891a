"""The soak's arithmetic: which traps a run meets, and how sure none of so many is."""

from __future__ import annotations

import pytest

from replica.traps import traps
from selftest import soak
from selftest.soak import Run, sentence, upper_bound


def test_the_same_seed_mixes_the_same_traps_and_each_trap_is_met() -> None:
    mixes = soak.mixes(200, 7)

    assert mixes == soak.mixes(200, 7) != soak.mixes(200, 8)
    assert {name for mix in mixes for name in mix} == set(traps())
    assert () in mixes
    assert max(map(len, mixes)) == soak.MOST_AT_ONCE


def test_the_first_runs_meet_each_trap_once() -> None:
    assert sorted(name for mix in soak.mixes(len(soak.EACH_ONCE), 7) for name in mix) == sorted(traps())


@pytest.mark.parametrize(("alarms", "runs", "bound"), [(0, 200, 0.01487), (0, 10, 0.25887), (1, 200, 0.02350)])
def test_the_bound_is_that_of_the_textbook(alarms: int, runs: int, bound: float) -> None:
    assert upper_bound(alarms, runs) == pytest.approx(bound, abs=5e-5)


def test_the_figure_says_how_many_runs_how_many_alarms_and_the_bound() -> None:
    done = [Run(n, ("jitter",) if n % 2 else (), "hold: x" if n == 3 else "", 1.0) for n in range(1, 201)]

    told = sentence(done, 7)

    assert told.startswith(
        "200 runs of the healthy platform, 100 of them with traps mixed in (seed 7): 1 did not promote."
    )
    assert "below 2.35% with 95 % confidence" in told
