"""No false alarm: whatever a healthy platform may do too, the run promotes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from replica.traps import traps
from selftest import detection
from selftest.detection import Platform
from selftest.judged import judged

# Each trap once, those together that do not hide one another: a run takes its seconds.
MIXES = (
    ("jitter", "clock-ahead"),
    ("slow-start", "other-locale", "http-2"),
    ("json-reordered", "json-extra-fields", "cdn-headers", "http-1.0", "ipv6-only", "large-page"),
    ("resets",),
)
# Seconds: a machine that does much else is no fault of the platform, nor of a trap.
PATIENT = 30.0
# This is always felt: some answers come only when asked again.
FELT = "resets"


@pytest.fixture(scope="module")
def replica() -> Iterator[Platform]:
    with detection.running({"timeout": PATIENT}) as platform:
        yield platform


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The suite itself in another time zone and locale than the platform."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Kathmandu")
        patched.setenv("LC_ALL", "tr_TR.UTF-8")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("mix", MIXES, ids="+".join)
def test_a_healthy_platform_is_promoted_whatever_its_ways(
    mix: tuple[str, ...], replica: Platform, elsewhere: None
) -> None:
    judgement = judged(replica, mix)

    assert (judgement.verdict, judgement.reasons) == ("promote", ())
    assert judgement.counts["flaky"] or FELT not in mix


def test_every_trap_is_in_a_mix() -> None:
    assert sorted(name for mix in MIXES for name in mix) == sorted(traps())
