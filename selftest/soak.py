"""`make soak`: the healthy replica judged again and again, with traps mixed at random; each run must promote."""

from __future__ import annotations

import argparse
import gc
import json
import math
import multiprocessing
import os
import random
import sys
import time
from dataclasses import asdict, dataclass

from replica.traps import traps
from selftest import detection
from selftest.judged import judged
from selftest.measured import PAGE, ROOT, commit
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
# A soak of so many runs is the figure.
WHOLE = 200
# The seed and the number of runs, then each run as soon as it is over: some hours are not lost with a process.
KEPT = ROOT / "reports" / "soak.jsonl"


@dataclass(frozen=True)
class Run:
    """One run: its number, the traps that were laid, why it did not promote (empty where it did), and on what code."""

    number: int
    mix: tuple[str, ...]
    alarm: str
    seconds: float
    commit: str = ""


@dataclass(frozen=True)
class Soak:
    """What was asked for, and the runs of it that are over."""

    seed: int
    runs: int
    done: tuple[Run, ...] = ()

    @property
    def left(self) -> list[tuple[int, tuple[str, ...]]]:
        """The runs to come, with their traps."""
        over = {run.number for run in self.done}
        return [(number, mix) for number, mix in enumerate(mixes(self.runs, self.seed), 1) if number not in over]


def begun(seed: int, runs: int) -> Soak:
    """A new one, of which nothing is kept yet."""
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps({"seed": seed, "runs": runs}) + "\n")
    return Soak(seed, runs)


def ended() -> Soak:
    """The one that was begun last, as far as it came."""
    first, *lines = (json.loads(line) for line in KEPT.read_text().splitlines())
    return Soak(first["seed"], first["runs"], tuple(Run(**{**line, "mix": tuple(line["mix"])}) for line in lines))


def keep(run: Run) -> None:
    """One line more, which several processes may write."""
    with KEPT.open("a") as file:
        file.write(json.dumps(asdict(run)) + "\n")


def mixes(runs: int, seed: int) -> list[tuple[str, ...]]:
    """The traps of each run: first each of them once, then none to MOST_AT_ONCE of them, the same for the same seed."""
    chance, names = random.Random(seed), sorted(traps())
    mixed = [tuple(sorted(chance.sample(names, chance.randint(0, MOST_AT_ONCE)))) for _ in range(runs)]
    return [*EACH_ONCE, *mixed][:runs]


def share(numbered: list[tuple[int, tuple[str, ...]]]) -> None:
    """Those runs, one after the other, on a replica that stays up; none any more once nobody waits for them."""
    code, waits = commit(), multiprocessing.parent_process()
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
            run = Run(number, mix, alarm, round(time.monotonic() - began, 1), code)
            keep(run)
            print(f"\n{told(run)}" if alarm else ".", end="\n" if alarm else "", flush=True)


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


def sentence(soak: Soak) -> str:
    """The figure in one line."""
    done = soak.done
    alarms, mixed = sum(bool(run.alarm) for run in done), sum(bool(run.mix) for run in done)
    of = "" if len(done) == soak.runs else f" of {soak.runs}"
    return (
        f"{len(done)}{of} runs of the healthy platform, {mixed} of them with traps mixed in (seed {soak.seed}): "
        f"{alarms} did not promote. "
        f"The rate of false alarms is below {upper_bound(alarms, len(done)):.2%} with 95 % confidence."
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m selftest.soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=WHOLE)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8))
    parser.add_argument(
        "--go-on", action="store_true", help="with the runs that are left of the one that was begun last"
    )
    asked = parser.parse_args(arguments)
    soak = ended() if asked.go_on else begun(asked.seed, asked.runs)
    print(f"soak: {len(soak.left)} runs, seed {soak.seed}", flush=True)
    parts = [part for part in (soak.left[job :: asked.jobs] for job in range(asked.jobs)) if part]
    with multiprocessing.get_context("spawn").Pool(max(len(parts), 1)) as pool:
        pool.map(share, parts)
    soak = ended()
    print(f"\nsoak: {sentence(soak)}")
    if len(soak.done) >= WHOLE:
        codes = ", ".join(sorted({run.commit for run in soak.done}))
        PAGE.write(HEADING, f"Measured at {codes} by `make soak`: {sentence(soak)}")
    return int(any(run.alarm for run in soak.done))


if __name__ == "__main__":
    sys.exit(main())
