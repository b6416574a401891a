"""A run as its verdict.json tells it, read back: for the gate, the comparison of two runs, and the ledger."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError

from stagecheck import document
from stagecheck.errors import BadInput
from stagecheck.gate import UNHEARD
from stagecheck.outcome import Outcome, Reason

FILE = "verdict.json"
MAX_BYTES = 64 * 1024 * 1024


def _has_zone(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment.astimezone(UTC)


Moment = Annotated[datetime, Strict(False), AfterValidator(_has_zone)]


class Told(BaseModel):
    """A mapping of verdict.json. A key that is not known here is one of a later version, and is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, defer_build=True)


class Root(Told):
    """What blocks a check."""

    id: str
    outcome: Outcome
    reason: Reason
    message: str


class Issue(Told):
    """An entry of the ledger as it stood when the run was made."""

    id: str
    check: str
    owner: str
    ticket: str
    expires: Annotated[date, Strict(False)]
    reason: Reason
    environment: str = ""


class Message(Told):
    """What must hold, what was seen, and the cause; empty texts for a pass."""

    must_hold: str
    seen: str
    cause: str


class Heard(Told):
    """What became of a check at one of several vantages."""

    outcome: Outcome
    reason: Reason | Literal[""]


class Row(Told):
    """One planned check; `reason` is empty for a pass, `source` is the target's file and line.

    `vantages` says what each of several vantages heard; empty for a run that stood at one place.
    """

    id: str
    service: str
    kind: str
    title: str
    required: bool
    owner: str
    outcome: Outcome
    flaky: bool
    reason: Reason | Literal[""]
    message: Message
    attempts: int
    seconds: float
    evidence: str
    source: str
    root: Root | None
    ledger: Issue | None
    vantages: dict[str, Heard]

    @property
    def is_red(self) -> bool:
        """Whether it neither passed nor is known."""
        return self.outcome not in (Outcome.PASSED, Outcome.KNOWN)

    @property
    def is_heard(self) -> bool:
        """Whether the run asked it to its end, or knew what blocks it."""
        return self.reason not in UNHEARD


class Speed(Told):
    """How long a service's answers took, in seconds."""

    service: str
    answers: int
    p95: float
    limit: float | None


class Unsteady(Told):
    """How many of a service's answers failed what it answered at another time; `limit` is the share that may."""

    service: str
    answers: int
    failed: int
    share: float
    limit: float


class Certificate(Told):
    """Of a host, as it was presented; `not_after` is the end of its validity (ISO 8601)."""

    issuer: str
    not_after: str
    days_left: float


class Host(Told):
    """What the run learnt of a name: its addresses, sorted, and its certificate."""

    host: str
    addresses: list[str]
    certificate: Certificate | None


class LeftOut(Told):
    """What the plan does not cover, and why."""

    what: str
    why: str


class Trouble(Told):
    """What kept a try from an answer."""

    reason: Reason
    detail: str


class Try(Told):
    """One try of a question."""

    status: int | None
    trouble: Trouble | None
    seconds: float


class Asked(Told):
    """A question, told from others by `request`; the first tries of one that is asked `eventually` may fail."""

    service: str
    request: str
    eventually: bool
    attempts: list[Try]


class Shard(Told):
    """Which shard it is, the whole plan by its digest and number of checks, and what is promised of all together.

    `p95`, `flaky` and `below` are those of `plan.Plan`, `flaky_at_most` is the profile's.
    """

    number: Annotated[int, Field(ge=1)]
    of: Annotated[int, Field(ge=1)]
    plan: str
    checks: int
    p95: dict[str, float]
    flaky: float
    flaky_at_most: int | None
    below: dict[str, str]
    asked: list[Asked]


class Part(Told):
    """A run of which a merged verdict is made; `name` says which part it is (`shard 2/3, from eu`)."""

    name: str
    run: str
    started: Moment
    ended: Moment
    verdict: str


class PastRun(Told):
    """The whole file. `verdict` is a word; only `promote` lets a promotion go on, and not that of a partial run."""

    schema_: Literal[1]
    environment: str
    revision: str
    profile: str
    plan: str
    partial: bool
    shard: Shard | None
    vantages: list[str]
    parts: list[Part]
    run: str
    started: Moment
    ended: Moment | None
    verdict: str
    reasons: list[str]
    filtered: bool
    counts: dict[str, int]
    records: dict[str, int]
    latency: list[Speed]
    steadiness: list[Unsteady]
    hosts: list[Host]
    issues: list[Issue]
    left_out: list[LeftOut]
    checks: list[Row]


def read(path: Path) -> PastRun:
    """The run that a verdict.json tells of, or that of a folder of reports; raises BadInput with one line."""
    return parse(content(path), _file(path))


def content(path: Path) -> bytes:
    """The bytes of that file; raises BadInput with one line."""
    file = _file(path)
    return document.content(file, document.relative(file), MAX_BYTES)


def parse(data: bytes, path: Path) -> PastRun:
    """The run that these bytes of `path` tell of; raises BadInput with one line."""
    name = document.relative(path)
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name}: not JSON: {error}") from None
    if not isinstance(plain, dict):
        raise BadInput(f"{name}: not a verdict: expected a mapping")
    plain["schema_"] = plain.pop("schema", None)
    try:
        return PastRun.model_validate_json(json.dumps(plain))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    where = document.shown(tuple("schema" if part == "schema_" else part for part in first["loc"]))
    raise BadInput(f"{name}: not a verdict of this version: {where}: {' '.join(first['msg'].split())}")


def _file(path: Path) -> Path:
    return path / FILE if path.is_dir() else path
