"""One Markdown file: headings, texts and blocks with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagecheck.errors import BadInput
from stagecheck.openspec import markdown
from stagecheck.openspec.markdown import Place

TEXT = """\
# Shop - Backend Service

## API: the *first* one (v2)
- **Port**: `8010:8000` (host:container)
- plain `code`

**Status**: Running
**Owner**: Shop Team

### Local use
```python title="x"
one = 1
two = 2
```

| a | b |
|---|---|
| cell `c` | other |
"""


def test_headings_have_their_line_and_the_anchor_of_a_link() -> None:
    page = markdown.parse(TEXT, "shop.md")

    assert page.title == "Shop - Backend Service"
    assert [(one.level, one.place.line) for one in page.headings] == [(1, 1), (2, 3), (3, 10)]
    assert [one.anchor for one in page.headings] == ["shop---backend-service", "api-the-first-one-v2", "local-use"]


def test_items_have_labels_codes_and_the_headings_above() -> None:
    page = markdown.parse(TEXT, "shop.md")
    port, plain = page.texts[:2]

    assert (port.label, port.value, port.codes) == ("Port", "`8010:8000` (host:container)", ("8010:8000",))
    assert (port.place, port.item) == (Place("shop.md", 4), True)
    assert (plain.label, plain.value) == ("", "plain `code`")
    assert port.under == ("Shop - Backend Service", "API: the *first* one (v2)")


def test_each_line_of_a_paragraph_is_a_text() -> None:
    page = markdown.parse(TEXT, "shop.md")
    found = {text.label: (text.value, text.place.line, text.item) for text in page.texts[2:4]}

    assert found == {"Status": ("Running", 7, False), "Owner": ("Shop Team", 8, False)}


def test_a_block_knows_its_first_line_of_code() -> None:
    (block,) = markdown.parse(TEXT, "shop.md").blocks

    assert (block.language, block.lines) == ("python", ("one = 1", "two = 2"))
    assert (block.place.line, block.line(1).line, block.at(block.text.index("two")).line) == (12, 13, 13)
    assert (block.local, block.example) == (True, False)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"a\n\xff", ":2: not UTF-8: byte 0xff"), (b"x" * (markdown.MAX_BYTES + 1), ": larger than 4096 KiB")],
)
def test_what_cannot_be_read_is_refused_in_one_line(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(content)

    with pytest.raises(BadInput) as refused:
        markdown.read(path, "a.md")
    assert str(refused.value) == f"{path}{sentence}"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"a\.md: cannot be read: No such file"):
        markdown.read(tmp_path / "a.md", "a.md")
