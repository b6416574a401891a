"""A filter that matches nothing gives nothing, and one that matches the sentinel gives it."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.matchers import values
from stagecheck.model import Expect, Filter, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control, meets
from stagecheck.setting import Setting

OK = Expect(status=200, no_error_body=False)


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Filter)
    needles = {"one": setting.tenant(check.tenant).sentinel, "nothing": setting.nonsense(check)}
    return tuple(
        setting.step(check, name, check.word.request, fill=[("needle", needle)]) for name, needle in needles.items()
    )


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Filter)
    what = "the filter finds the sentinel, so that finding nothing means something"
    found = control(check, setting, answers, "one", OK, what)
    if found or values(check.word.items, answers["one"].json):
        return found
    cause = f"{check.service} finds nothing at all: its search is broken, or the sentinel is not planted"
    return inconclusive(Reason.CONTROL_FAILED, what, "0 items for the sentinel", cause, "one")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Filter)
    must_hold = "a filter that matches nothing gives nothing"
    # A page that is no JSON holds no items either, but does not say that there are none.
    found = meets(check, setting, answers["nothing"], Expect(status=200, type="application/json"), must_hold)
    if found:
        return found
    count = len(values(check.word.items, answers["nothing"].json))
    if count == 0:
        return None
    cause = (
        f"the query does not reach {check.service}, or is ignored there: the answer is canned or the gateway drops it"
    )
    return failed(Reason.FILTER_IGNORED, must_hold, f"{count} items for a word that no record has", cause, "nothing")


PROCEDURE = Procedure(steps, holds, controls)
