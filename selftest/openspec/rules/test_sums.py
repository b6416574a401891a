"""The rules in sums.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import sums

EXPECTED = {
    "total-differs": [
        "backend/01-shop.md:11: '20 helpers' says 20, but its parts are 4x2 + 2x3 + 1x1 = 15",
    ],
    "list-count-differs": [
        "backend/01-shop.md:12: 4 are said, and 3 are named",
    ],
    "drawing-count-differs": [
        "overview.md:4: 'Backend (4 Services)' has 3 below it",
    ],
    "service-count-differs": [
        "backend/02-crm.md:12: 'all 9 services' are named, and 2 are described",
    ],
}


@pytest.mark.parametrize("rule", sums.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
