"""Different questions get different answers: the constant body of a canned answer is told apart."""

from __future__ import annotations

import itertools
from dataclasses import replace

from stagecheck.exchange import Answers
from stagecheck.matchers import values
from stagecheck.model import Expect, Step, Varies
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert isinstance(check.word, Varies)
    own = [setting.step(check, f"question-{n}", request) for n, request in enumerate(check.word.requests, 1)]
    first = check.word.requests[0]
    others = [setting.step(check, other.id, first, tenant=other.id) for other in setting.others(check.tenant)[:1]]
    return (*own, *others)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Varies)
    must_hold = "other filters, other ids and other tenants get other answers"
    told = {}
    for name, exchange in answers.exchanges.items():
        found = meets(check, setting, exchange, Expect(status=200, no_error_body=False), must_hold)
        other = exchange.step.identity.tenant
        if found and exchange.status == 404 and other != check.tenant:
            cause = (
                f"{check.service} knows {check.tenant} and not {other}: the site, host or row of that tenant is missing"
            )
            return replace(found, cause=cause)
        if found:
            return found
        told[name] = values(check.word.at, exchange.json)
    for one, two in itertools.combinations(told, 2):
        if told[one] != told[two]:
            continue
        same = f"the same {len(told[one])} values at {check.word.at}"
        if told[one] and two in (tenant.id for tenant in setting.environment.tenants):
            cause = f"{check.service}, or the gateway before it, does not choose by tenant: both see the same records"
            return failed(Reason.LEAK, must_hold, f"{check.tenant} and {two} got {same}", cause, two)
        cause = f"brain-gateway answers for {check.service} out of its own stock, or drops what distinguishes questions"
        return failed(Reason.CANNED_ANSWER, must_hold, f"'{one}' and '{two}' got {same}", cause, two)
    return None


PROCEDURE = Procedure(steps, holds)
