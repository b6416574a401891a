"""The rules in handlers.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import handlers

EXPECTED = {
    "failure-told-as-success": [
        "frontend/01-web.md:16: when the service behind fails, the answer is 'success: true'",
    ],
    "handler-calls-differ": [
        "overview.md:7: POST /api/contact of web asks /api/contact/submit here, and /api/crm/leads elsewhere",
    ],
}


@pytest.mark.parametrize("rule", handlers.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
