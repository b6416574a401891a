"""What a job of GitHub Actions shows: its summary, and annotations at the lines of the targets.

The commands and files are those of GitHub's "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from stagecheck.gate import UNHEARD, Judgement
from stagecheck.outcome import Outcome

# GitHub shows ten errors of one step, and drops the others without a word.
MOST = 10


def tell(variables: Mapping[str, str], page: Path) -> None:
    """Add the page to the job's summary; nothing outside of a job."""
    place = variables.get("GITHUB_STEP_SUMMARY", "")
    if place:
        with Path(place).open("a", encoding="utf-8") as summary:
            summary.write(page.read_text(encoding="utf-8"))


def commands(variables: Mapping[str, str], judgement: Judgement) -> Iterator[str]:
    """A command for each required check that failed or was inconclusive, failures first; nothing outside of a job."""
    if variables.get("GITHUB_ACTIONS") != "true":
        return
    red = [
        one
        for outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE)
        for one in judgement.checks
        if one["outcome"] == outcome and one["required"] and one["reason"] not in UNHEARD
    ]
    for one in red[:MOST]:
        path, _, line = one["source"].rpartition(":")
        title = f"{one['id']} {one['outcome']}: {one['reason']}"
        message = f"{one['message']['seen']}\n{one['message']['cause']}\nowner {one['owner']}"
        yield f"::error file={_value(path)},line={_value(line)},title={_value(title)}::{_text(message)}"


def _text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
