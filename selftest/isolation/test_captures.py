"""Whatever a probe asks with was captured by an earlier step of the same probe, or else it would never be asked."""

from __future__ import annotations

import re

import pytest

from selftest.isolation import test_child, test_fields, test_forged, test_logout, test_unique
from selftest.told import GRAPHQL, REST, isolation, steps
from stagecheck.isolation import PROCEDURES

PROBES = [name for name in PROCEDURES if name not in ("preflight", "privileged", "administered")]
# What else a probe needs than the resource.
WHOAMI = {**test_forged.WHOAMI, **test_logout.WHOAMI}
MORE = {"child": test_child.CHILD, "unique": test_unique.UNIQUE}
KEPT = {"kept_fields": test_fields.KEPT_FIELDS, "update": REST["update"]}
NAMED = re.compile(r"\{(?:unlike:)*([^}]*)\}")


@pytest.mark.parametrize("resource", [REST, GRAPHQL], ids=["rest", "graphql"])
@pytest.mark.parametrize("probe", PROBES)
def test_every_value_that_a_step_is_filled_with_was_captured_before(probe: str, resource: dict) -> None:
    known: set[str] = set()
    check = isolation(probe, {**resource, **MORE, **(KEPT if probe == "kept-fields" else {})}, WHOAMI, issuer="shop")
    for step in steps(check).values():
        fill = dict(step.fill)
        assert all(isinstance(value, str) for value in fill.values()), step
        assert {name for value in fill.values() for name in NAMED.findall(value)} <= known, step.name
        known |= {name for name, _ in step.capture}


@pytest.mark.parametrize("probe", ["update-by-id", "delete-by-id", "create-into"])
def test_each_record_that_is_made_has_a_marker_of_its_own(probe: str) -> None:
    asked = steps(isolation(probe, REST)).values()
    markers = [dict(step.fill)["marker"] for step in asked if step.request.method == "POST"]

    assert len(set(markers)) == len(markers) > 1


@pytest.mark.parametrize("probe", PROBES)
def test_who_asks_is_always_said(probe: str) -> None:
    check = isolation(probe, {**GRAPHQL, **MORE}, WHOAMI, issuer="shop")

    assert {step.identity.tenant for step in steps(check).values()} <= {"acme", "zeta", ""}
