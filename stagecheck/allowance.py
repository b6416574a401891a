"""What an answer says of how soon to ask again: Retry-After (RFC 9110) and the RateLimit headers.

The RateLimit fields are those of the IETF drafts "RateLimit header fields for HTTP": three headers in the drafts up to
07, one structured header since, and `X-RateLimit-*` as many APIs had them before.
"""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime

# However long a platform asks us to wait, one answer of it never stops us for longer, in seconds.
LONGEST = 60.0
_EPOCH = 1_000_000_000  # a reset above this is a moment (seconds since 1970), and not a duration
_ITEM = re.compile(r"\br\s*=\s*(\d+)")
_RESET = re.compile(r"\bt\s*=\s*(\d+)")


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After asks for, as a number or as a date; None where it says nothing that can be read."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def pause(status: int | None, headers: Iterable[tuple[str, str]]) -> float:
    """Seconds to leave a tenant and service alone after this answer, at most `LONGEST`; 0 is go on."""
    said = {name.lower(): value.strip() for name, value in headers}
    asked = retry_after(said.get("retry-after")) if status in (429, 503) else None
    if asked is None:
        asked = _until_reset(said)
    return min(asked, LONGEST)


def _until_reset(said: dict[str, str]) -> float:
    """Seconds until the allowance is there again, where nothing of it is left; else 0."""
    for prefix in ("ratelimit-", "x-ratelimit-"):
        if said.get(f"{prefix}remaining") == "0":
            limit = _number(said.get(f"{prefix}limit", ""))
            # Without a reset a limiter that fills steadily, over a minute, is the likeliest.
            return _seconds(said.get(f"{prefix}reset", ""), 60 / limit if limit else 1.0)
    left = _ITEM.search(said.get("ratelimit", ""))
    if left is not None and left.group(1) == "0":
        reset = _RESET.search(said["ratelimit"])
        return _seconds(reset.group(1) if reset else "", 1.0)
    return 0.0


def _seconds(reset: str, otherwise: float) -> float:
    number = _number(reset)
    if number is None:
        return otherwise
    return max(0.0, number - time.time()) if number > _EPOCH else number


def _number(text: str) -> float | None:
    """The number that a field begins with, as in `100, 100;w=60`."""
    found = re.match(r"\d+", text)
    return float(found.group()) if found else None
