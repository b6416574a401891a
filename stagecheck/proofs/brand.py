"""The page carries this brand's fingerprint and none of the other brands'."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.proofs.page import is_html, page
from stagecheck.setting import Setting


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    host = setting.environment.domains[check.service]
    must_hold = f"the page of {host} is that of {check.service}"
    found = is_html(check, setting, answers, must_hold)
    if found:
        return found
    text = answers["page"].text
    foreign = [mark for mark in check.foreign if mark in text]
    absent = [mark for mark in check.fingerprint if mark not in text]
    if foreign:
        seen = f"another brand's mark is on the page: {foreign[0]!r}"
        cause = f"the app of another brand is built or routed for {host}"
        return failed(Reason.WRONG_BRAND, must_hold, seen, cause, "page")
    if absent:
        seen = f"{len(absent)} of {len(check.fingerprint)} marks are absent, the first is {absent[0]!r}"
        cause = f"{host} answers, but not with the page of {check.service}: a placeholder, a login, an empty shell"
        return failed(Reason.WRONG_CONTENT, must_hold, seen, cause, "page")
    return None


PROCEDURE = Procedure(page, holds)
