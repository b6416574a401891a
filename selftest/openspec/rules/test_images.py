"""The rules in images.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import images

EXPECTED = {
    "container-claimed-twice": [
        "backend/02-crm.md:6: crm has the container acme-shop, which shop has too",
    ],
    "image-floating": [
        "backend/01-shop.md:7: the image of shop has no version: acme/shop:latest",
    ],
    "image-built-otherwise": [
        "backend/01-shop.md:13: registry.acme.example/platform-shop:1.4 is built here, but shop runs acme/shop:1.4",
    ],
    "compose-block-differs": [
        "backend/01-shop.md:16: shop has container_name acme-shop, but its compose block has shop",
        "backend/01-shop.md:15: shop has image acme/shop:1.4, but its compose block has acme/shop:1.3",
        "backend/01-shop.md:18: the compose block of shop maps 8011:8000, which its identity does not",
    ],
}


@pytest.mark.parametrize("rule", images.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
