"""Both values of a repeated query key arrive."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.matchers import values
from stagecheck.model import Expect, Repeated, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control, meets
from stagecheck.setting import Setting

OK = Expect(status=200, no_error_body=False)


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Repeated)
    key = check.word.key
    first, second = check.word.values
    asked = {"first": [(key, first)], "second": [(key, second)], "both": [(key, first), (key, second)]}
    return tuple(
        setting.step(check, name, check.word.request, extra_query=tuple(query)) for name, query in asked.items()
    )


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Repeated)
    what = "each value alone selects something, and not the same"
    for name in ("first", "second"):
        found = control(check, setting, answers, name, OK, what)
        if found:
            return found
    first, second = (set(map(str, values(check.word.items, answers[name].json))) for name in ("first", "second"))
    if first and second and first != second:
        return None
    seen = f"{len(first)} and {len(second)} items{', the same ones' if first == second else ''}"
    cause = f"{check.service} ignores the key, the gateway drops it, or there is no data to tell the values apart"
    return inconclusive(Reason.CONTROL_FAILED, what, seen, cause, "second")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Repeated)
    must_hold = f"both values of the repeated key '{check.word.key}' arrive"
    found = meets(check, setting, answers["both"], OK, must_hold)
    if found:
        return found
    first, second, both = (set(map(str, values(check.word.items, e.json))) for e in answers.exchanges.values())
    if both == first | second:
        return None
    seen = f"{len(both)} items for both, {len(first)} and {len(second)} for each alone"
    cause = "brain-gateway flattens the query: only one of the values reaches the service"
    return failed(Reason.QUERY_LOST, must_hold, seen, cause, "both")


# As in `direct`: somebody may write between the three questions.
PROCEDURE = Procedure(steps, holds, controls, momentary=True)
