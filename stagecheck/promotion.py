"""Whether a run vouches for a promotion: its verdict.json against what is to be promoted. Pure; believes no summary.

Everything that the file says of itself is counted again from its checks: a verdict may be old, cut, edited, or about
something else, and a promotion that rests on the one word `promote` would not see that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stagecheck import listing
from stagecheck.known import NEVER
from stagecheck.outcome import Outcome, Verdict
from stagecheck.past import PastRun, Row

PROFILE = "promotion"
SHOWN = 3  # ids named in one sentence; the rest is a number
# How far two machines' clocks may be apart.
SKEW = timedelta(minutes=2)


@dataclass(frozen=True)
class Terms:
    """What is to be promoted: this release, proven in this environment, no longer ago than `max_age`.

    `plan_digest` is that of the plan which the promotion wants, empty where any plan of the profile will do.
    """

    revision: str
    environment: str
    max_age: timedelta
    plan_digest: str = ""


def refusals(run: PastRun, terms: Terms, now: datetime) -> tuple[str, ...]:
    """Each reason not to promote, as a sentence; none is promote. `now` has a zone."""
    return (
        *_whole(run),
        *_about(run, terms),
        *_age(run, terms, now),
        *_said(run),
        *_checks(run),
        *_ledger(run, now),
        *_sums(run),
    )


def _whole(run: PastRun) -> Iterator[str]:
    if run.shard is not None:
        yield f"partial: it is shard {run.shard.number}/{run.shard.of} alone; merge all of them first"
    elif run.partial:
        yield "partial: a shard is missing"


def _about(run: PastRun, terms: Terms) -> Iterator[str]:
    for what, found, wanted in (
        ("environment", run.environment, terms.environment),
        ("revision", run.revision, terms.revision),
        ("plan", run.plan, terms.plan_digest or run.plan),
        ("profile", run.profile, PROFILE),
    ):
        if found != wanted:
            yield f"other {what}: the run is about {found or 'none'}, expected {wanted}"
    if not run.plan or not run.checks:
        yield "nothing was planned"


def _age(run: PastRun, terms: Terms, now: datetime) -> Iterator[str]:
    if run.ended is None:
        yield "the run did not come to its end"
        return
    if run.ended < run.started:
        yield "the run ended before it began"
    # As old as the oldest of its parts.
    age = now - min((part.ended for part in run.parts), default=run.ended)
    if age > terms.max_age:
        yield f"too old: the run ended {spoken(age)} ago, at most {spoken(terms.max_age)} is allowed"
    if (ahead := run.ended - now) > SKEW:
        yield f"the run ends {spoken(ahead)} in the future: a clock is wrong"


def _said(run: PastRun) -> Iterator[str]:
    if run.verdict != Verdict.PROMOTE:
        yield f"the verdict is {run.verdict}{': ' if run.reasons else ''}{'; '.join(run.reasons[:SHOWN])}"
    elif run.reasons:
        yield f"the verdict is promote, and gives reasons against it: {'; '.join(run.reasons[:SHOWN])}"
    if run.filtered:
        yield "the run was filtered: fewer checks were heard than planned"


def _checks(run: PastRun) -> Iterator[str]:
    def those(wanted: Callable[[Row], bool]) -> list[str]:
        return [row.id for row in run.checks if wanted(row)]

    heard = [row for row in run.checks if row.is_heard]
    yield from _sentence(those(lambda row: not row.is_heard), "planned check was not heard")
    for outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.BLOCKED):
        red = [row.id for row in heard if row.required and row.outcome == outcome]
        yield from _sentence(red, f"required check is {outcome}")
    twice = [id for id, number in Counter(row.id for row in run.checks).items() if number > 1]
    yield from _sentence(twice, "check stands there more than once")


def _ledger(run: PastRun, now: datetime) -> Iterator[str]:
    today = now.date()
    for row in run.checks:
        if row.outcome != Outcome.KNOWN:
            continue
        if row.ledger is None:
            yield f"{row.id} is known without an entry of the ledger"
        elif row.ledger.reason != row.reason or row.reason in NEVER:
            yield f"{row.id} is known as {row.ledger.id}, which cannot be known as {row.reason}"
    used = [row.ledger for row in run.checks if row.ledger is not None]
    expired = {one.id: one for one in (*run.issues, *used) if one.expires < today}
    for one in expired.values():
        yield f"known issue {one.id} ({one.ticket}, owner {one.owner}) expired on {one.expires}"


def _sums(run: PastRun) -> Iterator[str]:
    found = Counter(str(row.outcome) for row in run.checks)
    true = {**{str(outcome): found[outcome] for outcome in Outcome}, "flaky": sum(row.flaky for row in run.checks)}
    wrong = [f"{name} {run.counts.get(name, 'missing')}, counted {number}" for name, number in true.items()
             if run.counts.get(name) != number]  # fmt: skip
    if wrong:
        yield f"the counts do not add up: {'; '.join(wrong)}"


def _sentence(ids: Sequence[str], what: str) -> Iterator[str]:
    """`2 required checks are failed: a, b`: the noun is the first `check`, the verb `is`, `was` or `stands`."""
    if not ids:
        return
    if len(ids) > 1:
        for one, many in (("check ", "checks "), (" is ", " are "), (" was ", " were "), (" stands ", " stand ")):
            what = what.replace(one, many, 1)
    yield f"{len(ids)} {what}: {listing.some(ids, SHOWN)}"


def spoken(span: timedelta) -> str:
    """`45 s`, `12 min`, `3 h 20 min`: as long as a person wants to know it."""
    seconds = int(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
