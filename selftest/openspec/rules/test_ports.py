"""The rules in ports.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import ports

EXPECTED = {
    "port-claimed-twice": [
        "backend/02-crm.md:8: crm claims the host's port 8010, which shop claims too",
    ],
    "port-undecided": [
        "backend/01-shop.md:8: the host's port of shop is not decided",
    ],
    "port-listens-elsewhere": [
        "backend/01-shop.md:13: SHOP_PORT is 8010, but the mapping of shop leads to 8000",
        "backend/01-shop.md:20: the image of shop exposes 8010, but the mapping leads to 8000",
    ],
    "port-named-otherwise": [
        "overview.md:8: port 8012 stands beside 'Shop', but shop states 8010:8000",
        "overview.md:3: port 8012 stands beside 'Shop', but shop states 8010:8000",
        "overview.md:13: port 8012 stands beside 'Shop', but shop states 8010:8000",
    ],
    "port-outer-inside": [
        "backend/02-crm.md:13: acme-shop:8010 is the host's port; between containers shop listens on 8000",
    ],
}


@pytest.mark.parametrize("rule", ports.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
