"""The page differs from those of the other domains."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.proofs.page import is_html, page
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.entry is not None
    request = check.entry.request
    others = (
        setting.step(check, name, request, tenant="", service=name, follow=True, shared=True) for name in check.siblings
    )
    return (*page(check, setting), *others)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"the page of {check.service} is its own"
    found = is_html(check, setting, answers, must_hold)
    if found:
        return found
    same = [
        name for name in check.siblings if answers[name].status == 200 and answers[name].body == answers["page"].body
    ]
    if not same:
        return None
    cause = "one app stands behind two domains: the edge does not choose by host, or the image is the wrong one"
    return failed(Reason.WRONG_BRAND, must_hold, f"byte for byte the page of {same[0]}", cause, same[0])


PROCEDURE = Procedure(steps, holds)
