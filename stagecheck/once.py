"""What is made once, whoever needs it first; others wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Once(Generic[Made]):
    """Values by name; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, Future[Made]] = {}

    def get(self, name: str, make: Callable[[], Made]) -> Made:
        """The value of that name, made here if nobody makes it yet; what `make` raises, everybody gets."""
        with self._lock:
            value = self._values.get(name)
            first = value is None
            if value is None:
                value = self._values[name] = Future()
        if first:
            try:
                value.set_result(make())
            except BaseException as error:
                value.set_exception(error)
        return value.result()

    def known(self, name: str) -> Made | None:
        """The value of that name if it is made; None where it is not, not yet, or broke."""
        value = self._values.get(name)
        return value.result() if value is not None and value.done() and value.exception() is None else None

    def begun(self, name: str) -> bool:
        """Whether somebody makes it, or has made it."""
        return name in self._values

    def drop(self, name: str) -> None:
        """Forget the value of that name; asked for again, it is made again."""
        with self._lock:
            self._values.pop(name, None)
