"""How often the services failed a question that they answered at another time of the same run.

Such a failure is nobody's check: which request of three meets it is chance, and the next try hides it. It shows in the
share of all answers, and there it is told.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stagecheck.outcome import Reason
from stagecheck.record import Record, measured

# Below so many failures a share is chance: the connections that one restart of a proxy breaks.
FEWEST = 5
# What chance does in fewer runs than this is not put down to chance.
CHANCE = 0.001
# What is not answered at all, or not to its end.
BROKEN = frozenset({Reason.CONNECT, Reason.TIMEOUT, Reason.TRUNCATED, Reason.PROTOCOL})


@dataclass(frozen=True)
class Steadiness:
    """`failed` of a service's `answers` (tries, also those without an answer) failed what was answered at another time.

    `limit` is the share of them that may; `how` are statuses and reasons with their numbers, the most frequent first.
    """

    service: str
    answers: int
    failed: int
    limit: float
    how: tuple[tuple[str, int], ...] = ()

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.failed / self.answers if self.answers else 0.0

    @property
    def shaky(self) -> bool:
        """Whether more failed than may, and more than chance breaks."""
        return self.failed >= FEWEST and self.above

    @property
    def above(self) -> bool:
        """Whether the share is above the limit, be it of a few."""
        return self.share > self.limit

    def __str__(self) -> str:
        """`saleor failed 21 of 61 requests (34 %: 503), and answered the same at another time; at most 10 % may`."""
        how = ", ".join(word for word, _ in self.how)
        failed = f"failed {self.failed} of {self.answers} requests ({_percent(self.share)}: {how})"
        return f"{self.service} {failed}, and answered the same at another time; at most {_percent(self.limit)} may"


def of(records: Iterable[Record], limit: float) -> tuple[Steadiness, ...]:
    """The steadiness of each service that failed at least one such question, by name."""
    tries: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for exchange in measured(records):
        tries[exchange["service"]][exchange["request"]] += exchange["attempts"]
    found = (_of(service, list(questions.values()), limit) for service, questions in sorted(tries.items()))
    return tuple(one for one in found if one.failed)


def culprits(found: Sequence[Steadiness], below: Mapping[str, str], asked: Mapping[str, int]) -> list[str]:
    """One sentence for each that is shaky; what several services stand on is named in their place.

    `below` is the service at the bottom of each, and `asked` how often each was: where several are above the limit, one
    of them shaky, and none of the others fails so seldom that it must have been spared, it is not they.
    """
    over: dict[str, list[Steadiness]] = defaultdict(list)
    for one in found:
        if one.above:
            over[below.get(one.service, one.service)].append(one)
    few = {one.service: one.failed for one in found}
    sentences = []
    for lowest, those in over.items():
        shaky = [one for one in those if one.shaky]
        names = {one.service for one in those}
        others = {service for service, base in below.items() if base == lowest} - names - {lowest}
        common = _common(lowest, those)
        spared = any(_is_spared(asked.get(other, 0), few.get(other, 0), common.share) for other in others)
        if shaky and len(names - {lowest}) > 1 and not spared:
            sentences.append(f"unsteady: {common} (those of {', '.join(sorted(names))})")
        else:
            sentences += [f"unsteady: {one}" for one in shaky]
    return sentences


def answers(records: Iterable[Record]) -> dict[str, int]:
    """How many tries each service was given."""
    found: Counter[str] = Counter()
    for exchange in measured(records):
        found[exchange["service"]] += len(exchange["attempts"])
    return dict(found)


def _of(service: str, questions: Sequence[Sequence[dict[str, Any]]], limit: float) -> Steadiness:
    mixed = (tries for tries in questions if any(map(_failed, tries)) and any(map(_answered, tries)))
    failed = Counter(_word(one) for tries in mixed for one in tries if _failed(one))
    asked = sum(len(tries) for tries in questions)
    return Steadiness(service, asked, failed.total(), limit, tuple(failed.most_common()))


def _common(lowest: str, those: Sequence[Steadiness]) -> Steadiness:
    """What fails all that stand on it alike."""
    how: Counter[str] = Counter()
    for one in those:
        how.update(dict(one.how))
    failed, asked = sum(one.failed for one in those), sum(one.answers for one in those)
    return Steadiness(lowest, asked, failed, those[0].limit, tuple(how.most_common()))


def _is_spared(asked: int, failed: int, share: float) -> bool:
    """Whether so few failures of so many are no chance, were each a failure at that share (a binomial tail)."""
    few = sum(math.comb(asked, n) * share**n * (1 - share) ** (asked - n) for n in range(failed + 1))
    return few < CHANCE


def _failed(one: Mapping[str, Any]) -> bool:
    trouble = one["trouble"]
    return (one["status"] or 0) >= 500 or (trouble is not None and trouble["reason"] in BROKEN)


def _answered(one: Mapping[str, Any]) -> bool:
    return one["status"] is not None and not _failed(one)


def _word(one: Mapping[str, Any]) -> str:
    return str(one["status"]) if (one["status"] or 0) >= 500 else str(one["trouble"]["reason"])


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
