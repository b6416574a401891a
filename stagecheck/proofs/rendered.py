"""A browser shows the page: nothing it needs fails, no script complains, and nothing of another brand is there."""

from __future__ import annotations

from stagecheck.exchange import Answers, Exchange
from stagecheck.model import Rendered, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.proofs.page import is_html
from stagecheck.setting import Setting

# A browser starts many requests for one page, and draws it besides.
AS_LONG = 3


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.entry is not None
    assert isinstance(check.word, Rendered)
    request, landmark = check.entry.request, check.word.landmark
    timeout = AS_LONG * setting.environment.budgets.timeout
    return (setting.step(check, "page", request, tenant="", probe="browser", timeout=timeout, landmark=landmark),)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    """There is a browser, no limiter stepped in, and nothing is wanting that the suite itself may have held back."""
    page, must_hold = answers["page"], _must_hold(check)
    if page.trouble is not None and page.trouble.reason is Reason.CRASHED:
        cause = "this machine is too busy for a browser, or a script of the page never ends: nothing was shown"
        return inconclusive(Reason.CONTROL_FAILED, must_hold, page.trouble.detail, cause, "page")
    if page.trouble is not None:
        return None
    facts = page.facts
    if facts["limited"]:
        cause = "the suite, or somebody at the same address, is over the limit: nothing is proven"
        refused = next((one for one in facts["failed"] if one.endswith(": 429")), "429")
        return inconclusive(Reason.RATE_LIMITED, must_hold, refused, cause, "page")
    wanting = [*facts["said"], *([_unseen(check, page)] if facts["landmark"] != "visible" else [])]
    if wanting and facts["held_back"] and not facts["failed"]:
        seen = f"{wanting[0]}; not sent: {facts['held_back'][0]}"
        cause = "it may be for want of a request that the suite held back: it writes or goes elsewhere"
        return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, "page")
    return None


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Rendered)
    page, must_hold = answers["page"], _must_hold(check)
    if page.trouble is not None and page.status == 200:
        cause = f"the page of {check.service} is never done in a browser, though its HTML arrives"
        return failed(page.trouble.reason, must_hold, page.trouble.detail, cause, "page")
    if found := is_html(check, setting, answers, must_hold):
        return found
    if foreign := _foreign(check, setting, answers):
        cause = f"a script or a setting of {check.service} brings in what belongs to another brand"
        return failed(Reason.WRONG_BRAND, must_hold, foreign, cause, "page")
    facts = page.facts
    if facts["failed"]:
        seen = f"{len(facts['failed'])} requests of the page failed, the first is {facts['failed'][0]}"
        cause = f"a script of {check.service} asks for what is not deployed with it, or not at this path"
        return failed(Reason.ASSET, must_hold, seen, cause, "page")
    if facts["said"]:
        seen = f"{len(facts['said'])} errors of scripts, the first is {facts['said'][0]}"
        cause = f"a script of {check.service} breaks in the browser: the page stands, and does not work"
        return failed(Reason.SCRIPT_ERROR, must_hold, seen, cause, "page")
    if facts["landmark"] != "visible":
        seen = _unseen(check, page)
        cause = f"a style sheet or a script of {check.service} takes the page away from its visitors"
        return failed(Reason.NOT_RENDERED, must_hold, seen, cause, "page")
    return None


def _unseen(check: Check, page: Exchange) -> str:
    assert isinstance(check.word, Rendered)
    return f"'{check.word.landmark}' is {page.facts['landmark']}"


def _must_hold(check: Check) -> str:
    return f"a browser shows the page of {check.service}, whole and without errors"


def _foreign(check: Check, setting: Setting, answers: Answers) -> str:
    """What of another brand is in the document as the scripts left it, or was fetched from its host."""
    page = answers["page"]
    marks = [mark for mark in check.foreign if mark in page.text]
    hosts = {setting.environment.host(one) for one in check.siblings} - {setting.environment.host(check.service)}
    fetched = [host for host in page.facts["hosts"] if host in hosts]
    if marks:
        return f"another brand's mark is on the page: {marks[0]!r}"
    return f"the page fetches from {fetched[0]}" if fetched else ""


PROCEDURE = Procedure(steps, holds, controls)
