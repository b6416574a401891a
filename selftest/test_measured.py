"""docs/detection.md keeps the sections that another command wrote."""

from __future__ import annotations

from pathlib import Path

from selftest.measured import ORDER, PAGE, Page


def test_a_section_is_written_and_the_others_stay(tmp_path: Path) -> None:
    page = Page(tmp_path / "page.md")
    first, second, third, fourth = ORDER

    page.write(fourth, "mutants")
    page.write(first, "## Faults\n\ntable")
    page.write(third, "soak")
    page.write(second, "pairs")
    page.write(first, "## Faults\n\nnew table")

    told = {first: "## Faults\n\nnew table", second: "pairs", third: "soak", fourth: "mutants"}
    assert page.sections() == told
    assert list(page.sections()) == list(ORDER)


def test_the_page_begins_with_the_faults_and_names_the_commit_of_each_figure() -> None:
    sections = PAGE.sections()

    assert ORDER[0] in sections
    assert all("Measured at " in text for text in sections.values())
