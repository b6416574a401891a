"""What a user does step by step works to its end, and is read back there."""

import pytest

pytestmark = pytest.mark.workflow


def test_workflow(check, answers, must_hold):
    must_hold(check, answers)
