"""The mark on all that a run creates: `sc-RUN-DIGEST`. The run's id says when the run began, so a mark tells its age.

What the platform says of a record's age is not asked: it may be wrong, in another time zone, or not there at all.
"""

from __future__ import annotations

import re
import secrets
from string import ascii_lowercase, digits

PREFIX = "sc-"
# Minutes since 1970 in base 36 (5 letters until the year 2085), then 8 random ones; then what tells one record apart.
SHAPE = r"sc-([0-9a-z]{5}[0-9a-f]{8})-[0-9a-f]{24}"

_RANDOM = 8
_LETTERS = digits + ascii_lowercase


def run_id(now: float) -> str:
    """A new run's id; `now` is in seconds since 1970."""
    return _base36(int(now // 60)) + secrets.token_hex(_RANDOM // 2)


def mark(run: str, digest: str) -> str:
    """The mark of one record of a run."""
    return f"{PREFIX}{run}-{digest[:24]}"


def runs(text: str) -> frozenset[str]:
    """The ids of the runs whose marks stand in a text."""
    return frozenset(re.findall(rf"(?<![0-9a-z]){SHAPE}(?![0-9a-z])", text))


def of(run: str) -> re.Pattern[str]:
    """What finds the marks of one run in a text."""
    return re.compile(rf"{PREFIX}{re.escape(run)}-[0-9a-f]{{24}}")


def age(run: str, now: float) -> float:
    """Seconds since that run began, to the minute; below 0 for one that will begin."""
    return now - int(run[:-_RANDOM], 36) * 60


def _base36(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = _LETTERS[rest] + text
    return text or "0"
