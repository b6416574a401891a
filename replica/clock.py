"""The platform's time of day: that of the machine, unless a trap says otherwise."""

from __future__ import annotations

import datetime
import time

from replica import switch

AHEAD = 30.0  # seconds
INDIA = datetime.timezone(datetime.timedelta(hours=5, minutes=30))


def seconds() -> float:
    """Seconds since 1970."""
    return time.time() + (AHEAD if switch.is_on("clock-ahead") else 0.0)


def now() -> datetime.datetime:
    """This moment, in the platform's time zone."""
    zone = INDIA if switch.is_on("other-locale") else datetime.UTC
    return datetime.datetime.fromtimestamp(seconds(), zone)
