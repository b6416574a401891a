"""Requirements and scenarios in the form of the OpenSpec tool."""

from __future__ import annotations

from stagecheck.openspec import markdown
from stagecheck.openspec.requirements import requirements

PAGE = """\
# Booking

## Requirements

### Requirement: Free seats
The system SHALL refuse a seat
that is taken.

#### Scenario: A seat is taken
- **WHEN** a seat is booked that is taken
- **THEN** the answer is 409

#### Scenario: A seat is free
- **WHEN** it is booked
- **THEN** the answer is 201

### Requirement: Told seats
The system MUST tell the seats.

## Notes
### Not a requirement
"""


def test_requirements_have_their_text_and_scenarios() -> None:
    seats, told = requirements(markdown.parse(PAGE, "booking/spec.md"), "booking")

    assert (seats.service, seats.name, seats.anchor) == ("booking", "Free seats", "requirement-free-seats")
    assert seats.text == "The system SHALL refuse a seat that is taken."
    assert [(one.name, len(one.steps), one.place.line) for one in seats.scenarios] == [
        ("A seat is taken", 2, 9),
        ("A seat is free", 2, 13),
    ]
    assert (told.name, told.scenarios, told.place.line) == ("Told seats", (), 17)


def test_a_page_without_them_has_none() -> None:
    assert requirements(markdown.parse("# Shop\n\n## Requirements\n- fast\n", "shop.md"), "shop") == []
