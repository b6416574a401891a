"""The rules in tenancy.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import tenancy

EXPECTED = {
    "tenant-sources-differ": [
        "backend/01-shop.md:14: the tenant is taken from a header and the token",
    ],
    "call-without-token": [
        "frontend/01-web.md:13: GET /api/shop/items is asked without a token, and the gateway refuses what has none",
    ],
    "superuser-with-rls": [
        "infrastructure/01-database.md:18: the connection is the superuser's, whom row-level security does not bind",
    ],
    "set-in-transaction-pool": [
        "infrastructure/01-database.md:18: the tenant is SET for the session, but connections are "
        "pooled by transaction",
    ],
    "sql-formatted": [
        "infrastructure/01-database.md:13: 'name' is formatted into SQL",
    ],
    "isolation-models-mixed": [
        "infrastructure/01-database.md:15: tenants have schemas of their own here, and rows under policies elsewhere",
    ],
    "cache-key-without-tenant": [
        "backend/01-shop.md:14: the key of a cached answer has no tenant in it",
    ],
    "role-unknown": [
        "infrastructure/01-database.md:13: the role 'member' is given, and is none of admin, client",
    ],
    "permission-wildcard-unmatched": [
        "backend/01-shop.md:17: 'leads.*' is compared as a word, so it gives no right",
    ],
    "token-check-differs": [
        "backend/03-gateway.md:13: a token is only decoded here, and shown to its issuer "
        "elsewhere: a revoked one passes here",
    ],
}


@pytest.mark.parametrize("rule", tenancy.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
