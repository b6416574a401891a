"""The rules in paths.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import paths

EXPECTED = {
    "call-without-endpoint": [
        "frontend/01-web.md:13: GET /baskets/{id} is asked of shop, which states no such route",
    ],
    "call-method-differs": [
        "frontend/01-web.md:13: DELETE /items/{id} is asked of shop, which states GET there only",
    ],
    "call-slash-differs": [
        "frontend/01-web.md:13: POST /items is asked without a slash at its end, shop states /api/v1/items/",
    ],
    "path-spelled-differently": [
        "backend/01-shop.md:13: shop states GET /api/v1/gift-cards and GET /api/v1/gift_cards/, "
        "one route spelled in two ways",
    ],
    "rest-asked-of-graphql": [
        "frontend/01-web.md:13: web asks 1 REST route of shop, which states GraphQL only",
    ],
    "api-version-mixed": [
        "backend/01-shop.md:12: the routes of the services have several versions: v1 (1), v2 (1)",
    ],
}


@pytest.mark.parametrize("rule", paths.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
