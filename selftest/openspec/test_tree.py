"""A whole specification."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagecheck.errors import BadInput
from stagecheck.openspec import tree

SMALL = Path(__file__).parent / "small"


def test_the_pages_of_a_folder_are_read_and_their_services_found() -> None:
    read = tree.read(SMALL)

    assert [page.file for page in read.pages] == [
        "overview.md",
        "backend/01-gateway.md",
        "backend/02-shop.md",
        "frontend/01-web.md",
        "infrastructure/01-database.md",
        "seat-booking/spec.md",
    ]
    assert [(one.id, one.kind) for one in read.services] == [
        ("gateway", "backend"),
        ("shop", "backend"),
        ("web", "frontend"),
        ("database", "infrastructure"),
        ("seat-booking", "capability"),
    ]
    assert read.gateway is read.by_id["gateway"]
    assert read.prefix == "/api/gate"


def test_what_an_overview_states_under_the_prefix_is_the_gateways() -> None:
    read = tree.read(SMALL)
    stated = [(str(one), str(one.place)) for one in read.endpoints if one.service == "gateway"]

    assert stated == [("GET /health", "backend/01-gateway.md:13"), ("GET /api/gate/metrics", "overview.md:6")]


def test_needs_and_requirements_are_of_the_whole() -> None:
    read = tree.read(SMALL)

    assert {(one.service, one.needed) for one in read.needs} == {
        ("gateway", "shop"),
        ("shop", "database"),
        ("web", "gateway"),
        ("web", "shop"),
    }
    assert [(one.service, one.name) for one in read.requirements] == [
        ("seat-booking", "Free seats"),
        ("seat-booking", "Told seats"),
    ]


def test_proposals_of_change_state_nothing_yet(tmp_path: Path) -> None:
    (tmp_path / "changes" / "add-shop").mkdir(parents=True)
    (tmp_path / "changes" / "add-shop" / "spec.md").write_text("# Shop\n\n## Requirements\n")
    (tmp_path / "overview.md").write_text("# Overview\n")

    assert [page.file for page in tree.read(tmp_path).pages] == ["overview.md"]


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no specification \(\*\.md\) in this folder"):
        tree.read(tmp_path)
    with pytest.raises(BadInput, match="no such folder of a specification"):
        tree.read(tmp_path / "nothing")
