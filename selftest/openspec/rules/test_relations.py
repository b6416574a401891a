"""The rules in relations.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import relations

EXPECTED = {
    "dependency-undeclared": [
        "backend/01-shop.md:13: shop uses database, whose list of consumers does not have it",
    ],
    "dependency-unknown": [
        "infrastructure/01-database.md:12: 'Billing' is listed as a consumer, and no service is called so",
    ],
    "dependency-circle": [
        "backend/01-shop.md:19: crm and shop depend on each other",
    ],
}


@pytest.mark.parametrize("rule", relations.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
