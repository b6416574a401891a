"""Trees drawn with lines."""

from __future__ import annotations

from stagecheck.openspec import drawing, markdown

TEXT = """\
```text
┌──────────────────┐
│  Backend (3 Services)   │
│  ├── Shop (8010)  ← via the gateway │
│  │   └── items/  │
│  └── CRM         │
│        │ all of them │
└──────────────────┘
```
"""


def test_labels_hang_on_what_is_above_them() -> None:
    found = drawing.nodes(markdown.parse(TEXT, "a.md"))
    labels = {node.label: node.above for node in found if node.hangs}

    assert labels == {
        "Shop (8010)": ("Backend (3 Services)",),
        "items/": ("Backend (3 Services)", "Shop (8010)"),
        "CRM": ("Backend (3 Services)",),
    }
    assert next(node.place.line for node in found if node.label == "CRM") == 6


def test_children_are_those_with_a_line() -> None:
    found = drawing.nodes(markdown.parse(TEXT, "a.md"))
    below = drawing.children(found, next(node for node in found if node.label.startswith("Backend")))

    assert [node.label for node in below] == ["Shop (8010)", "CRM"]


def test_other_blocks_are_no_drawings() -> None:
    assert drawing.nodes(markdown.parse("```text\nShop -> CRM\n```\n", "a.md")) == []
