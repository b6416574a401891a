"""The score of a lead, term by term."""

from __future__ import annotations

from typing import Any

import pytest

from replica.crm.scoring import score

NOTHING: dict[str, Any] = {
    "company_size": 0,
    "budget": 0,
    "services": [],
    "phone": "",
    "website": "",
    "message": "",
}


@pytest.mark.parametrize(
    ("given", "points"),
    [
        ({}, 0),
        ({"company_size": 499}, 9),
        ({"company_size": 1_000_000}, 20),
        ({"budget": 999}, 0),
        ({"budget": 1000}, 15),
        ({"budget": 5000}, 20),
        ({"budget": 10_000}, 25),
        ({"services": ["seo", "ads"]}, 10),
        ({"phone": "+1-202-555-0100"}, 10),
        ({"website": "https://a.example"}, 10),
        ({"message": "x" * 100}, 0),
        ({"message": "x" * 101}, 15),
        ({"company_size": 5000, "budget": 99_999, "services": ["x"] * 20, "phone": "1", "website": "w"}, 100),
    ],
)
def test_score(given: dict[str, Any], points: int) -> None:
    assert score(**NOTHING | given) == points
