"""T20: a token whose session was ended is refused, wherever it was accepted before."""

from __future__ import annotations

from stagecheck.exchange import Answers
from stagecheck.isolation.denial import Access, refused
from stagecheck.isolation.legs import OK
from stagecheck.model import Identity, Logout, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting


def logout_of(check: Check) -> Logout:
    """How that check ends a session."""
    assert check.whoami is not None
    assert check.whoami.logout is not None
    return check.whoami.logout


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    # A session of its own: the run goes on with the one that it has.
    who = Identity(check.tenant, session=check.id)
    logout = logout_of(check)
    before = (setting.step(check, f"before {r.path}", r, identity=who) for r in logout.asks)
    ended = setting.step(check, "logout", logout.request, identity=who)
    after = [setting.step(check, f"after {r.path}", r, identity=who, retry=False) for r in logout.asks]
    after[0] = setting.step(check, after[0].name, logout.asks[0], identity=who, retry=False, pause=logout.within)
    return (*before, ended, *after)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"a new login of {check.tenant} is accepted, and can be ended"
    for name in (*(f"before {r.path}" for r in logout_of(check).asks), "logout"):
        found = control(check, setting, answers, name, OK, what)
        if found:
            return found
    return None


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    logout = logout_of(check)
    must_hold = f"{logout.within:g} s after {check.tenant} has logged out its token is refused"
    for request in logout.asks:
        name = f"after {request.path}"
        access = refused(answers[name])
        if access is Access.GRANTED:
            cause = f"{request.path} looks at the signature alone: whoever took the token goes on until it expires"
            return failed(Reason.FORGED_TOKEN, must_hold, f"it was accepted: {answers[name].status}", cause, name)
        if access is Access.UNCLEAR:
            seen = f"'{name}' was answered {answers[name].said}, which is no refusal"
            return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, "nothing is proven: nobody refused", name)
    return None


PROCEDURE = Procedure(steps, holds, controls)
