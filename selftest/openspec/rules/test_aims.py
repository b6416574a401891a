"""The rules in aims.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import aims

EXPECTED = {
    "target-service-unknown": [
        "targets/shop.yaml:1: 'shop-backend' is no service of the specification; 'shop' is",
    ],
    "target-without-reference": [
        "targets/shop.yaml:1: the target 'shop' does not say from which specification it is",
    ],
    "target-reference-wrong": [
        "targets/shop.yaml:8: the section '#no-such-section' of backend/01-shop.md is not in the specification",
    ],
}


@pytest.mark.parametrize("rule", aims.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
