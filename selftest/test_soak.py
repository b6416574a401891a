"""The soak's arithmetic: which traps a run meets, and how sure none of so many is."""

from __future__ import annotations

from pathlib import Path

import pytest

from replica.traps import traps
from selftest import soak
from selftest.soak import Run, Soak, sentence, upper_bound


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

    told = sentence(Soak(7, 200, tuple(done)))

    assert told.startswith(
        "200 runs of the healthy platform, 100 of them with traps mixed in (seed 7): 1 did not promote."
    )
    assert "below 2.35% with 95 % confidence" in told
    assert sentence(Soak(7, 300, tuple(done))).startswith("200 of 300 runs of the healthy platform")


def test_one_that_was_ended_goes_on_with_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "KEPT", tmp_path / "reports" / "soak.jsonl")
    new = soak.begun(seed=7, runs=12)
    over = [Run(number, mix, "", 1.5, "abc") for number, mix in new.left if number in (1, 2, 4)]
    for run in over:
        soak.keep(run)

    assert [number for number, _ in new.left] == list(range(1, 13))
    assert soak.ended() == Soak(7, 12, tuple(over))
    assert soak.ended().left == [one for one in new.left if one[0] not in (1, 2, 4)]
