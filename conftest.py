"""The checks as parameters, and what a test may ask for; options and reports are in stagecheck/pytest_plugin.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from stagecheck.errors import Blocked
from stagecheck.exchange import Answers
from stagecheck.hearing import Hearings
from stagecheck.plan import Check
from stagecheck.pytest_plugin import HEARINGS, RUN, to_come
from stagecheck.ready import is_ready
from stagecheck.runner import Runner

collect_ignore = ["selftest"]  # it has a configuration of its own, and does not read this file


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each check of a kind becomes one item of `test_KIND`."""
    if "check" not in metafunc.fixturenames:
        return
    kind = metafunc.function.__name__.removeprefix("test_")
    plan = metafunc.config.stash[RUN].plan
    # What the run waits for is told by the run itself: its last part comes after all items.
    checks = [check for check in plan.checks if check.kind == kind and not is_ready(check)]
    # The id as a string is the one parameter that Allure sees: results of different checks must not collapse.
    ids = [check.id for check in checks]
    metafunc.parametrize("check", ids, indirect=True, ids=[check.name for check in checks])


@pytest.fixture(scope="session")
def runner(request: pytest.FixtureRequest) -> Iterator[Runner]:
    """This process's way to the platform; it asks ahead what the items to come will need."""
    run = request.config.stash[RUN]
    runner = run.runner()
    request.config.stash[HEARINGS] = Hearings(runner, run.ledger)  # first: whoever interrupts must find the runner
    runner.begin(to_come(request.session))
    yield runner
    runner.close()


@pytest.fixture(scope="session")
def hearings(request: pytest.FixtureRequest, runner: Runner) -> Hearings:
    """The checks on their way to their records."""
    stash = request.config.stash
    # Not there yet where another fixture is `runner`.
    return stash.setdefault(HEARINGS, Hearings(runner, stash[RUN].ledger))


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Check:
    """What must hold."""
    return request.config.stash[RUN].plan.get(request.param)


@pytest.fixture
def answers(check: Check, hearings: Hearings) -> Answers:
    """What the platform answered; an error when that proves nothing, a skip when something below is down."""
    hearing = hearings.begin(check)
    try:
        return hearing.answers()
    except Blocked:
        pytest.skip(f"blocked by {hearing.root}")


@pytest.fixture(scope="session")
def must_hold(hearings: Hearings) -> Callable[[Check, Answers], None]:
    """Fails with one screen of text when the check does not hold; a failure that the ledger knows is an xfail."""

    def must_hold(check: Check, answers: Answers) -> None:
        issue = hearings.of(check).judge(answers)
        if issue is not None:
            pytest.xfail(f"known {issue.id}: {issue.ticket}, owner {issue.owner}, until {issue.expires}")

    return must_hold
