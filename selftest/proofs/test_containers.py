"""The proof `containers`: each container of the platform runs, is healthy, and goes on running."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import Said, check, fails, passes, said, silent, steps
from stagecheck.outcome import Reason
from stagecheck.proofs.containers import _up

CHECK = check("containers", {"names": "^acme-", "expected": ["shop", "till"], "pause": 3})
UP = "Up 2 hours (healthy)"


def one(name: str, status: str = UP, state: str = "running", id: str = "") -> dict[str, Any]:
    return {"containerId": id or name, "name": name, "state": state, "status": status}


def seen(*listed: dict[str, Any], later: list[dict[str, Any]] | None = None) -> dict[str, Said]:
    more = [one("acme-till-1"), one("stranger", "Exited (1) 2 days ago", "exited")]
    return {"containers": said([*listed, *more]), "later": said([*(later or listed), *more])}


def test_looks_twice() -> None:
    assert [(step.request.path, step.pause) for step in steps(CHECK).values()] == [("/things", 0), ("/things", 3)]


def test_passes_while_all_of_the_platforms_own_run() -> None:
    assert passes(CHECK, seen(one("acme-shop-1")))
    assert passes(CHECK, seen(one("acme-shop-1", "Up 8 seconds"), later=[one("acme-shop-1", "Up 11 seconds")]))


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("exited", "Exited (137) 4 minutes ago"),
        ("restarting", "Restarting (1) 6 seconds ago"),
        ("created", "Created"),
        ("running", "Up 9 minutes (unhealthy)"),
    ],
)
def test_one_that_does_not_run_or_is_not_well_fails(state: str, status: str) -> None:
    found = fails(CHECK, seen(one("acme-shop-1", status, state)))

    assert (found.reason, found.step, found.seen) == (Reason.COMPONENT_DOWN, "containers", f"acme-shop-1: {status}")
    assert found.cause.startswith("acme-shop-1 ended, starts over and over,")


def test_all_that_are_not_well_are_told_and_the_first_is_named() -> None:
    worse = [one("acme-shop-1", "Up 2 hours: well (unhealthy)"), one("acme-mail-1", "Created", "created")]
    found = fails(CHECK, seen(*worse))

    assert found.seen == "acme-shop-1: Up 2 hours: well (unhealthy); acme-mail-1: Created"
    assert found.cause.startswith("acme-shop-1 ended, ")


@pytest.mark.parametrize("later", [one("acme-shop-1", "Up Less than a second"), one("acme-shop-1", UP, id="other")])
def test_one_that_begins_anew_fails(later: dict[str, Any]) -> None:
    found = fails(CHECK, seen(one("acme-shop-1"), later=[later]))

    assert (found.reason, found.step) == (Reason.COMPONENT_DOWN, "later")
    assert found.seen == f"acme-shop-1: {UP}, and 3 s later {later['status']}"
    assert found.cause.startswith("acme-shop-1 ends by itself and is started anew, ")


def test_all_that_begin_anew_are_told_beside_one_that_came_with_them() -> None:
    before, after = [one("acme-shop-1"), one("acme-mail-1")], [one("acme-shop-1", "Up 1 second: new"),
                     one("acme-late-1"), one("acme-mail-1", "Up")]  # fmt: skip
    found = fails(CHECK, seen(*before, later=after))

    assert found.seen == f"acme-shop-1: {UP}, and 3 s later Up 1 second: new; acme-mail-1: {UP}, and 3 s later Up"
    assert found.cause.startswith("acme-shop-1 ends by itself")


def test_one_that_is_not_there_fails() -> None:
    found = fails(CHECK, seen(one("acme-basket-1")))

    assert (found.reason, found.seen) == (Reason.COMPONENT_DOWN, "no container of shop")
    assert fails(CHECK, {**seen(), "containers": said([one("acme-x")])}).seen == "no container of shop, till"


def test_no_list_fails_with_its_own_reason() -> None:
    good = seen(one("acme-shop-1"))

    assert fails(CHECK, {**good, "later": silent()}).reason is Reason.CONNECT
    assert fails(CHECK, {**good, "containers": said({"message": "Unauthorized"}, 401)}).reason is Reason.STATUS
    assert fails(CHECK, {**good, "containers": said([])}).step == "containers"


@pytest.mark.parametrize(
    ("status", "seconds"),
    [
        ("Created", 0),
        ("Up Less than a second", 0),
        ("Up 1 second", 1),
        ("Up 44 seconds (health: starting)", 44),
        ("Up About a minute", 60),
        ("Up 3 minutes", 180),
        ("Up About an hour (healthy)", 3600),
        ("Up 5 days", 432000),
        ("Up 2 weeks", 1209600),
    ],
)
def test_how_long_one_is_up(status: str, seconds: float) -> None:
    assert _up(status) == seconds
