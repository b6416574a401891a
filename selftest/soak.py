"""`make soak`: the healthy replica judged again and again, with traps mixed at random; each run must promote."""

from __future__ import annotations

import argparse
import gc
import math
import multiprocessing
import os
import random
import sys
import time
from dataclasses import dataclass

from replica.traps import traps
from selftest import detection
from selftest.judged import judged
from selftest.measured import PAGE, commit
from stagecheck.outcome import Verdict

MOST_AT_ONCE = 4
# Those together that do not hide one another.
EACH_ONCE = (
    ("json-reordered", "json-extra-fields", "cdn-headers", "http-1.0"),
    ("ipv6-only", "large-page", "jitter", "clock-ahead"),
    ("slow-start", "other-locale", "http-2"),
    ("resets",),
)
# This is always felt: some answers come only when asked again.
FELT = "resets"
HEADING = "## No false alarm"


@dataclass(frozen=True)
class Run:
    """One run: its number, the traps that were laid, and why it did not promote; empty where it did."""

    number: int
    mix: tuple[str, ...]
    alarm: str
    seconds: float


def mixes(runs: int, seed: int) -> list[tuple[str, ...]]:
    """The traps of each run: first each of them once, then none to MOST_AT_ONCE of them, the same for the same seed."""
    chance, names = random.Random(seed), sorted(traps())
    mixed = [tuple(sorted(chance.sample(names, chance.randint(0, MOST_AT_ONCE)))) for _ in range(runs)]
    return [*EACH_ONCE, *mixed][:runs]


def share(numbered: list[tuple[int, tuple[str, ...]]]) -> list[Run]:
    """Those runs, one after the other, on a replica that stays up; none any more once nobody waits for them."""
    done = []
    waits = multiprocessing.parent_process()
    with detection.running(budgets={}) as platform:
        _go_abroad()
        gc.freeze()  # as a run of pytest does
        gc.set_threshold(20_000, 20, 20)
        for number, mix in numbered:
            if waits is not None and not waits.is_alive():
                break
            began = time.monotonic()
            judgement = judged(platform, mix)
            promoted = judgement.verdict is Verdict.PROMOTE
            alarm = "" if promoted else f"{judgement.verdict}: {'; '.join(judgement.reasons)}"
            if FELT in mix and not judgement.counts["flaky"]:
                alarm = alarm or f"{FELT} was not felt: no check passed as flaky"
            done.append(Run(number, mix, alarm, time.monotonic() - began))
            print(f"\n{told(done[-1])}" if alarm else ".", end="\n" if alarm else "", flush=True)
    return done


def _go_abroad() -> None:
    """This process, which is the suite, lives in another time zone and locale than the platform."""
    os.environ |= {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8"}
    time.tzset()


def told(run: Run) -> str:
    """Why a run did not promote, in one line, said as soon as it is over."""
    return f"soak: run {run.number} with {' '.join(run.mix) or 'no trap'}: {run.alarm}"


def upper_bound(alarms: int, runs: int) -> float:
    """The one-sided 95 % bound of Clopper and Pearson: the rate at which so few alarms are seen in 1 of 20 tries.

    With no alarm it is 1 - 0.05 ** (1 / runs).
    """
    low, high = 0.0, 1.0
    while high - low > 1e-7:
        rate = (low + high) / 2
        seen = sum(math.comb(runs, k) * rate**k * (1 - rate) ** (runs - k) for k in range(alarms + 1))
        low, high = (rate, high) if seen > 0.05 else (low, rate)
    return high


def sentence(done: list[Run], seed: int) -> str:
    """The figure in one line."""
    alarms, mixed = sum(bool(run.alarm) for run in done), sum(bool(run.mix) for run in done)
    return (
        f"{len(done)} runs of the healthy platform, {mixed} of them with traps mixed in (seed {seed}): {alarms} did "
        f"not promote. The rate of false alarms is below {upper_bound(alarms, len(done)):.2%} with 95 % confidence."
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m selftest.soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8))
    parser.add_argument("--write", action="store_true", help="put the figure into docs/detection.md")
    asked = parser.parse_args(arguments)
    print(f"soak: {asked.runs} runs, seed {asked.seed}", flush=True)
    numbered = list(enumerate(mixes(asked.runs, asked.seed), 1))
    parts = [part for part in (numbered[job :: asked.jobs] for job in range(asked.jobs)) if part]
    with multiprocessing.get_context("spawn").Pool(len(parts)) as pool:
        done = sorted((run for part in pool.map(share, parts) for run in part), key=lambda run: run.number)
    print(f"\nsoak: {sentence(done, asked.seed)}")
    if asked.write:
        PAGE.write(HEADING, f"Measured at {commit()} by `make soak`: {sentence(done, asked.seed)}")
    return int(any(run.alarm for run in done))


if __name__ == "__main__":
    sys.exit(main())
