"""What fails only sometimes holds the run and is named, whichever request it meets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from replica.catalog import Fault, faults
from selftest import detection
from selftest.detection import Platform
from selftest.judged import judged

SOMETIMES = tuple(fault for fault in faults().values() if fault.expect.get("check", "").startswith("run["))
# As much of the suite as the share of a service takes.
ASKED = ("django-crm/", "wagtail-cms/")
PATIENCE = 3.0  # seconds; the fault hangs for longer than any run waits


@pytest.fixture(scope="module")
def replica() -> Iterator[Platform]:
    with detection.running({"timeout": PATIENCE}) as platform:
        yield platform


@pytest.mark.parametrize("fault", SOMETIMES, ids=lambda fault: fault.name)
def test_a_fault_of_every_third_request_holds_and_is_named(fault: Fault, replica: Platform) -> None:
    name = fault.expect["check"].removeprefix("run[").removesuffix("]")
    asked = [check for check in replica.plan.checks if check.kind == "routing" and check.name.startswith(ASKED)]

    unsteady = fault.expect["reason"] == "unsteady"

    # One after another: threads may fall into step with what fails each third time, and spare one service.
    judgement = judged(replica, [fault.name], [check.id for check in asked], ahead=not unsteady)

    assert judgement.verdict == "hold"
    if unsteady:
        assert judgement.reasons[0].startswith(f"unsteady: {name} failed ")
    else:
        red = {one["service"] for one in judgement.checks if one["reason"] == fault.expect["reason"]}
        assert red == {name}


@pytest.mark.full
@pytest.mark.parametrize(("fault", "name"), [("gateway-flaps", "brain-gateway"), ("crm-flaps", "django-crm")])
def test_the_whole_suite_names_it_in_one_sentence_also_where_it_asks_ahead(
    fault: str, name: str, replica: Platform
) -> None:
    judgement = judged(replica, [fault])

    unsteady = [reason for reason in judgement.reasons if reason.startswith("unsteady: ")]
    assert judgement.verdict == "hold"
    assert [reason.partition(" failed ")[0] for reason in unsteady] == [f"unsteady: {name}"]


def test_a_healthy_platform_is_steady(replica: Platform) -> None:
    judgement = judged(replica, [], [check.id for check in replica.plan.checks if check.kind == "routing"])

    assert (judgement.steadiness, judgement.counts["flaky"]) == ((), 0)
