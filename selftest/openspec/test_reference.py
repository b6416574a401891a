"""Where targets refer to the specification."""

from __future__ import annotations

from pathlib import Path

from stagecheck import targets
from stagecheck.openspec.reference import of_target

TARGET = """\
service: shop
title: Shop
owner: shop-team
spec: backend/02-shop.md#api-endpoints
checks:
  - id: items
    kind: routing
    spec: "#items"
    request: {path: /items}
    expect: {status: 200}
    proofs: {answers: {}}
  - id: seats
    kind: routing
    spec: seat-booking/spec.md
    request: {path: /seats}
    expect: {status: 200}
    proofs: {answers: {}}
"""


def test_a_section_alone_is_one_of_the_targets_own_file(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(TARGET)
    (loaded,) = targets.load(tmp_path)

    assert [(one.file, one.anchor, one.entry, one.place.line) for one in of_target(loaded)] == [
        ("backend/02-shop.md", "api-endpoints", "", 4),
        ("backend/02-shop.md", "items", "items", 8),
        ("seat-booking/spec.md", "", "seats", 14),
    ]
