"""docs/specification.md has each rule with its level, its title and its faults."""

from __future__ import annotations

import re
from pathlib import Path

from stagecheck.openspec.rules import RULES

PAGE = (Path(__file__).parents[2] / "docs" / "specification.md").read_text()


def test_the_table_of_rules_is_that_of_the_registry() -> None:
    table = PAGE.partition("<!-- rules -->")[2].partition("<!-- end of rules -->")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| (\w+) \| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE)

    assert rows == [(one.id, one.level, one.title, ", ".join(one.rows) or "-") for one in RULES.values()]
