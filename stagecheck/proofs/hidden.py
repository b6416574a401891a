"""Paths that are nobody's business answer nobody."""

from __future__ import annotations

from stagecheck.exchange import Answers, Exchange
from stagecheck.matchers import is_login_page
from stagecheck.model import Expect, Hidden, Request, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting

# What says no to a stranger: it is not there, not for him, or not by this method.
NO = [400, 401, 403, 404, 405, 410, 421]


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Hidden)
    assert check.entry is not None
    open_one = check.entry.request
    return (
        setting.step(check, "open", open_one, tenant=""),
        setting.step(check, "nobody's", _at(open_one, "/{nonsense}"), tenant=""),
        *(
            setting.step(check, _name(number), _at(open_one, path), tenant="", follow=True)
            for number, path in enumerate(check.word.paths, 1)
        ),
    )


def _at(request: Request, path: str) -> Request:
    return Request(path=path, via=request.via)


def _name(number: int) -> str:
    return f"path-{number:02}"


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    reached = "the host answers, so that silence about the others means something"
    looked_up = "a path that cannot exist is refused, so that an answer means that something is there"
    return control(check, setting, answers, "open", Expect(status=200, no_error_body=False), reached) or control(
        check, setting, answers, "nobody's", Expect(status=NO), looked_up
    )


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Hidden)
    must_hold = f"nothing but what is meant for everybody is served by {check.service}"
    asked = {path: _name(number) for number, path in enumerate(check.word.paths, 1)}
    served = [path for path, step in asked.items() if _is_served(answers[step])]
    if served:
        seen = f"{', '.join(served)} answered {answers[asked[served[0]]].status}"
        cause = f"{check.service} serves what belongs to its operators: a rule of the edge or of the image is missing"
        return failed(Reason.PUBLISHED, must_hold, seen, cause, asked[served[0]])
    for path, step in asked.items():
        status = answers[step].status
        if status is None or status >= 500:
            seen = f"{path} answered {status or answers[step].trouble}"
            why = "whether it is served could not be seen"
            return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, why, step)
    return None


def _is_served(exchange: Exchange) -> bool:
    """Whether somebody without a credential got it; a page that asks for a password is none."""
    good = exchange.status is not None and 200 <= exchange.status < 300 and exchange.trouble is None
    return good and not is_login_page(exchange)


PROCEDURE = Procedure(steps, holds, controls)
