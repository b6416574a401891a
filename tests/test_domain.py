"""A public name leads, safely, to its own brand's page."""

import pytest

pytestmark = pytest.mark.domain


def test_domain(check, answers, must_hold):
    must_hold(check, answers)
