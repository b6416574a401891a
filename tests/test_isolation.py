"""A tenant sees and changes nothing of another."""

import pytest

pytestmark = pytest.mark.isolation


def test_isolation(check, answers, must_hold):
    must_hold(check, answers)
