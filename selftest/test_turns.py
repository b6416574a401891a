"""Who may go side by side, and who goes alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from stagecheck.turns import Turns

Places = tuple[Sequence[str], Sequence[str]]


def goes_beside(held: Places, asked: Places) -> bool:
    """Whether somebody gets places while another holds some; whoever waits gets them afterwards."""
    turns, got = Turns(), threading.Event()

    def take() -> None:
        with turns.taken(*asked):
            got.set()

    thread = threading.Thread(target=take)
    with turns.taken(*held):
        thread.start()
        at_once = got.wait(0.1)
    assert got.wait(5)
    thread.join(5)
    return at_once


@pytest.mark.parametrize(
    ("held", "asked", "beside"),
    [
        (([], ["shop"]), ([], ["shop"]), True),
        ((["shop"], []), ([], ["shop"]), False),
        (([], ["shop"]), (["shop"], []), False),
        ((["shop"], []), (["shop"], []), False),
        ((["shop"], []), (["mail"], []), True),
        ((["serial a"], ["shop"]), (["serial b"], ["shop"]), True),
        ((["serial a"], ["shop"]), (["serial a"], ["mail"]), False),
        (([], []), (["run"], []), True),
    ],
)
def test_a_place_is_for_one_alone_or_for_any_number(held: Places, asked: Places, beside: bool) -> None:
    assert goes_beside(held, asked) is beside


def test_a_place_is_given_back_also_by_who_breaks() -> None:
    turns = Turns()
    with pytest.raises(KeyError), turns.taken(["shop"], ["run"]):
        raise KeyError

    with turns.taken(["shop", "run"]):
        assert not goes_beside((["shop"], []), (["shop"], []))


def test_whoever_is_interrupted_while_waiting_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()

    def interrupted(event: threading.Event, timeout: float | None = None) -> bool:
        raise KeyboardInterrupt

    with turns.taken(["shop"]):
        monkeypatch.setattr(threading.Event, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt), turns.taken(["shop"]):
            pass
        monkeypatch.undo()
    with turns.taken(["shop"]):
        assert not turns._waiting
