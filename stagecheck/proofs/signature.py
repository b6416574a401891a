"""The answer has the shape and the ids that only the service itself gives."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.matchers import satisfies, schema
from stagecheck.model import Expect, Signature, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.entry is not None
    return (setting.step(check, "answer", check.entry.request, shared=True),)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Signature)
    must_hold = f"the answer is one that only {check.service} gives"
    exchange = answers["answer"]
    found = meets(check, setting, exchange, Expect(status=200), must_hold)
    if found:
        return found
    if check.word.json_schema:
        mismatch = schema(Expect(schema=check.word.json_schema), exchange, setting.schemas)
        if mismatch:
            cause = f"something else than {check.service} answers on its route: another program, version or service"
            return failed(mismatch.reason, must_hold, mismatch.seen, cause, "answer")
    for path, wanted in check.word.json_.items():
        mismatch = satisfies(path, wanted, exchange.json)
        if mismatch:
            cause = (
                f"brain-gateway answers for {check.service} out of its own stock: {check.service} would not give these "
                "values, so it was not asked"
            )
            return failed(Reason.CANNED_ANSWER, must_hold, mismatch.seen, cause, "answer")
    return None


PROCEDURE = Procedure(steps, holds)
