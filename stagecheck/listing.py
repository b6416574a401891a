"""Names in a sentence: the first of them, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence


def some(names: Sequence[str], shown: int) -> str:
    """`a, b and 4 more`; all of them where no more than `shown` are there."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"{', '.join(names[:shown])}{more}"
