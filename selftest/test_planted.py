"""In whose name a mark was written is known from then on, and of no other mark."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import graphql, request
from stagecheck.marks import mark
from stagecheck.model import Identity, Step
from stagecheck.planted import Planted

RUN = "0000000a"
ONE, OTHER = mark(RUN, "1" * 24), mark(RUN, "2" * 24)


def writing(tenant: str = "acme", marked: str = ONE, **keys: Any) -> Step:
    asked = {"method": "POST", "path": "/leads", "body": {"name": f"Synthetic {marked}"}, **keys}
    return Step("create", request(**asked), identity=Identity(tenant))


def noted(*steps: Step) -> Planted:
    planted = Planted(RUN)
    for step in steps:
        planted.note(step)
    return planted


def test_a_mark_is_of_whoever_wrote_it() -> None:
    planted = noted(writing(), writing("zeta", OTHER))

    assert planted.owners(f'{{"a": "{ONE}"}} {OTHER}') == {ONE: frozenset({"acme"}), OTHER: frozenset({"zeta"})}
    assert planted.owners("nothing") == {}


def test_what_two_wrote_is_of_both() -> None:
    assert noted(writing(), writing("zeta")).owners(ONE) == {ONE: frozenset({"acme", "zeta"})}


def test_a_mutation_writes_too() -> None:
    document = graphql("mutation Make($m: String) { make(m: $m) { id } }", m=ONE)

    assert noted(Step("make", request(**document), identity=Identity("acme"))).owners(ONE)


@pytest.mark.parametrize(
    "step",
    [
        writing(""),
        writing(method="GET", body=None, query={"search": ONE}),
        writing(marked=mark("0000000b", "1" * 24)),
        writing(marked="sc-short"),
    ],
)
def test_what_nobody_writes_or_another_run_is_of_nobody(step: Step) -> None:
    assert noted(step).owners(f"{ONE} {mark('0000000b', '1' * 24)} sc-short") == {}
