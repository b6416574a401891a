"""What several checks ask alike is asked once: one identity's safe question, and only moments ago.

Which steps may share is said where they are made (`Step.shared`). The question that a check is about, and whatever must
come right before it, are never among them: a cache on the way, say, is filled by the one and read by the other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from stagecheck.exchange import Exchange
from stagecheck.model import Identity, Step
from stagecheck.probes import http

# Seconds for which an answer may stand for another: no longer than one request may take by default, so that a control
# is no older than one that its own check asked before a slow one.
FRESH = 10.0
# Answers that are kept at once; their bodies are in memory.
MOST = 256
# The fact of an exchange that names the check which asked it, where that is another.
ASKED_FOR = "asked_for"

_Where = tuple[str, str, tuple[tuple[str, str], ...], bytes | None]
_Key = tuple[_Where, Identity, str | None, bool, float | None, str, bool]


@dataclass
class _Kept:
    """An answer that is here or on its way, None when asking broke; `since` is when it was asked, `time.monotonic`."""

    answer: Future[Exchange | None] = field(default_factory=Future)
    since: float = field(default_factory=time.monotonic)


class Shared:
    """What one process heard moments ago; safe to use from several threads. `gateway` is the environment's.

    `saved` counts the requests that were not sent, since the same one had just been answered.
    """

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway
        self._lock = threading.Lock()
        self._kept: dict[_Key, _Kept] = {}
        self.saved = 0

    def ask(self, step: Step, ask: Callable[[Step], Exchange]) -> Exchange:
        """The answer to a filled step: one that is here or on its way, or else what `ask` gives.

        Only what came whole at the first try is shared; everybody tries again on their own.
        """
        if not step.shared or step.probe != "http" or step.request.writes:
            return ask(step)
        kept, first = self._place(_key(step, self._gateway))
        if not first:
            heard = kept.answer.result()
            return self._another(heard, step) if heard and _is_good(heard, step) else ask(step)
        heard = None
        try:
            heard = ask(step)
            return heard
        finally:
            kept.answer.set_result(heard)

    def forget(self) -> None:
        """Share nothing of what was asked before now: something was written."""
        with self._lock:
            self._kept.clear()

    def _place(self, key: _Key) -> tuple[_Kept, bool]:
        """Where that answer is or will be, and whether the caller is the one to ask for it."""
        with self._lock:
            kept = self._kept.pop(key, None)
            first = kept is None or time.monotonic() - kept.since > FRESH
            if kept is None or first:
                kept = _Kept()
                while len(self._kept) >= MOST:
                    del self._kept[next(iter(self._kept))]
            self._kept[key] = kept
            return kept, first

    def _another(self, heard: Exchange, step: Step) -> Exchange:
        with self._lock:
            self.saved += 1
        return replace(heard, step=step, facts={**heard.facts, ASKED_FOR: heard.step.check})


def _is_good(heard: Exchange, step: Step) -> bool:
    """Whether it came whole, and at once; a check that asks twice means to."""
    whole = heard.trouble is None and heard.status is not None and len(heard.attempts) == 1
    return whole and heard.status != 429 and (heard.status or 0) < 500 and heard.step.check != step.check


def _key(step: Step, gateway: str) -> _Key:
    """All that makes a difference to the platform, or to what is read of the answer; secrets by their names."""
    headers = (*step.request.headers.items(), *step.extra_headers)
    where: _Where = (http.method_of(step), http.address(step, gateway), headers, http.content_of(step))
    return (where, step.identity, step.raw_authorization, step.follow, step.timeout, step.service, step.bare)
