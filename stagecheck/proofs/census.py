"""A registry holds as many as it must, each once, so many of each kind, and none that pretends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from stagecheck import listing
from stagecheck.exchange import Answers
from stagecheck.matchers import values
from stagecheck.model import Census, Expect, Step
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, meets
from stagecheck.setting import Setting

SHOWN = 3  # ids named in one sentence


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    assert check.entry is not None
    return (setting.step(check, "registry", check.entry.request, shared=True),)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Census)
    exchange = answers["registry"]
    must_hold = f"{check.service} has {check.word.count} that really work, each under an id of its own"
    found = meets(check, setting, exchange, Expect(status=200, type="application/json"), must_hold)
    if found:
        return found
    for seen, cause in _wrong(check.word, exchange.json):
        return failed(Reason.WRONG_CONTENT, must_hold, seen, f"{check.service} {cause}", "registry")
    pretends = [word for word in check.word.pretends if _holds(word, exchange.json)]
    if pretends:
        cause = f"an entry of {check.service} runs without what it needs to do its work, and answers all the same"
        return failed(Reason.COMPONENT_DOWN, must_hold, f"an entry says {pretends[0]!r}", cause, "registry")
    return None


def _wrong(word: Census, data: Any) -> Iterator[tuple[str, str]]:
    """What is not as the target says, each with its cause."""
    ids = [str(id) for id in values(word.ids, data)]
    if len(ids) != word.count:
        yield f"{len(ids)} of {word.count} are served", "serves another registry than the one that was deployed"
    twice = [id for id, times in Counter(ids).items() if times > 1]
    if twice:
        yield f"ids that stand there twice: {listing.some(twice, SHOWN)}", "counts entries that are one and the same"
    claimed = values(word.claimed, data) if word.claimed else [len(ids)]
    if claimed != [len(ids)]:
        yield (
            f"{', '.join(map(str, claimed)) or 'nothing'} is claimed, {len(ids)} are served",
            "states a total of its own",
        )
    kinds = Counter(str(kind) for kind in values(word.kinds, data)) if word.kinds else Counter[str]()
    for kind, due in word.each.items():
        if kinds[kind] != due:
            yield f"{kinds[kind]} of the kind {kind!r}, {due} are due", "lacks a part of what was deployed"


def _holds(word: str, value: Any) -> bool:
    """Whether a value of plain data, at any depth, is that word."""
    if isinstance(value, dict | list):
        return any(_holds(word, inner) for inner in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and value.lower() == word


PROCEDURE = Procedure(steps, holds)
