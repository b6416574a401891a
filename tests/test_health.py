"""What a service says of itself is good, and is true."""

import pytest

pytestmark = pytest.mark.health


def test_health(check, answers, must_hold):
    must_hold(check, answers)
