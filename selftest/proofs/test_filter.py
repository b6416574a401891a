"""The proof `filter`: a word that no record has finds nothing, and the sentinel is found."""

from __future__ import annotations

import pytest

from selftest.told import ACME, Said, check, fails, html, identities, passes, said, setting, silent, steps, unproven
from stagecheck.outcome import Reason

CHECK = check("filter", {"request": {"path": "/leads", "query": {"search": "{needle}"}}, "items": "$.results[*].id"})


def found(*ids: int) -> dict[str, list[dict[str, int]]]:
    return {"results": [{"id": id} for id in ids]}


def heard(nothing: Said, one: Said | None = None) -> dict[str, Said]:
    return {"one": one or said(found(7)), "nothing": nothing}


def test_looks_for_the_sentinel_and_for_a_word_of_this_check_alone() -> None:
    needles = {name: dict(step.fill)["needle"] for name, step in steps(CHECK).items()}

    assert identities(CHECK) == {"one": "acme", "nothing": "acme"}
    assert needles == {"one": ACME, "nothing": setting().nonsense(CHECK)}


def test_passes_when_nothing_is_found_for_nonsense() -> None:
    assert passes(CHECK, heard(said(found())))


def test_items_for_nonsense_show_that_the_filter_is_ignored() -> None:
    finding = fails(CHECK, heard(said(found(7, 8))))

    assert (finding.reason, finding.step) == (Reason.FILTER_IGNORED, "nothing")
    assert finding.seen == "2 items for a word that no record has"
    assert finding.must_hold == "a filter that matches nothing gives nothing"
    assert finding.cause.startswith("the query does not reach shop")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said(found(), 500), Reason.STATUS),
        (html("<h1>Nothing here</h1>"), Reason.CONTENT_TYPE),
        (said({"success": False}), Reason.ERROR_UNDER_200),
        (silent(), Reason.CONNECT),
    ],
)
def test_an_answer_that_holds_no_list_is_no_empty_list(answer: Said, reason: Reason) -> None:
    assert fails(CHECK, heard(answer)).reason is reason


@pytest.mark.parametrize("one", [said(found()), said(found(7), 500), html("7"), silent()])
def test_nothing_is_proven_when_the_sentinel_is_not_found(one: Said) -> None:
    assert unproven(CHECK, heard(said(found()), one)).step == "one"


def test_says_that_the_search_or_the_sentinel_is_amiss() -> None:
    finding = unproven(CHECK, heard(said(found()), said(found())))

    assert finding.seen == "0 items for the sentinel"
    assert finding.must_hold == "the filter finds the sentinel, so that finding nothing means something"
    assert "the sentinel is not planted" in finding.cause
