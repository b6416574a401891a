"""The rules in deployment.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import deployment

EXPECTED = {
    "compose-port-differs": [
        "compose.yml:8: shop maps 8010:8080, but the specification of shop states 8010:8000",
    ],
    "compose-host-port-twice": [
        "compose.yml:11: mail maps the host's port 8010, which shop maps too",
    ],
    "compose-command-port": [
        "compose.yml:7: shop maps to 8000, but its command listens on 8080",
    ],
    "compose-image-port": [
        "compose.yml:7: shop maps to 8000, but its image listens on 8080",
    ],
    "compose-health-command": [
        "compose.yml:10: the health command of shop is curl, which its image does not have",
    ],
    "compose-health-port": [
        "compose.yml:9: the health command of shop asks port 8010, to which no mapping leads",
    ],
    "compose-image-differs": [
        "compose.yml:3: shop runs acme/shop:1.3, but the specification of shop states acme/shop:1.4",
    ],
    "compose-container-differs": [
        "compose.yml:4: shop is called shop-1, but the specification says acme-shop",
    ],
    "compose-service-missing": [
        "backend/02-crm.md:3: crm is in no compose file",
    ],
    "compose-variable-missing": [
        "compose.yml:5: shop does not set SHOP_LIMIT, which the specification of shop states",
    ],
    "compose-variable-unstated": [
        "compose.yml:7: shop sets SHOP_SPEED, which the specification of shop does not list",
    ],
    "compose-domain-unrouted": [
        "compose.yml:2: shop has no route for shop.acme.example, the domain of shop",
    ],
    "compose-host-not-allowed": [
        "compose.yml:7: ALLOWED_HOSTS of shop lacks acme-shop, by which the others ask it",
    ],
    "compose-host-unknown": [
        "compose.yml:7: SEARCH_URL of shop names the host 'search', which no compose file has",
    ],
}


@pytest.mark.parametrize("rule", deployment.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
