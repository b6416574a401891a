"""What is covered: 23 services, each checklist item by checks that are planned, and docs/coverage.md says so truly."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

import pytest

from selftest import coverage_page
from stagecheck import environment, plan, targets

FOLDER = coverage_page.ROOT / "targets"
LISTED = coverage_page.read()
LOADED = targets.load(FOLDER)
PLAIN = str.maketrans("[]", "<>")  # fnmatch reads [...] as a set of characters


def test_the_page_is_that_of_the_targets() -> None:
    written = coverage_page.PAGE.read_text()

    found = [one.target for one in LOADED]
    assert written == coverage_page.text(LISTED, found), "docs/coverage.md is old: make coverage-page"


def test_there_are_23_services_and_no_other_target_than_those_that_are_told() -> None:
    ids = [id for id, _ in LISTED.services]

    assert len(set(ids)) == len(ids) == 23
    assert {one.target.service for one in LOADED} <= {*ids, *LISTED.beside}


@pytest.mark.parametrize("checks", [one[1] for one in LISTED.checklist], ids=[one[0] for one in LISTED.checklist])
def test_each_item_of_the_checklist_is_answered_by_planned_checks(checks: tuple[str, ...]) -> None:
    made = plan.make(LOADED, environment.read("local", FOLDER, os.environ, LOADED))
    ids = [check.id.translate(PLAIN) for check in made.checks]

    assert [one for one in checks if not any(fnmatchcase(id, one.translate(PLAIN)) for id in ids)] == []


def test_a_service_without_a_target_is_told_as_not_covered() -> None:
    assert coverage_page.text(LISTED, []).count(coverage_page.NOTHING) == 23 + len(LISTED.beside)
