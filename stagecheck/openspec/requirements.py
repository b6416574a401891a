"""Requirements and scenarios, in the form of the OpenSpec tool.

Its form (openspec.dev): `### Requirement: NAME`, a sentence with SHALL or MUST, and below it one or more
`#### Scenario: NAME` with items `- **WHEN** ...` and `- **THEN** ...`.
"""

from __future__ import annotations

import re

from stagecheck.openspec.facts import Requirement, Scenario
from stagecheck.openspec.markdown import Heading, Page

_REQUIREMENT = re.compile(r"Requirement:\s*(.+)", re.IGNORECASE)
_SCENARIO = re.compile(r"Scenario:\s*(.+)", re.IGNORECASE)


def requirements(page: Page, service: str) -> list[Requirement]:
    """The requirements of a page, in its order."""
    found = []
    for index, heading in enumerate(page.headings):
        name = _REQUIREMENT.fullmatch(heading.text.strip())
        if name is None:
            continue
        below = _below(page.headings[index + 1 :], heading)
        text = " ".join(text.text for text in page.texts if text.under and text.under[-1] == heading.text)
        scenarios = tuple(_scenario(page, heading, one) for one in below if _SCENARIO.fullmatch(one.text.strip()))
        found.append(Requirement(service, name[1].strip(), text, heading.anchor, scenarios, heading.place))
    return found


def _below(rest: tuple[Heading, ...], heading: Heading) -> list[Heading]:
    ends = next((index for index, one in enumerate(rest) if one.level <= heading.level), len(rest))
    return list(rest[:ends])


def _scenario(page: Page, requirement: Heading, heading: Heading) -> Scenario:
    steps = tuple(text.text for text in page.texts if text.under[-2:] == (requirement.text, heading.text))
    name = _SCENARIO.fullmatch(heading.text.strip())
    return Scenario(name[1].strip() if name else "", steps, heading.place)
