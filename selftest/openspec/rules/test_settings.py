"""The rules in settings.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import settings

EXPECTED = {
    "variables-differ": [
        "backend/01-shop.md:22: the compose block of shop sets SHOP_SPEED, which the list lacks; "
        "the list has SHOP_LIMIT, SHOP_MODE, which the block does not set",
    ],
    "variable-two-values": [
        "backend/01-shop.md:22: SHOP_MODE of shop has two values: fast and slow",
    ],
    "public-variable-inner-host": [
        "frontend/01-web.md:13: NEXT_PUBLIC_API_URL carries the internal host 'acme-shop' into the browser",
    ],
    "host-undeclared": [
        "backend/01-shop.md:13: SEARCH_URL of shop names the host 'search-engine', which no service has",
    ],
    "database-shared": [
        "backend/02-crm.md:13: Redis database 1 is used twice",
    ],
    "token-lifetime-differs": [
        "backend/01-shop.md:18: an access token lives 3600 s here, and 900 s elsewhere",
    ],
    "secret-path-differs": [
        "infrastructure/02-vault.md:23: the secret secret/keys/jwt is not in the drawn tree of secrets",
    ],
    "extension-name-differs": [
        "infrastructure/01-database.md:18: the extension 'vector' is looked for, but 'pgvector' is created",
    ],
    "dev-mode-with-storage": [
        "infrastructure/02-vault.md:13: VAULT_DEV_LISTEN_ADDRESS starts vault in dev mode, which "
        "keeps nothing; VAULT_STORAGE is stated too",
    ],
}


@pytest.mark.parametrize("rule", settings.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
