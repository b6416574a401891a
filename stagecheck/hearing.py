"""One check from its first question to its record, with whatever befalls it on the way."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import asdict

from stagecheck import record, traces
from stagecheck.errors import Blocked, CheckFailed, Inconclusive
from stagecheck.exchange import Answers
from stagecheck.known import Issue, Ledger
from stagecheck.outcome import Finding
from stagecheck.plan import Check
from stagecheck.record import Record
from stagecheck.runner import Runner

FRAMES = 3  # of our own traceback, when the engine itself breaks


class Hearings:
    """The checks that one process is hearing through its runner, each until its item is torn down."""

    def __init__(self, runner: Runner, ledger: Ledger) -> None:
        self.runner = runner
        self._ledger = ledger
        self._going_on: dict[str, Hearing] = {}  # by check id

    def begin(self, check: Check) -> Hearing:
        """A new hearing of that check."""
        hearing = self._going_on[check.id] = Hearing(check, self.runner, self._ledger)
        return hearing

    def of(self, check: Check) -> Hearing:
        """The hearing of that check, begun here where nobody has."""
        return self.known(check) or self.begin(check)

    def known(self, check: Check) -> Hearing | None:
        """The hearing of that check; None where it has not begun, or is over."""
        return self._going_on.get(check.id)

    def end(self, check: Check) -> None:
        """Let go of a check, and of what it heard."""
        self._going_on.pop(check.id, None)
        self.runner.forget(check)


class Hearing:
    """Asks and judges one check through the runner, and remembers what became of it; `record()` is the last call.

    `judged` says that somebody wanted to know whether it holds.
    """

    def __init__(self, check: Check, runner: Runner, ledger: Ledger) -> None:
        self._check = check
        self._runner = runner
        self._ledger = ledger
        self._finding: Finding | None = None
        self._text = ""
        self._root: Mapping[str, str] | None = None
        self._issue: Issue | None = None
        self.judged = False

    @property
    def root(self) -> str:
        """The id of what blocks the check; empty when nothing does."""
        return self._root["id"] if self._root else ""

    def answers(self) -> Answers:
        """What the check heard; raises Blocked when a root is down, Inconclusive when nothing was proven."""
        try:
            return self._runner.answers(self._check)
        except Blocked as told:
            self._root = self._what_blocks()
            self._keep(told.finding, str(told))
            raise
        except Inconclusive as told:
            self._keep(told.finding, str(told))
            raise
        except Exception as error:
            raise self._broken(error) from None

    def judge(self, answers: Answers) -> Issue | None:
        """Raises CheckFailed when what must hold does not; the ledger's issue is returned when that is known."""
        self.judged = True
        finding, text = self._judged(answers)
        judged, issue = self._ledger.judge(self._check.id, finding)
        if judged is None:
            return None
        self._issue = issue
        self._keep(judged, text if judged is finding else self._runner.message(self._check, judged, answers))
        if issue is None:
            raise CheckFailed(judged, self._text)
        return issue

    @property
    def seconds(self) -> float:
        """How long asking took, also where that was before the item began."""
        return self._runner.took(self._check)

    @property
    def pictures(self) -> dict[str, bytes]:
        """What a browser showed in each step, as PNG."""
        answers = self._runner.heard(self._check)
        exchanges = answers.exchanges.items() if answers else ()
        return {name: exchange.picture for name, exchange in exchanges if exchange.picture}

    def record(self) -> Record:
        """The record of the check as it stands now, redacted; its exchanges come redacted."""
        answers = self._runner.heard(self._check)
        exchanges = self._evidence(answers) if answers else []
        made = record.of(
            self._check,
            self._finding,
            attempts=answers.attempts if answers else 0,
            seconds=self.seconds,
            text=self._text,
            traces=asdict(traces.of(self._check, answers)) if answers else None,
            root=self._root,
            ledger=self._issue.model_dump(mode="json") if self._issue else None,
        )
        return {**self._runner.wire.redactor.data(made), "exchanges": exchanges}

    def _evidence(self, answers: Answers) -> list[dict[str, object]]:
        """The exchanges; an answer that cannot be shown leaves this check without a verdict, and the run alone."""
        try:
            return self._runner.evidence(self._check, answers)
        except Exception as error:
            self._broken(error)
            return []

    def _judged(self, answers: Answers) -> tuple[Finding | None, str]:
        try:
            self._runner.must_hold(self._check, answers)
        except CheckFailed as told:
            return told.finding, str(told)
        except Exception as error:
            raise self._broken(error) from None
        return None, ""

    def _keep(self, finding: Finding, text: str) -> None:
        self._finding, self._text = finding, text

    def _what_blocks(self) -> dict[str, str] | None:
        found = self._runner.blocked_by(self._check)
        if found is None:
            return None
        id, finding = found
        message = finding.cause or finding.seen
        return {"id": id, "outcome": str(finding.outcome), "reason": str(finding.reason), "message": message}

    def _broken(self, error: Exception) -> Inconclusive:
        """An error of the engine itself proves nothing about the platform; its traceback goes through the one door."""
        finding = record.broken(f"{type(error).__name__}: {error}")
        where = traceback.format_tb(error.__traceback__)[-FRAMES:]
        text = self._runner.message(self._check, finding, Answers()) + "\n" + "".join(where).rstrip()
        self._keep(finding, self._runner.wire.redactor.text(text))
        return Inconclusive(finding, self._text)
