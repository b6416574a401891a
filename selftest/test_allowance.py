"""What an answer says of how soon to ask again."""

from __future__ import annotations

import email.utils
import time

import pytest

from stagecheck.allowance import LONGEST, pause, retry_after


def test_retry_after_is_a_number_or_a_date() -> None:
    date = email.utils.formatdate(time.time() + 30, usegmt=True)

    assert retry_after("7") == 7
    assert 25 < (retry_after(date) or 0) <= 30
    assert retry_after(email.utils.formatdate(0, usegmt=True)) == 0
    assert [retry_after(value) for value in (None, "", "soon", "-1")] == [None] * 4


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (200, {}, 0),
        (200, {"Retry-After": "9"}, 0),
        (429, {"Retry-After": "9"}, 9),
        (503, {"retry-after": "9"}, 9),
        (429, {"Retry-After": "86400"}, LONGEST),
        (200, {"RateLimit-Remaining": "1", "RateLimit-Reset": "30"}, 0),
        (200, {"RateLimit-Remaining": "0", "RateLimit-Reset": "30"}, 30),
        (200, {"ratelimit-remaining": "0", "ratelimit-limit": "100, 100;w=60"}, 0.6),
        (200, {"RateLimit-Remaining": "0"}, 1),
        (200, {"RateLimit-Remaining": "0", "RateLimit-Reset": "never"}, 1),
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4"}, 4),
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000000001"}, 0),
        (200, {"RateLimit": '"default";r=0;t=12'}, 12),
        (200, {"RateLimit": '"default";r=10;t=12'}, 0),
        (200, {"RateLimit": '"default";r=0'}, 1),
        (429, {"RateLimit-Remaining": "0", "RateLimit-Reset": "8"}, 8),
    ],
)
def test_the_pause_that_an_answer_asks_for(status: int, headers: dict[str, str], seconds: float) -> None:
    assert pause(status, headers.items()) == seconds


def test_a_reset_may_be_a_moment() -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 20)}

    assert 15 < pause(200, headers.items()) <= 20
