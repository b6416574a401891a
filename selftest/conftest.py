"""Dates that do not grow old, and the order of the files."""

from __future__ import annotations

import datetime
import gc

import pytest

# Files of few and long tests: begun last, one of them would be waited for by all others.
FIRST = ("test_workflows", "test_killed", "test_suite", "test_report", "test_watch", "test_sometimes", "test_seed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem not in FIRST)


def pytest_collection_finish() -> None:
    """What was read and collected is there to the end: no collection of garbage need walk through it again."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def tomorrow() -> str:
    return str(datetime.date.today() + datetime.timedelta(days=1))


@pytest.fixture(scope="session")
def yesterday() -> str:
    return str(datetime.date.today() - datetime.timedelta(days=1))
