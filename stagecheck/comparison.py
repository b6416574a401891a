"""What changed from one run to another: failures, lost checks, latency, flakes, certificates, addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stagecheck import listing
from stagecheck.latency import FEWEST
from stagecheck.past import Host, PastRun, Row, Speed

SHOWN = 5  # ids named in one sentence; the rest is a number
# Slower is half as much again, and so much that it is not a server's own unsteadiness.
SLOWER, SLOWER_BY = 1.5, 0.05
NEAR = 21.0  # days of a certificate that are told


@dataclass(frozen=True)
class Comparison:
    """The differences as ids and sentences. `missing` are checks that the later run did not plan or did not hear."""

    before: PastRun
    after: PastRun
    new: tuple[str, ...]
    fixed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    slower: tuple[str, ...]
    flakier: tuple[str, ...]
    hosts: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """One line for each kind of difference; nothing where there is none."""
        for word, ids in (
            ("new failures", self.new),
            ("fixed", self.fixed),
            ("missing", self.missing),
            ("added", self.added),
            ("flakier", self.flakier),
        ):
            if ids:
                yield f"{word} ({len(ids)}): {listing.some(ids, SHOWN)}"
        yield from (f"slower: {sentence}" for sentence in self.slower)
        yield from self.hosts


def of(before: PastRun, after: PastRun) -> Comparison:
    """Compare two runs; which checks were heard decides, so a filtered run is told by what it asked."""
    old, now = ({row.id: row for row in run.checks} for run in (before, after))
    # A check that was blocked is no failure of its own: its root is.
    failed_before = [id for id, row in old.items() if row.is_red and row.is_heard]
    return Comparison(
        before=before,
        after=after,
        new=tuple(id for id, row in now.items() if _is_new(row, old.get(id))),
        fixed=tuple(id for id in failed_before if id in now and not now[id].is_red and now[id].is_heard),
        missing=tuple(id for id, row in old.items() if row.is_heard and _is_lost(id, now, before, after)),
        added=tuple(id for id in now if id not in old),
        slower=tuple(_slower(before.latency, after.latency)),
        flakier=tuple(id for id, row in now.items() if row.flaky and id in old and not old[id].flaky),
        hosts=tuple(_hosts(before.hosts, after.hosts)),
    )


def _is_new(row: Row, before: Row | None) -> bool:
    if not row.is_red or not row.is_heard or row.root is not None:
        return False
    return before is None or not before.is_red or not before.is_heard


def _is_lost(id: str, now: Mapping[str, Row], before: PastRun, after: PastRun) -> bool:
    """Another profile plans other checks: there only what is planned and not heard is lost."""
    return not now[id].is_heard if id in now else before.profile == after.profile


def _slower(before: Sequence[Speed], after: Sequence[Speed]) -> Iterator[str]:
    old = {speed.service: speed for speed in before}
    for speed in after:
        was = old.get(speed.service)
        if was is None or min(was.answers, speed.answers) < FEWEST:
            continue
        if speed.p95 > was.p95 * SLOWER and speed.p95 - was.p95 > SLOWER_BY:
            yield f"{speed.service}: p95 {speed.p95:.3f} s, was {was.p95:.3f} s"


def _hosts(before: Sequence[Host], after: Sequence[Host]) -> Iterator[str]:
    old = {host.host: host for host in before}
    for host in after:
        was = old.get(host.host)
        if was is not None and host.addresses and was.addresses and host.addresses != was.addresses:
            yield f"addresses of {host.host}: {', '.join(host.addresses)}, were {', '.join(was.addresses)}"
        new, past = host.certificate, was.certificate if was is not None else None
        if new is not None and past is not None and (new.issuer, new.not_after) != (past.issuer, past.not_after):
            yield (
                f"certificate of {host.host}: {new.issuer} until {new.not_after[:16]}, "
                f"was {past.issuer} until {past.not_after[:16]}"
            )
        if new is not None and new.days_left < NEAR:
            yield f"certificate of {host.host}: {new.days_left:.0f} days left"
