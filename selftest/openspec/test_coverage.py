"""Which check covers which statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagecheck import environment, plan, targets
from stagecheck.openspec import coverage, tree

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def found() -> coverage.Coverage:
    folder = HERE / "small-targets"
    loaded = targets.load(folder)
    local = environment.read("local", folder, {}, loaded)
    return coverage.of(tree.read(HERE / "small"), loaded, plan.make(loaded, local), local)


def covered(found: coverage.Coverage, kind: str) -> dict[str, tuple[str, ...]]:
    return {f"{one.service} {one.text}": one.checks for one in found.items if one.kind == kind}


def test_endpoints_are_covered_by_requests_to_the_service_also_through_the_gateway(found: coverage.Coverage) -> None:
    assert covered(found, "endpoint") == {
        "gateway GET /health": ("health[gateway/health/answers]",),
        "gateway GET /api/gate/metrics": (),
        "shop GET /api/v1/items/": ("routing[shop/items/answers]", "routing[shop/items/missing]"),
        "shop GET /api/v1/items/{id}/": ("routing[shop/items/missing]",),
        "shop POST /api/v1/items/": (),
        "shop DELETE /api/v1/items/{id}/": (),
        "gateway GET /api/gate/shop/items/": ("routing[shop/items/answers]", "routing[shop/items/missing]"),
        "gateway GET /api/gate/shop/items/{id}/": ("routing[shop/items/missing]",),
    }


def test_ports_are_covered_by_requests_to_the_services_own_address(found: coverage.Coverage) -> None:
    ports = covered(found, "port")

    assert len(ports["gateway 8001:8001"]) == 4
    assert (ports["shop 8010:8000"], ports["database 5433:5432"], ports["web 3000"]) == ((), (), ())


def test_domains_and_requirements_are_covered_by_their_name(found: coverage.Coverage) -> None:
    assert covered(found, "domain") == {
        "web www.acme.example": ("domain[web/page/answers]", "domain[web/page/dns]"),
    }
    assert covered(found, "requirement") == {
        "seat-booking Free seats": ("routing[shop/seats/answers]",),
        "seat-booking Told seats": (),
    }


def test_the_part_is_rounded_down_and_held_against_a_floor(found: coverage.Coverage) -> None:
    assert found.counts() == (8, 15)
    assert str(found) == "specification: 8 of 15 statements covered (53 %)"
    assert found.below(53) == ""
    assert found.below(54) == ("the checks cover 8 of 15 statements of the specification; the floor is 54 %")


def test_where_nothing_is_stated_no_floor_is_reached() -> None:
    empty = coverage.Coverage(())

    assert empty.percent == 0
    assert empty.below(0) != ""
