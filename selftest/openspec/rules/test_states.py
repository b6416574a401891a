"""The rules in states.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import states

EXPECTED = {
    "ready-over-broken": [
        "backend/01-shop.md:16: shop is ready, but not what it stands on: database",
    ],
    "ready-with-open-list": [
        "backend/01-shop.md:16: shop is ready, with 1 point of its list open",
    ],
    "status-differs": [
        "backend/01-shop.md:12: shop is 'Unhealthy (no answer)' and 'Production-Ready'",
    ],
}


@pytest.mark.parametrize("rule", states.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
