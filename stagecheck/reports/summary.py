"""reports/summary.md: the verdict for a pull request or a chat, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from stagecheck.gate import Judgement
from stagecheck.outcome import Outcome, Verdict
from stagecheck.record import Record
from stagecheck.reports import terminal


def begin(path: Path, environment: str) -> None:
    """Replace what an earlier run said."""
    _write(path, [f"# {environment}: {Verdict.INCONCLUSIVE.upper()}", "", "- the run has not come to its end"])


def write(path: Path, environment: str, judgement: Judgement, notes: Iterable[str] = ()) -> None:
    """Write the page anew."""
    _write(path, lines(environment, judgement, notes))


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def lines(environment: str, judgement: Judgement, notes: Iterable[str] = ()) -> Iterator[str]:
    """Verdict, reasons, the table of areas, one line for each check that did not pass, and the notes."""
    yield f"# {environment}: {judgement.verdict.upper()}"
    yield ""
    if judgement.reasons:
        yield from (f"- {_plain(reason)}" for reason in judgement.reasons)
        yield ""
    yield "| area | " + " | ".join(terminal.COLUMNS) + " |"
    yield "|---" * (len(terminal.COLUMNS) + 1) + "|"
    for kind in sorted({one["kind"] for one in judgement.checks}):
        row = terminal.counts([one for one in judgement.checks if one["kind"] == kind])
        yield f"| {kind} | " + " | ".join(str(row[column]) for column in terminal.COLUMNS) + " |"
    if judgement.latency:
        yield ""
        yield "p95: " + "; ".join(_plain(str(one)) for one in judgement.latency)
    red = [one for one in judgement.checks if one["outcome"] in (Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.KNOWN)]
    if red:
        yield ""
        yield from map(_line, red)
    if judgement.left_out:
        yield ""
        yield f"{len(judgement.left_out)} checks are not covered here:"
        yield from (f"- {number} because {_plain(why)}" for why, number in terminal.reasons(judgement.left_out))
    told = list(notes)
    if told:
        yield ""
        yield from (f"- {_plain(note)}" for note in told)


def _line(one: Record) -> str:
    optional = "" if one["required"] else " (not required)"
    seen = _plain(one["message"]["seen"])
    return f"- `{one['id']}` {one['outcome']}{optional}, {one['reason']}: {seen}; owner {_plain(one['owner'])}"


def _plain(text: str) -> str:
    """What a platform said is shown as text, on one line, and is no Markdown."""
    flat = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in flat)
