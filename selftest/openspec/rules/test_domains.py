"""The rules in domains.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import domains

EXPECTED = {
    "domain-claimed-twice": [
        "frontend/02-portal.md:9: portal claims www.acme.example, which web claims too",
    ],
    "domain-undecided": [
        "frontend/01-web.md:9: the domain of web is not decided: www.acme.example OR shop.acme.example",
    ],
    "scheme-differs": [
        "frontend/01-web.md:14: www.acme.example is reached by http here, and by https elsewhere",
    ],
    "path-domain-unrouted": [
        "frontend/02-portal.md:9: portal is under www.acme.example/portal, and www.acme.example is "
        "web's; no route by that path is stated",
    ],
    "internal-but-published": [
        "infrastructure/02-console.md:12: console must not be public, and is published on the host's port 8083",
    ],
}


@pytest.mark.parametrize("rule", domains.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]
