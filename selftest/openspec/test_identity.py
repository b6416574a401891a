"""Whom a page speaks of."""

from __future__ import annotations

from stagecheck.openspec import identity, markdown
from stagecheck.openspec.facts import Service

PAGE = """\
# Flow Server - Infrastructure

## Service Identity
- **Name**: Flow
- **Type**: Infrastructure - Workflows
- **Container**: `acme-flow` (not running)
- **Port**: `7233:7233` (gRPC), `TBD:7234` (HTTP)
- **Domain**: `flow.acme.example` OR `www.acme.example/flow`
- **Status**: Defined

## Configuration
```bash
# a comment
FLOW_MODE=fast  # not slow
export FLOW_EMPTY=
not a variable
```

## Testing
```bash
FLOW_MODE=test
```

**Status**: Pending
**Owner**: Flow Team
"""


def read(text: str, file: str) -> Service | None:
    return identity.service_of(markdown.parse(text, file))


def test_the_identity_is_the_labelled_list() -> None:
    flow = read(PAGE, "infrastructure/04-flow-server.md")

    assert flow is not None
    assert (flow.id, flow.kind, flow.name, flow.title) == ("flow-server", "infrastructure", "Flow", "Flow Server")
    assert (str(flow.container), flow.image, flow.owner) == ("acme-flow", None, "Flow Team")
    assert [(str(port), port.protocol, port.undecided) for port in flow.ports] == [
        ("7233:7233", "grpc", False),
        ("7234", "http", True),
    ]
    assert [str(one) for one in flow.domains] == ["flow.acme.example", "www.acme.example/flow"]
    assert (str(flow.status), str(flow.footer)) == ("Defined", "Pending")


def test_variables_are_those_under_configuration() -> None:
    variables = identity.variables(markdown.parse(PAGE, "flow.md"))

    assert [(one.name, one.value, one.place.line) for one in variables] == [
        ("FLOW_MODE", "fast", 14),
        ("FLOW_EMPTY", "", 15),
    ]


def test_a_page_without_identity_is_no_service() -> None:
    assert read("# Overview\n\n- **Name**: nobody\n", "overview.md") is None


def test_a_folder_with_requirements_is_a_capability() -> None:
    booking = read("# Booking\n\n## Requirements\n", "specs/seat-booking/spec.md")

    assert booking is not None
    assert (booking.id, booking.kind) == ("seat-booking", "capability")
    assert read("# Booking\n", "specs/seat-booking/spec.md") is None


def test_compose_blocks_of_a_developers_machine_are_left_out() -> None:
    block = "```yaml\nflow:\n  image: acme/flow:{}\n```\n"
    text = PAGE + f"\n## Local Development\n{block.format('dev')}\n## Deployment\n{block.format('1.4')}"
    flow = read(text, "flow.md")

    assert flow is not None
    assert [one.image for one in identity.own(flow)] == ["acme/flow:1.4"]
