"""Targets made of a specification: they validate, and what is not stated is marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import unpacked
from stagecheck import targets
from stagecheck.errors import BadInput
from stagecheck.openspec import skeleton, tree

SMALL = Path(__file__).parent / "small"
CIRCLE = """\
<!-- file: infrastructure/01-flow.md -->
# Flow

## Service Identity
- **Type**: Infrastructure - Workflows
- **Container**: `acme-flow`

## Environment
```bash
CONSOLE_ADDRESS=acme-console:8080
```

## Required By
- Console (shows it)

<!-- file: infrastructure/02-console.md -->
# Console

## Service Identity
- **Type**: Infrastructure - Page
- **Container**: `acme-console`
"""


def made(folder: Path, service: str) -> str:
    return (folder / f"{service}.yaml").read_text()


def test_each_service_becomes_a_target_that_is_not_refused(tmp_path: Path) -> None:
    read = tree.read(SMALL)
    paths = skeleton.write(read, tmp_path / "made")
    loaded = targets.load(tmp_path / "made")

    assert [path.stem for path in paths] == ["gateway", "shop", "web", "database", "seat-booking"]
    assert {one.target.service: one.target.needs for one in loaded} == {
        "gateway": ["shop"],
        "shop": ["database"],
        "web": ["gateway", "shop"],
        "database": [],
        "seat-booking": [],
    }
    assert {one.target.spec for one in loaded} >= {"backend/02-shop.md#api-endpoints", "backend/01-gateway.md#api"}


def test_only_what_is_stated_is_asked_and_the_rest_is_marked(tmp_path: Path) -> None:
    skeleton.write(tree.read(SMALL), tmp_path)
    shop, gateway, web = (made(tmp_path, name) for name in ("shop", "gateway", "web"))

    assert "request: {path: /api/v1/items/, via: direct}" in shop
    assert "# unknown: what POST /api/v1/items/ wants and answers (backend/02-shop.md:13)" in shop
    assert "owner: nobody   # unknown: the specification names no owner" in shop
    assert "# unknown: image" in shop
    assert "owner: platform-team\n" in gateway
    assert "# variables: SHOP_URL, GATEWAY_TOKEN\n" in gateway
    assert "acme-shop:8000" not in gateway  # no value of a variable
    assert "# unknown: a port that is not decided, 3000" in web
    assert "proofs: {dns: {}, tcp: {}, answers: {}}" in web
    assert "# unknown: how it is asked over HTTP" in made(tmp_path, "database")
    assert "# unknown: what shows the requirement 'Free seats' (seat-booking/spec.md:5)" in made(
        tmp_path, "seat-booking"
    )


def test_a_circle_of_needs_is_opened_where_it_is_least_stated(tmp_path: Path) -> None:
    skeleton.write(tree.read(unpacked(CIRCLE, tmp_path / "spec")), tmp_path / "made")

    assert "needs: [flow]" in made(tmp_path / "made", "console")
    assert "# left out of needs, since console needs this one too: console" in made(tmp_path / "made", "flow")
    assert len(targets.load(tmp_path / "made")) == 2


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text("mine\n")

    with pytest.raises(BadInput, match=r"web\.yaml: is there already, and nothing is overwritten"):
        skeleton.write(tree.read(SMALL), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["web.yaml"]


def test_a_specification_without_services_is_refused(tmp_path: Path) -> None:
    (tmp_path / "overview.md").write_text("# Overview\n")

    with pytest.raises(BadInput, match="no page of the specification states a service"):
        skeleton.write(tree.read(tmp_path), tmp_path / "made")
