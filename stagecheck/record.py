"""The record of one finished check, as plain data that xdist, JSON and Allure carry without any code of ours.

A record is a dict with the keys of `of`; nothing in it is secret, since the texts and exchanges that come in are
already redacted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stagecheck.outcome import Finding, Outcome, Reason, inconclusive
from stagecheck.plan import Check

Record = dict[str, Any]


def of(
    check: Check,
    finding: Finding | None,
    *,
    attempts: int = 1,
    seconds: float = 0.0,
    text: str = "",
    exchanges: Sequence[Mapping[str, Any]] = (),
    traces: Mapping[str, int] | None = None,
    root: Mapping[str, str] | None = None,
    ledger: Mapping[str, str] | None = None,
) -> Record:
    """The record of a check; no finding means that it passed.

    `seconds` is the time that the check took, asking included; `text` the whole message, as it is shown. `traces`
    counts the records that it created, removed and cancelled. `root` names what blocks the check: id, outcome, reason,
    message. `ledger` is the entry that makes a failure known.
    """
    return {
        "id": check.id,
        "service": check.service,
        "kind": check.kind,
        "title": check.title,
        "required": check.required,
        "owner": check.owner,
        "runbook": check.runbook,
        "spec": check.spec,
        "source": check.source,
        "outcome": str(finding.outcome if finding else Outcome.PASSED),
        "flaky": finding is None and attempts > 1,
        "reason": str(finding.reason) if finding else "",
        "message": message(finding),
        "text": text,
        "attempts": attempts,
        "seconds": round(seconds, 3),
        "traces": dict(traces) if traces else {"created": 0, "removed": 0, "cancelled": 0},
        "root": dict(root) if root else None,
        "ledger": dict(ledger) if ledger else None,
        "exchanges": [dict(exchange) for exchange in exchanges],
    }


def measured(records: Iterable[Record]) -> Iterator[Mapping[str, Any]]:
    """The exchanges over HTTP of all records, but for those that a check asks beyond a limiter's bound on purpose."""
    return (one for record in records for one in record["exchanges"] if one.get("measured"))


def message(finding: Finding | None) -> dict[str, str]:
    """What must hold, what was seen, and the cause; empty texts for a check that passed."""
    if finding is None:
        return {"must_hold": "", "seen": "", "cause": ""}
    return {"must_hold": finding.must_hold, "seen": finding.seen, "cause": finding.cause}


def crashed(check: Check, seen: str) -> Record:
    """The record of a check that never ended: the process that asked it died, or broke inside the engine."""
    finding = broken(seen)
    return of(check, finding, text=_told(check, finding))


def broken(seen: str) -> Finding:
    """The finding that the suite itself broke."""
    cause = "the suite itself, and not the platform, broke here: nothing was proven"
    return inconclusive(Reason.CRASHED, "the check is asked and judged to its end", seen, cause)


def not_heard(check: Check, reason: Reason) -> Record:
    """The record of a planned check that this run did not ask (`filtered`) or did not hear to its end (`not_heard`)."""
    seen = "it was not selected" if reason is Reason.FILTERED else "the run ended before it"
    finding = inconclusive(reason, "every planned check is heard", seen, "this run is not the whole plan")
    return of(check, finding, attempts=0)


def _told(check: Check, finding: Finding) -> str:
    return "\n".join(
        [
            f"{check.id} {finding.outcome.upper()}: {finding.reason}",
            f"  must hold  {finding.must_hold}",
            f"  seen       {finding.seen}",
            f"  cause      {finding.cause}",
            f"  target     {check.source}  owner {check.owner}",
        ]
    )
