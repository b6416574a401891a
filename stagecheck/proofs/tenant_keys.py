"""Each key of a cache names the tenant whose answer it keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.causes import accident
from stagecheck.exchange import Answers
from stagecheck.model import Redis, Request, Step, TenantKeys
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

# Of a large cache a sample is looked at: this many replies, each of so many keys about.
MOST_REPLIES, KEYS = 20, 500
MUST_HOLD = "each key of the cache names the tenant whose answer it keeps"


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    return (_scan(check, setting, 1, "0"),)


def follow(check: Check, setting: Setting, answers: Answers) -> tuple[Step, ...]:
    """SCAN gives a part of the keys and where to go on, until that is 0."""
    done = len(answers.exchanges)
    reply = answers[f"scan-{done}"].json
    if not _is_scan(reply) or reply[0] == "0" or done >= MOST_REPLIES:
        return ()
    return (_scan(check, setting, done + 1, reply[0]),)


def _scan(check: Check, setting: Setting, number: int, cursor: str) -> Step:
    assert isinstance(check.word, TenantKeys)
    command = ["SCAN", cursor, "MATCH", check.word.pattern, "COUNT", str(KEYS)]
    return setting.step(check, f"scan-{number}", Request(redis=Redis(command=command)))


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    """There is a key to look at."""
    assert isinstance(check.word, TenantKeys)
    for name, exchange in answers.exchanges.items():
        if exchange.trouble is not None:
            detail, cause = exchange.trouble.detail, accident(check, exchange)
            return inconclusive(Reason.CONTROL_FAILED, MUST_HOLD, detail, cause, name)
    if any(True for _ in _keys(answers)):
        return None
    seen = f"no key matches {check.word.pattern!r}"
    cause = "nothing was cached yet, or the pattern is not that of this cache: nothing is proven"
    return inconclusive(Reason.CONTROL_FAILED, MUST_HOLD, seen, cause, "scan-1")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, TenantKeys)
    keys = list(_keys(answers))
    shared = [(step, key) for step, key in keys if not re.search(check.word.tenant, key)]
    if not shared:
        return None
    step, key = shared[0]
    seen = f"{len(shared)} of {len(keys)} keys name no tenant, the first is {key!r}"
    cause = "the service that writes these keys caches one answer for all tenants: whoever asks first fills it"
    return failed(Reason.OPEN_DATA, MUST_HOLD, seen, cause, step)


def _keys(answers: Answers) -> Iterator[tuple[str, str]]:
    for name, exchange in answers.exchanges.items():
        if _is_scan(exchange.json):
            yield from ((name, str(key)) for key in exchange.json[1])


def _is_scan(reply: object) -> bool:
    return isinstance(reply, list) and len(reply) == 2 and isinstance(reply[1], list)


PROCEDURE = Procedure(steps, holds, controls, follow)
