"""How promising a lead is."""

from __future__ import annotations

from collections.abc import Sequence

BUDGETS = ((10_000, 25), (5_000, 20), (1_000, 15))


def score(*, company_size: int, budget: int, services: Sequence[str], phone: str, website: str, message: str) -> int:
    """Points from 0 to 100: size of the company, budget, services asked for, and how much is known."""
    points = min(company_size // 50, 20)
    points += next((worth for least, worth in BUDGETS if budget >= least), 0)
    points += 5 * len(services)
    points += 10 * bool(phone) + 10 * bool(website)
    points += 15 * (len(message) > 100)
    return min(points, 100)
