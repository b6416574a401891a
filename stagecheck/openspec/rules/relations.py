"""Dependencies: used and not declared, declared and not there."""

from __future__ import annotations

from collections.abc import Iterator

from stagecheck.openspec.finding import Case, Found, Rule
from stagecheck.openspec.markdown import Place


def undeclared(case: Case) -> Iterator[Found]:
    """A service that lists its consumers lists each that uses it."""
    listed = {(need.service, need.needed) for need in case.tree.consumers}
    keeps_a_list = {need.needed: need.place for need in case.tree.consumers}
    told: set[tuple[str, str]] = set()
    for need in case.tree.uses:
        pair = (need.service, need.needed)
        if need.needed in keeps_a_list and pair not in listed and pair not in told:
            told.add(pair)
            sentence = f"{need.service} uses {need.needed}, whose list of consumers does not have it"
            yield Found(need.place, sentence, (keeps_a_list[need.needed],))


def unknown(case: Case) -> Iterator[Found]:
    """A consumer that is listed is a service that the specification describes."""
    for one in case.tree.unmatched:
        yield Found(one.place, f"'{one.name}' is listed as a consumer, and no service is called so")


def in_circle(case: Case) -> Iterator[Found]:
    """Two services whose compose blocks wait for each other never start."""
    first: dict[tuple[str, str], Place] = {}
    for service in case.tree.services:
        for one in service.composed:
            for key in one.needs:
                first[one.key, key] = one.at("depends_on")
    for (one_key, other_key), place in first.items():
        back = first.get((other_key, one_key))
        if back is not None and one_key < other_key:
            yield Found(place, f"{one_key} and {other_key} depend on each other", (back,))


RULES = (
    Rule("dependency-undeclared", "a service is used by one that it does not list", undeclared),
    Rule("dependency-unknown", "a consumer is listed that nobody describes", unknown),
    Rule("dependency-circle", "two compose blocks wait for each other", in_circle),
)
