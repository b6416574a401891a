"""The release that a service reports: asked again and again over new connections, since one copy may still be old."""

from __future__ import annotations

import re

from stagecheck.causes import blame
from stagecheck.exchange import Answers, Exchange
from stagecheck.matchers import values
from stagecheck.model import Expect, Revision, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.proofs import answers as answering
from stagecheck.ready import REPORTED, STABLE, UNCHANGED
from stagecheck.setting import Setting

_OK = Expect(status=200)
# A commit's SHA and its abbreviation are one release; shorter than this, git itself does not abbreviate.
_ABBREVIATED = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
# A connection that is kept would lead to the same copy each time.
_ANEW = ("Connection", "close")
_SHOWN = 60  # characters of what a service calls its release


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.revision is not None
    request = check.revision.request
    times = range(1, setting.environment.ready.asks + 1)
    return tuple(setting.step(check, f"ask-{time}", request, extra_headers=(_ANEW,)) for time in times)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert check.revision is not None
    for exchange in answers.exchanges.values():
        finding = meets(check, setting, exchange, _OK, check.title)
        if finding is not None:
            return finding
    told = {name: reported(check.revision, exchange) for name, exchange in answers.exchanges.items()}
    wrong = [name for name, release in told.items() if not same(release, check.release)]
    if not wrong:
        return None
    # Sorted and without numbers, so that the same state looks the same whenever it is seen.
    found = sorted(set(told.values()))
    if len(found) > 1:
        seen = f"of {len(told)} answers " + ", ".join(f"some {_words(one, check)}" for one in found)
    else:
        seen = f"all {len(told)} answers {_words(found[0], check)}"
    cause = _cause(check, answers[wrong[0]], mixed=len(found) > 1, states=bool(told[wrong[0]]))
    return failed(Reason.WRONG_REVISION, check.title, f"{seen}, expected {check.release}", cause, wrong[0])


def reported(revision: Revision, exchange: Exchange) -> str:
    """The release that an answer states; empty when it states none."""
    if revision.header is not None:
        return (exchange.header(revision.header) or "").strip()
    if revision.at is not None:
        found = values(revision.at, exchange.json)
        return str(found[0]) if found and found[0] is not None else ""
    match = re.search(revision.pattern or "", exchange.text)
    return (match.group(1 if match.re.groups else 0) or "") if match else ""


def same(told: str, wanted: str) -> bool:
    """Whether both are one release: the same word, or a SHA and its abbreviation."""
    if _ABBREVIATED.fullmatch(told) and _ABBREVIATED.fullmatch(wanted):
        told, wanted = told.lower(), wanted.lower()
        return told.startswith(wanted) or wanted.startswith(told)
    return bool(told) and told == wanted


def _words(release: str, check: Check) -> str:
    if release:
        return f"report {release[:_SHOWN]}"
    revision = check.revision
    assert revision is not None
    place = f"header {revision.header}" if revision.header else revision.at or f"match of {revision.pattern!r}"
    return f"report no release (no {place})"


def _cause(check: Check, exchange: Exchange, mixed: bool, states: bool) -> str:
    if mixed:
        return f"copies of {check.service} run different releases: an old one still answers beside the new one"
    if not states:
        return f"{blame(check, exchange, Reason.WRONG_REVISION)}: it states no release, as one from before did not"
    return f"{check.service} runs another release than this run is about: its deploy is not over, or did not happen"


REVISION = Procedure(steps, holds)

PROCEDURES: dict[str, Procedure] = {
    STABLE: answering.PROCEDURE,
    REPORTED: REVISION,
    UNCHANGED: REVISION,
}
