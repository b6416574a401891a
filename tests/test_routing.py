"""The gateway leads to the service behind it, and changes nothing on the way."""

import pytest

pytestmark = pytest.mark.routing


def test_routing(check, answers, must_hold):
    must_hold(check, answers)
