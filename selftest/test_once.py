"""A value is made once, by whoever needs it first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from stagecheck.once import Once


def test_many_threads_make_it_once() -> None:
    once: Once[int] = Once()
    made: list[int] = []
    together = threading.Barrier(16)

    def make() -> int:
        made.append(1)
        return len(made)

    def ask(_: int) -> int:
        together.wait(5)
        return once.get("a", make)

    with ThreadPoolExecutor(16) as threads:
        heard = list(threads.map(ask, range(16)))

    assert heard == [1] * 16
    assert made == [1]


def test_what_it_broke_with_everybody_gets() -> None:
    once: Once[int] = Once()
    tried: list[int] = []

    def breaks() -> int:
        tried.append(1)
        raise KeyError("a")

    for _ in range(2):
        with pytest.raises(KeyError):
            once.get("a", breaks)

    assert tried == [1]
    assert once.known("a") is None


def test_what_is_on_its_way_is_begun_and_not_known() -> None:
    once: Once[int] = Once()
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> int:
        begun.set()
        go_on.wait(5)
        return 7

    thread = threading.Thread(target=lambda: once.get("a", slowly))
    thread.start()
    begun.wait(5)
    on_its_way = (once.begun("a"), once.known("a"), once.begun("b"))
    go_on.set()
    thread.join(5)

    assert on_its_way == (True, None, False)
    assert once.known("a") == 7


def test_what_is_dropped_is_made_again() -> None:
    once: Once[int] = Once()
    once.get("a", lambda: 1)
    once.drop("a")
    once.drop("never made")

    assert once.known("a") is None
    assert once.get("a", lambda: 2) == 2
