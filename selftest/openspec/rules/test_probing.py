"""The rules in probing.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import probing

EXPECTED = {
    "health-of-no-http": [
        "backend/03-gateway.md:14: the gateway asks 'flow' for /health over HTTP, but its port 7233 speaks grpc",
    ],
    "health-path-differs": [
        "backend/03-gateway.md:19: the gateway asks 'shop' for /health, but shop states /v1/sys/health",
    ],
    "health-behind-auth": [
        "backend/01-shop.md:17: every request without a credential is refused, so also GET /health",
    ],
    "health-command-missing": [
        "backend/01-shop.md:25: the health command of shop is curl, which its image does not have",
    ],
    "health-port-differs": [
        "backend/01-shop.md:19: the health command of shop asks port 8010, where nothing listens",
    ],
}


@pytest.mark.parametrize("rule", probing.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
