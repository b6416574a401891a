"""The tests/conftest.py of a project of selftest/project.py: a runner that does what script.json says of each check.

The words: passed, failed, leak, inconclusive, blocked, blocked-vaguely, flaky, warned, broken, broken-later,
unshowable, killed.
"""

from __future__ import annotations

import json
import os
import signal
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from stagecheck.errors import Blocked, CheckFailed, Inconclusive
from stagecheck.exchange import Answers, Attempt, Exchange
from stagecheck.model import Step
from stagecheck.outcome import Outcome, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.redaction import Redactor

SECRET = "planted-secret-3f9a1c"
RED = failed(
    Reason.STATUS, "it answers", f"status: expected 200, got 503, {SECRET}", "the shop does not answer", "answer"
)
FRONT = "routing[shop/front/answers]"


class Wire:
    redactor = Redactor({"ACME_TOKEN": SECRET})


class ScriptedRunner:
    wire = Wire()

    def __init__(self, script: dict[str, str]) -> None:
        self._script = script
        self._heard: dict[str, Answers] = {}

    def _word(self, check: Check) -> str:
        return self._script[check.name.split("/")[1]]

    def answers(self, check: Check) -> Answers:
        word = self._word(check)
        if word == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "warned":
            warnings.warn("a library's own business", DeprecationWarning, stacklevel=1)
        if word == "broken":
            raise KeyError(SECRET)
        if word.startswith("blocked"):
            raise Blocked(replace(RED, outcome=Outcome.BLOCKED), f"blocked by {FRONT}: status: got 503")
        attempts = 2 if word == "flaky" else 1
        tries = tuple(Attempt(200, None, 0.01) for _ in range(attempts))
        step = Step("answer", check.entry.request, base="http://127.0.0.1:9")
        self._heard[check.id] = Answers({"answer": Exchange(step, "http://127.0.0.1:9/", 200, attempts=tries)})
        if word == "inconclusive":
            finding = inconclusive(Reason.CONTROL_FAILED, "it answers", "429", "the limiter", "answer")
            raise Inconclusive(finding, self.message(check, finding, self._heard[check.id]))
        return self._heard[check.id]

    def must_hold(self, check: Check, answers: Answers) -> None:
        word = self._word(check)
        if word == "broken-later":
            raise KeyError(SECRET)
        finding = (
            RED if word == "failed" else failed(Reason.LEAK, "apart", "together", "shop") if word == "leak" else None
        )
        if finding is not None:
            raise CheckFailed(finding, self.message(check, finding, answers))

    def heard(self, check: Check) -> Answers | None:
        return self._heard.get(check.id)

    def took(self, check: Check) -> float:
        return 0.01 if check.id in self._heard else 0.0

    def blocked_by(self, check: Check):
        if self._word(check) == "blocked-vaguely":
            return FRONT, inconclusive(Reason.RATE_LIMITED, "it answers", "429", "the limiter")
        return FRONT, RED

    def message(self, check: Check, finding, answers: Answers) -> str:
        outcome = "FAILED" if finding.outcome is Outcome.FAILED else finding.outcome.upper()
        lines = (
            f"{check.id} {outcome}: {finding.reason}",
            f"  must hold  {finding.must_hold}",
            f"  seen       {finding.seen}",
        )
        return self.wire.redactor.text("\n".join(lines))

    def evidence(self, check: Check, answers: Answers) -> list[dict[str, object]]:
        if self._word(check) == "unshowable":
            raise RecursionError(SECRET)
        return [
            {"step": name, "status": exchange.status, "url": exchange.url}
            for name, exchange in answers.exchanges.items()
        ]

    def forget(self, check: Check) -> None:
        self._heard.pop(check.id, None)

    def close(self) -> None:
        pass


@pytest.fixture(scope="session")
def runner():
    return ScriptedRunner(json.loads((Path(os.environ["PROJECT"]) / "script.json").read_text()))
