"""docs/detection.md: sections that different commands write, each with the commit that it was measured at."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
ORDER = ("# Detection", "## Two faults at once", "## No false alarm", "## Mutants of our own code")


def commit() -> str:
    """The commit at hand; with a plus where files differ from it."""
    dirty = "+" if _git("status", "--porcelain", "--untracked-files=no") else ""
    return (_git("rev-parse", "--short=12", "HEAD") or "unknown") + dirty


def _git(*arguments: str) -> str:
    said = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return said.stdout.strip()


@dataclass(frozen=True)
class Page:
    """A page of sections; each of `ORDER` begins with its heading and goes on to the next of them."""

    path: Path

    def sections(self) -> dict[str, str]:
        """Heading -> text below it."""
        if not self.path.exists():
            return {}
        marks = "|".join(map(re.escape, ORDER))
        parts = re.split(rf"^({marks})$", self.path.read_text(), flags=re.MULTILINE)
        return {heading: text.strip("\n") for heading, text in zip(parts[1::2], parts[2::2], strict=True)}

    def write(self, heading: str, text: str) -> None:
        """Put the text below the heading, and leave the other sections as they are."""
        sections = {**self.sections(), heading: text.strip("\n")}
        told = (f"{mark}\n\n{sections[mark]}\n" for mark in ORDER if mark in sections)
        self.path.write_text("\n".join(told))


PAGE = Page(ROOT / "docs" / "detection.md")
