"""A sample of the rules: one Markdown file that holds a small specification, its compose file and its targets."""

from __future__ import annotations

import re
from pathlib import Path

from stagecheck import targets
from stagecheck.openspec import composed, tree
from stagecheck.openspec.finding import Case, Found, Rule, judged
from stagecheck.openspec.rules import RULES

SAMPLES = Path(__file__).parent / "openspec" / "samples"
_FILE = re.compile(r"^<!-- file: (\S+) -->\n", re.MULTILINE)


def unpacked(text: str, folder: Path) -> Path:
    """The files of a sample, each under its `<!-- file: NAME -->`, written below a folder."""
    _, *parts = _FILE.split(text)
    for name, content in zip(parts[::2], parts[1::2], strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.rstrip("\n") + "\n")
    return folder


def case(rule: str, which: str, folder: Path) -> Case:
    """The bad or the clean sample of a rule."""
    unpacked((SAMPLES / f"{rule}.{which}.md").read_text(), folder)
    files = [one for path in sorted(folder.glob("*.yml")) for one in composed.in_file(path, path.name)]
    loaded = targets.load(folder / "targets") if (folder / "targets").is_dir() else ()
    return Case(tree.read(folder), tuple(files), loaded)


def told(rule: Rule, folder: Path) -> list[str]:
    """What a rule finds in its bad sample, `FILE:LINE: MESSAGE`, and nothing in its clean one."""
    assert [*rule.check(case(rule.id, "clean", folder / "clean"))] == []
    return [_line(found, folder / "bad") for found in rule.check(case(rule.id, "bad", folder / "bad"))]


def rules_that_find(rule: str, which: str, folder: Path) -> set[str]:
    """The ids of all rules that find something in a sample."""
    return {found.rule for found in judged(RULES.values(), case(rule, which, folder))}


def _line(found: Found, folder: Path) -> str:
    return f"{found.place}: {found.message}".replace(f"{folder}/", "")
