"""The rules in forms.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import forms

EXPECTED = {
    "requirement-without-scenario": [
        "booking/spec.md:5: the requirement 'Free seats' has no scenario",
    ],
    "requirement-without-shall": [
        "booking/spec.md:5: the requirement 'Free seats' says neither SHALL nor MUST",
    ],
    "scenario-without-then": [
        "booking/spec.md:8: the scenario 'A seat is taken' has no THEN",
    ],
    "requirement-stated-twice": [
        "booking/spec.md:12: the requirement 'Free seats' stands twice",
    ],
}


@pytest.mark.parametrize("rule", forms.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
