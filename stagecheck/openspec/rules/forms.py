"""The form of requirements, as the OpenSpec tool wants it: SHALL or MUST, and a scenario with WHEN and THEN."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.openspec.facts import Requirement
from stagecheck.openspec.finding import Case, Found, Rule


def without_scenario(case: Case) -> Iterator[Found]:
    """A requirement without a scenario cannot be shown to hold."""
    for one in case.tree.requirements:
        if not one.scenarios:
            yield Found(one.place, f"the requirement '{one.name}' has no scenario")


def without_shall(case: Case) -> Iterator[Found]:
    """A requirement says SHALL or MUST; else it is a description."""
    for one in case.tree.requirements:
        if not re.search(r"\b(SHALL|MUST)\b", one.text):
            yield Found(one.place, f"the requirement '{one.name}' says neither SHALL nor MUST")


def scenario_without_then(case: Case) -> Iterator[Found]:
    """A scenario says what happens and what must follow."""
    for one in case.tree.requirements:
        for scenario in one.scenarios:
            lacking = [word for word in ("WHEN", "THEN") if not any(word in step for step in scenario.steps)]
            if lacking:
                yield Found(scenario.place, f"the scenario '{scenario.name}' has no {' and no '.join(lacking)}")


def stated_twice(case: Case) -> Iterator[Found]:
    """Two requirements of a service have two names."""
    first: dict[tuple[str, str], Requirement] = {}
    for one in case.tree.requirements:
        known = first.setdefault((one.service, one.name.lower()), one)
        if known is not one:
            yield Found(one.place, f"the requirement '{one.name}' stands twice", (known.place,))


RULES = (
    Rule("requirement-without-scenario", "a requirement has no scenario", without_scenario),
    Rule("requirement-without-shall", "a requirement says neither SHALL nor MUST", without_shall),
    Rule("scenario-without-then", "a scenario has no WHEN or no THEN", scenario_without_then),
    Rule("requirement-stated-twice", "a requirement stands twice", stated_twice),
)
