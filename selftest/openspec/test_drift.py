"""What changed between two looks at a specification."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from stagecheck.errors import BadInput
from stagecheck.openspec import drift, tree

SMALL = Path(__file__).parent / "small"


def test_what_came_went_or_changed_is_a_line_each(tmp_path: Path) -> None:
    before = drift.snapshot(tree.read(SMALL))
    changed = tmp_path / "spec"
    shutil.copytree(SMALL, changed)
    shop, booking = changed / "specs/backend/02-shop.md", changed / "specs/seat-booking/spec.md"
    shop.write_text(shop.read_text().replace("8010:8000", "8011:8000").replace("DELETE /api/v1", "PATCH /api/v1"))
    booking.write_text(booking.read_text().replace("409", "410"))

    lines = drift.changes(before, drift.snapshot(tree.read(changed)))

    assert len(lines) == 4
    assert lines[0].startswith("changed  seat-booking requirement Free seats: text ")
    assert lines[1:] == [
        "gone     shop endpoint DELETE /api/v1/items/{id}/",
        "new      shop endpoint PATCH /api/v1/items/{id}/",
        "changed  shop ports: 8010:8000 -> 8011:8000",
    ]


def test_a_snapshot_is_read_as_it_was_written_and_holds_no_value_of_a_variable(tmp_path: Path) -> None:
    facts = drift.snapshot(tree.read(SMALL))
    path = tmp_path / "history" / "spec.json"
    drift.write(path, facts)

    assert drift.read(path) == facts
    assert drift.changes(facts, drift.read(path)) == []
    assert "gateway variable GATEWAY_TOKEN" in facts
    assert "acme-shop:8000" not in path.read_text()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("not json", "no snapshot of a specification: not JSON"),
        (json.dumps({"version": 0, "facts": {}}), "no snapshot of a specification of version 1"),
        (json.dumps([1]), "no snapshot of a specification of version 1"),
    ],
)
def test_another_file_is_refused(content: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text(content)

    with pytest.raises(BadInput) as refused:
        drift.read(path)
    assert str(refused.value) == f"{path}: {sentence}"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        drift.read(tmp_path / "spec.json")
