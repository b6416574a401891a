"""One request and its answer, as frozen data: what the wire said, with timings in seconds.

Nothing here holds the value of a secret in the request: headers carry `{token:TENANT}` and the like, which the
transport alone replaces. An answer may echo a secret, so everything goes through `redaction` on its way out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from stagecheck.errors import StagecheckError
from stagecheck.model import Step
from stagecheck.outcome import Reason

# What goes through the levels of a JSON body calls itself, and Python has an end of that; no API needs as many.
MOST_DEEP = 100
# A value takes up to 200 bytes of memory, however short it is in the body.
MOST_VALUES = 400_000


@dataclass(frozen=True)
class Trouble:
    """Why no whole answer came: a reason kind and what the library said of it, in one line."""

    reason: Reason
    detail: str


class Troubled(StagecheckError):
    """Raised below a probe, which turns it into an exchange with this trouble; never leaves a probe."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(f"{trouble.reason}: {trouble.detail}")
        self.trouble = trouble


@dataclass(frozen=True)
class Attempt:
    """One try of a request: the status or the trouble that it met, and its duration in seconds."""

    status: int | None
    trouble: Trouble | None
    seconds: float


@dataclass(frozen=True)
class Hop:
    """One redirect that was met: where it was answered, the status and the Location it gave."""

    url: str
    status: int
    location: str


@dataclass(frozen=True)
class Exchange:
    """What one step asked and what came back.

    `status` is None where no HTTP answer came (then `trouble` says why) and for probes that are not HTTP, which put
    what they learnt into `facts`. `trouble` beside a status means that the answer broke off (body cut, undecodable).
    `seconds` is the exchange's own duration, of the last attempt only. `first` is the whole answer to the first
    attempt, where there were more. `picture` is a PNG of what a browser showed.
    """

    step: Step
    url: str
    status: int | None = None
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    seconds: float = 0.0
    trouble: Trouble | None = None
    hops: tuple[Hop, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    first: Exchange | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    picture: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        return next(self._all(name), None)

    def line(self, name: str) -> str:
        """All headers of that name as one list (RFC 9110, 5.3); empty where there is none."""
        return ", ".join(self._all(name))

    def _all(self, name: str) -> Iterator[str]:
        wanted = name.lower()
        return (value for key, value in self.headers if key.lower() == wanted)

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case; empty when the answer states none."""
        return (self.header("content-type") or "").split(";")[0].strip().lower()

    @property
    def said(self) -> str:
        """What was heard, in a word: the status, with the trouble or that it is a page; without one the trouble."""
        if self.status is None:
            return self.trouble.detail if self.trouble else "nothing"
        page = " text/html" if self.media_type == "text/html" else ""
        return f"{self.status}, but {self.trouble.detail}" if self.trouble else f"{self.status}{page}"

    @cached_property
    def text(self) -> str:
        """The body as text; what is not UTF-8 becomes U+FFFD."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """The body parsed as JSON; None where it does not parse, is too deep or too much (see `is_json`)."""
        if sum(self.body.count(mark) for mark in (b"[", b"{", b",")) > MOST_VALUES:
            return None
        try:
            data = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return data if _is_shallow(data) else None

    @property
    def is_json(self) -> bool:
        """Whether the body parses as JSON."""
        return self.json is not None or self.body.strip() == b"null"


def _is_shallow(data: Any) -> bool:
    level: list[Any] = [data]
    for _ in range(MOST_DEEP):
        objects = [one.values() for one in level if isinstance(one, dict)]
        lists = [one for one in level if isinstance(one, list)]
        level = [inner for values in (*objects, *lists) for inner in values if isinstance(inner, dict | list)]
        if not level:
            return True
    return False


@dataclass(frozen=True)
class Answers:
    """All that one check heard, by step name, in the order of asking.

    `captured` is what the steps took from their answers; a step that needed a value which was not there is in
    `unsent`, with the name of that value.
    """

    exchanges: Mapping[str, Exchange] = field(default_factory=dict)
    captured: Mapping[str, str] = field(default_factory=dict)
    unsent: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, step: str) -> Exchange:
        """The exchange of that step; one that could not be asked has a trouble that says what was lacking."""
        if step in self.exchanges:
            return self.exchanges[step]
        lacking = self.unsent.get(step, "earlier answer").replace("_", " ")
        return Exchange(Step(step), "", trouble=Trouble(Reason.CONTROL_FAILED, f"not asked: no {lacking} was found"))

    def __contains__(self, step: str) -> bool:
        return step in self.exchanges

    @property
    def attempts(self) -> int:
        """How many tries the neediest exchange took: more than 1 makes a pass flaky."""
        return max((len(e.attempts) for e in self.exchanges.values()), default=1) or 1
