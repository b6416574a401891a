"""reports/summary.md: the verdict for a pull request or a chat, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from stagecheck import listing
from stagecheck.gate import SHOWN, UNHEARD, Judgement
from stagecheck.outcome import Outcome, Verdict
from stagecheck.record import Record
from stagecheck.reports import terminal

MOST = 64 * 1024  # bytes of the page: a job's summary is refused from 1 MiB on, and nobody reads so much
ROOM = 256  # of these for the line that tells what was left out
FIRST = 5  # failures that are told with their cause on the first screen
LONGEST = 500  # characters of one sentence


def begin(path: Path, environment: str, why: str) -> None:
    """Replace what an earlier run said."""
    _write(path, [f"# {environment}: {Verdict.INCONCLUSIVE.upper()}", "", f"- {plain(why)}"])


def write(
    path: Path,
    environment: str,
    judgement: Judgement,
    notes: Iterable[str] = (),
    changes: Iterable[str] = (),
    about: str = "",
) -> None:
    """Write the page anew."""
    _write(path, lines(environment, judgement, notes, changes, about))


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def lines(
    environment: str,
    judgement: Judgement,
    notes: Iterable[str] = (),
    changes: Iterable[str] = (),
    about: str = "",
) -> Iterator[str]:
    """The first screen is verdict, reasons, causes and what changed; then the table of areas, the rest, and the notes.

    `about` says which run it is, `changes` what is new since the last promoted one. However much is red, the page stays
    below `MOST` bytes: what does not fit is a number.
    """
    size = 0
    left = 0
    for line in _all_lines(environment, judgement, notes, changes, about):
        size += len(line.encode()) + 1
        if size > MOST - ROOM:
            left += 1
        else:
            yield line
    if left:
        yield f"\n- and {left} more lines: see `verdict.json`"


def _all_lines(
    environment: str, judgement: Judgement, notes: Iterable[str], changes: Iterable[str], about: str
) -> Iterator[str]:
    yield f"# {environment}: {judgement.verdict.upper()}"
    yield ""
    if about:
        yield from (plain(about), "")
    if judgement.reasons:
        yield from (f"- {plain(reason)}" for reason in judgement.reasons)
        yield ""
    red = _alike(_red(judgement))
    yield from _section("Causes", map(_cause, red[:FIRST]))
    yield from _section("What changed", (f"- {plain(change)}" for change in changes))
    yield "| area | " + " | ".join(terminal.COLUMNS) + " |"
    yield "|---" * (len(terminal.COLUMNS) + 1) + "|"
    for kind in sorted({one["kind"] for one in judgement.checks}):
        row = terminal.counts([one for one in judgement.checks if one["kind"] == kind])
        yield f"| {kind} | " + " | ".join(str(row[column]) for column in terminal.COLUMNS) + " |"
    if told := list(terminal.unsteady(judgement)):
        yield ""
        yield from (f"- {plain(line)}" for line in told)
    if judgement.latency:
        yield ""
        yield "p95: " + "; ".join(plain(str(one)) for one in judgement.latency)
    if red[FIRST:]:
        yield ""
        yield from map(_line, red[FIRST:])
    if judgement.left_out:
        yield ""
        yield f"{len(judgement.left_out)} checks are not covered here:"
        yield from (f"- {number} because {plain(why)}" for why, number in terminal.reasons(judgement.left_out))
    told = list(notes)
    if told:
        yield ""
        yield from (f"- {plain(note)}" for note in told)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from (f"**{title}**", "", *found, "")


def _red(judgement: Judgement) -> list[Record]:
    """What did not pass, what holds a promotion first; what was not asked at all is a number among the reasons."""
    red = [
        one
        for one in judgement.checks
        if one["outcome"] in (Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.KNOWN) and one["reason"] not in UNHEARD
    ]
    worst = [Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.KNOWN]
    return sorted(red, key=lambda one: (not one["required"], worst.index(one["outcome"])))


def _alike(red: Iterable[Record]) -> list[list[Record]]:
    """What is red in the same words has one cause and one line: a missing credential is one thing to mend."""
    groups: dict[tuple[object, ...], list[Record]] = {}
    for one in red:
        words = (one["outcome"], one["required"], one["reason"], one["ledger"], *one["message"].values())
        groups.setdefault(tuple(map(str, words)), []).append(one)
    return list(groups.values())


def _cause(alike: Sequence[Record]) -> str:
    return f"{_line(alike)}; {plain(alike[0]['message']['cause'])}; {plain(alike[0]['source'])}"


def _line(alike: Sequence[Record]) -> str:
    one = alike[0]
    ids = listing.some([f"`{one['id']}`" for one in alike], SHOWN)
    owners = listing.some(list(dict.fromkeys(plain(one["owner"]) for one in alike)), SHOWN)
    optional = "" if one["required"] else " (not required)"
    seen = plain(one["message"]["seen"])
    ledger = f" as {plain(one['ledger']['ticket'])}" if one["ledger"] else ""
    return f"- {ids} {one['outcome']}{ledger}{optional}, {one['reason']}: {seen}; owner {owners}"


def plain(text: str) -> str:
    """What a platform said is shown as text, on one line, and is no Markdown."""
    flat = " ".join(text.split())
    flat = flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 3]}..."
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in flat)
