"""Dates that do not grow old."""

from __future__ import annotations

import datetime

import pytest


@pytest.fixture(scope="session")
def tomorrow() -> str:
    return str(datetime.date.today() + datetime.timedelta(days=1))


@pytest.fixture(scope="session")
def yesterday() -> str:
    return str(datetime.date.today() - datetime.timedelta(days=1))
