"""The rules in gateways.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import gateways

EXPECTED = {
    "registry-outer-port": [
        "backend/03-gateway.md:14: the registry has 'shop' on 8010, the host's port; the container listens on 8000",
        "backend/03-gateway.md:15: the registry has 'crm' on 8011, the host's port; the container listens on 8000",
    ],
    "registry-mixed-ports": [
        "backend/03-gateway.md:14: the registry mixes ports: 'shop' with the container's, 'crm' with the host's",
    ],
    "registry-key-no-host": [
        "backend/03-gateway.md:19: the registry's keys are asked as host names, but no container "
        "is called 'shop' and 'crm'",
    ],
    "registry-key-unread": [
        "backend/03-gateway.md:14: the registry states 'path' of its services, and no code there reads it",
    ],
    "registry-path-differs": [
        "backend/03-gateway.md:14: the registry has 'shop' under /api/store, but no route of shop begins so",
    ],
    "gateway-key-unknown": [
        "frontend/01-web.md:13: the gateway is asked for 'shop', which is no key of its registry ('shop-backend' is)",
    ],
    "gateway-prefix-differs": [
        "backend/03-gateway.md:21: the gateway routes /gateway/{service}/{path}, but callers write /api/...",
    ],
    "gateway-bypassed": [
        "frontend/01-web.md:13: the way leads from web to shop past the gateway",
    ],
}


@pytest.mark.parametrize("rule", gateways.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
