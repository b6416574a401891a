"""Redis answers nobody who does not know its password."""

from __future__ import annotations

from stagecheck.causes import accident
from stagecheck.exchange import Answers
from stagecheck.model import Redis, Request, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

MUST_HOLD = "without its password Redis answers nothing"
# How Redis refuses: by its password, by a rule of its access lists, or because it listens to the machine itself alone.
REFUSED = ("NOAUTH", "NOPERM", "DENIED")


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    return (
        setting.step(check, "with", Request(redis=Redis(command=["PING"]))),
        setting.step(check, "without", Request(redis=Redis(command=["PING"], anonymous=True))),
    )


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    """Whoever knows the password is answered, and whoever does not gets a reply of Redis, too."""
    for name in ("with", "without"):
        trouble = answers[name].trouble
        if trouble is not None and not (name == "without" and "refusal" in answers[name].facts):
            cause = accident(check, answers[name])
            return inconclusive(Reason.CONTROL_FAILED, MUST_HOLD, f"{name} the password: {trouble.detail}", cause, name)
    return None


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    said = str(answers["without"].facts.get("refusal", answers["without"].json))
    if said.startswith(REFUSED):
        return None
    cause = f"{check.service} runs without a password (requirepass), or its user 'default' has none"
    return failed(Reason.OPEN_DATA, MUST_HOLD, f"PING without the password: {said}", cause, "without")


PROCEDURE = Procedure(steps, holds, controls)
