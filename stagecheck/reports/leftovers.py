"""What the runs leave on the platform, in numbers and in sentences, and the janitor's work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stagecheck import listing
from stagecheck.janitor import Swept
from stagecheck.record import Record

SHOWN = 3  # records named in one sentence


@dataclass(frozen=True)
class Leftovers:
    """Of one run; `earlier` is the janitor's work at its start, `own` the one after it when it did not end well."""

    records: Sequence[Record]
    earlier: Swept | None = None
    own: Swept | None = None

    @property
    def counts(self) -> dict[str, int]:
        """`cancelled` is what no service deletes and was brought to its end, `swept` what the janitor removed.

        `left` is what this run created and nobody saw gone, or at its end.
        """
        created = sum(one["traces"]["created"] for one in self.records)
        removed = sum(one["traces"]["removed"] for one in self.records)
        cancelled = sum(one["traces"]["cancelled"] for one in self.records)
        looked_through = self.own is not None and not self.own.troubles
        left = len(self.own.left) if self.own is not None and looked_through else created - removed - cancelled
        swept = sum(len(one.removed) for one in (self.earlier, self.own) if one is not None)
        return {"created": created, "removed": removed, "cancelled": cancelled, "left": left, "swept": swept}

    def lines(self) -> Iterator[str]:
        """Nothing where no record was created, removed or left."""
        yield from sentence(self.counts)
        for swept, whose in ((self.earlier, "earlier runs"), (self.own, "this run, which did not come to its end")):
            if swept is not None:
                yield from _sentence("removed", swept.removed, whose)
                yield from _sentence("could not remove", swept.left, whose)
                if swept.troubles:
                    yield f"janitor: could not look for records of {whose}: {listing.some(swept.troubles, 1)}"


def sentence(counts: Mapping[str, int]) -> Iterator[str]:
    """The numbers as one sentence; nothing where no record was created or left."""
    if counts.get("created") or counts.get("left"):
        yield "records: " + ", ".join(f"{word} {counts[word]}" for word in ("created", "removed", "cancelled", "left"))


def _sentence(what: str, names: Sequence[str], whose: str) -> Iterator[str]:
    if names:
        number = f"{len(names)} record{'' if len(names) == 1 else 's'}"
        yield f"janitor: {what} {number} of {whose}: {listing.some(names, SHOWN)}"
