"""What is made of mutmut's words: the share that was killed, and the survivors that somebody argued for."""

from __future__ import annotations

import pytest

from selftest import mutants
from selftest.mutants import Argument

TOLD = """
    stagecheck.matchers.x_status__mutmut_1: killed
    stagecheck.matchers.x_status__mutmut_2: survived
    stagecheck.proofs.way.x_tcp__mutmut_10: timeout
    stagecheck.proofs.way.x_tcp__mutmut_11: no tests
"""
DIFF = """\
--- stagecheck/matchers.py
+++ stagecheck/matchers.py
@@ -1 +1 @@
-    text = body.decode("utf-8")
+    text = body.decode("UTF-8")
"""


def test_what_survived_or_was_not_reached_is_not_killed() -> None:
    found = mutants.results(TOLD)

    assert list(found.values()) == ["killed", "survived", "timeout", "no tests"]
    assert mutants.share(found) == 0.5


@pytest.mark.parametrize(
    ("line", "before", "why"),
    [
        (r'decode\("UTF-8"\)', "", "the name has no case"),
        (r'decode\("UTF-8"\)', "utf-8", "the name has no case"),
        (r'decode\("UTF-8"\)', "latin", ""),
        ('decode."utf-8"', "", ""),
    ],
)
def test_an_argument_is_about_the_line_as_it_was_changed(line: str, before: str, why: str) -> None:
    assert mutants.argument(DIFF, [Argument(line, "the name has no case", before)]) == why


def test_a_survivor_that_nobody_argued_for_is_named() -> None:
    found = mutants.results(TOLD)
    survivors = ["stagecheck.matchers.x_status__mutmut_2", "stagecheck.proofs.way.x_tcp__mutmut_11"]

    first, *others = mutants.report(found, survivors, {survivors[0]: "why"})

    assert first == "2 of 4 mutants killed (50.0%), 1 survivors argued for"
    assert others == [f"survived: {survivors[1]}"]


def test_every_argument_has_a_pattern_and_a_reason_of_one_line() -> None:
    assert all(one.line and one.why and "\n" not in one.why for one in mutants.arguments())
