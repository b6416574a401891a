"""What a run left on the platform, in numbers and in sentences."""

from __future__ import annotations

from selftest.told import check
from stagecheck import record
from stagecheck.janitor import Swept
from stagecheck.reports.leftovers import Leftovers

CHECK = check("answers", expect={"status": 200})


def records(*pairs: tuple[int, int]) -> list[record.Record]:
    return [record.of(CHECK, None, traces={"created": made, "removed": gone, "cancelled": 0}) for made, gone in pairs]


def test_a_run_that_created_nothing_says_nothing() -> None:
    assert list(Leftovers(records((0, 0)), Swept()).lines()) == []


def test_what_a_run_created_and_removed_is_counted() -> None:
    told = Leftovers(records((2, 2), (3, 2)), Swept())

    assert told.counts == {"created": 5, "removed": 4, "cancelled": 0, "left": 1, "swept": 0}
    assert list(told.lines()) == ["records: created 5, removed 4, cancelled 0, left 1"]


def test_the_janitor_is_told_with_names() -> None:
    earlier = Swept(removed=[f"shop/leads {at} of acme" for at in range(5)], left=["shop/leads 9 of zeta"])
    told = Leftovers(records(), earlier)

    assert told.counts["swept"] == 5
    assert list(told.lines()) == [
        "janitor: removed 5 records of earlier runs: "
        "shop/leads 0 of acme, shop/leads 1 of acme, shop/leads 2 of acme and 2 more",
        "janitor: could not remove 1 record of earlier runs: shop/leads 9 of zeta",
    ]


def test_after_an_interruption_the_janitor_knows_what_is_left() -> None:
    own = Swept(removed=["shop/leads 1 of acme"], left=["shop/leads 2 of acme"])
    unseen = Swept(troubles=[f"shop/leads of {tenant}: the search was answered 500" for tenant in ("acme", "zeta")])

    assert Leftovers(records((4, 3)), None, own).counts == {
        "created": 4,
        "removed": 3,
        "cancelled": 0,
        "left": 1,
        "swept": 1,
    }
    assert Leftovers(records((4, 1)), None, unseen).counts["left"] == 3
    assert list(Leftovers(records(), None, unseen).lines()) == [
        "janitor: could not look for records of this run, which did not come to its end: "
        "shop/leads of acme: the search was answered 500 and 1 more"
    ]
