"""A workflow is asked step by step, ends with the first step that fails, and cleans up whatever happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from selftest.speaker import Asked, Say, Speaker, reply, speaking
from selftest.told import Said, environment, said, setting, silent, workflow
from stagecheck import evidence, traces
from stagecheck.errors import CheckFailed, Inconclusive
from stagecheck.exchange import Answers
from stagecheck.outcome import Finding, Reason
from stagecheck.placeholders import fill
from stagecheck.plan import Check, Plan
from stagecheck.runner import Runner
from stagecheck.traces import Traces
from stagecheck.workflow import PROCEDURE

TOKENS = {"ACME_TOKEN": "acme-token-1c0ffee5", "ZETA_TOKEN": "zeta-token-2c0ffee6"}
LEAD: dict[str, Any] = {"path": "/leads/{lead}"}
STEPS: list[dict[str, Any]] = [
    {
        "id": "create",
        "request": {"method": "POST", "path": "/leads", "body": {"name": "{marker}"}},
        "expect": {"status": 201},
        "creates": {"lead": "$.id"},
    },
    {"id": "read", "request": LEAD, "expect": {"status": 200, "json": {"$.name": "{marker}"}}, "cause": "it is lost"},
    {"id": "other", "as": "other", "request": LEAD, "expect": {"status": 404}},
]
CLEANUP: list[dict[str, Any]] = [
    {"id": "remove", "request": {**LEAD, "method": "DELETE"}, "expect": {"status": 204}},
    {"id": "gone", "request": LEAD, "expect": {"status": 404}},
]
CHECK = workflow(STEPS, CLEANUP)
MARKER = setting().marker(CHECK, "workflow")
GOOD: dict[str, Said] = {
    "create": said({"id": "7"}, 201),
    "read": said({"name": MARKER}),
    "other": said({}, 404),
    "remove": said(b"", 204, None),
    "gone": said({}, 404),
}


def judged(told: dict[str, Said], unsent: dict[str, str] | None = None) -> Finding | None:
    """The finding on what was told of each step."""
    asked = [fill(step, {"lead": "7"}) for step in PROCEDURE.steps(CHECK, setting())]
    heard = {step.name: told[step.name].to(step) for step in asked if step.name in told}
    return PROCEDURE.holds(CHECK, setting(), Answers(heard, {}, unsent or {}))


def test_passes_when_every_step_and_the_clean_up_are_as_they_must_be() -> None:
    assert judged(GOOD) is None


def test_the_first_step_that_is_not_names_itself_and_its_cause() -> None:
    found = judged({"create": GOOD["create"], "read": said({"name": "somebody else"})})

    assert found is not None
    assert (found.reason, found.step, found.cause) == (Reason.WRONG_CONTENT, "read", "it is lost")
    assert found.seen == f"step 'read' (2 of 5): json: $.name: expected {MARKER}, got somebody else"
    assert found.must_hold == "a lead arrives: read"


def test_what_happened_on_the_way_to_a_service_is_not_what_the_step_means() -> None:
    found = judged({"create": GOOD["create"], "read": silent()})

    assert found is not None
    assert found.reason is Reason.CONNECT
    assert "nothing accepts connections" in found.cause


def test_a_step_that_was_never_asked_is_no_pass() -> None:
    lacking = judged({"create": said({}, 201)}, {"read": "lead"})
    cut = judged({"create": GOOD["create"]})

    assert lacking is not None
    assert cut is not None
    assert lacking.seen == "step 'read' (2 of 5) could not be asked: no lead was found"
    assert (lacking.reason, cut.reason) == (Reason.WRONG_CONTENT, Reason.WRONG_CONTENT)


@pytest.mark.parametrize("step", ["remove", "gone"])
def test_a_clean_up_that_does_not_succeed_is_told_with_what_is_left(step: str) -> None:
    found = judged({**GOOD, step: said({"name": MARKER})})

    assert found is not None
    assert (found.reason, found.step) == (Reason.LEFT_BEHIND, step)
    assert MARKER in found.cause


def test_each_step_is_asked_as_whom_it_says() -> None:
    asked = {step.name: (str(step.identity), step.cleanup) for step in PROCEDURE.steps(CHECK, setting())}

    assert asked == {
        "create": ("acme", False),
        "read": ("acme", False),
        "other": ("zeta", False),
        "remove": ("acme", True),
        "gone": ("acme", True),
    }


# ---- on the wire ----------------------------------------------------------------------------------------------------


class Shop:
    """Keeps leads by id; `said` replaces the answer to a `METHOD path`."""

    def __init__(self) -> None:
        self.leads: dict[str, Any] = {}
        self.said: dict[str, list[tuple[int, Any]]] = {}

    def __call__(self, asked: Asked, connection: Any) -> bytes:
        left = self.said.get(f"{asked.method} {asked.target}")
        if left:
            return self.answer(*(left.pop(0) if len(left) > 1 else left[0]))
        return self.answer(*self.kept(asked))

    def kept(self, asked: Asked) -> tuple[int, Any]:
        id = asked.target.rpartition("/")[2]
        if asked.method == "POST":
            self.leads["7"] = json.loads(asked.body)
            return 201, {"id": "7"}
        if id not in self.leads or asked.header("authorization") != f"Bearer {TOKENS['ACME_TOKEN']}":
            return 404, {}
        if asked.method == "DELETE":
            del self.leads[id]
            return 204, {}
        return 200, self.leads[id]

    def answer(self, status: int, body: Any) -> bytes:
        return reply(status, b"" if status == 204 else json.dumps(body).encode(), content_type="application/json")


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def speaker(shop: Say) -> Iterator[Speaker]:
    with speaking(shop) as speaker:
        yield speaker


def heard(speaker: Speaker, check: Check) -> tuple[Runner, Answers]:
    here = environment(
        gateway=f"http://{speaker.address}",
        services={},
        budgets={"requests_per_minute": 6000, "attempts": 1, "timeout": 5.0},
    )
    runner = Runner(here, Plan((check,), (), "digest"), "r1", TOKENS)
    try:
        answers = runner.answers(check)
        runner.must_hold(check, answers)
    finally:
        runner.close()
    return runner, answers


def paths(speaker: Speaker) -> list[str]:
    return [f"{asked.method} {asked.target}" for asked in speaker.asked]


def test_what_it_creates_is_read_back_and_removed(shop: Shop, speaker: Speaker) -> None:
    _, answers = heard(speaker, CHECK)

    assert paths(speaker) == ["POST /leads", "GET /leads/7", "GET /leads/7", "DELETE /leads/7", "GET /leads/7"]
    assert shop.leads == {}
    assert traces.of(CHECK, answers) == Traces(1, 1)


def test_a_step_that_fails_stops_it_and_the_clean_up_still_runs(shop: Shop, speaker: Speaker) -> None:
    shop.said["GET /leads/7"] = [(200, {"name": "somebody else"}), (404, {})]

    with pytest.raises(CheckFailed) as raised:
        heard(speaker, CHECK)

    assert raised.value.finding.step == "read"
    assert "request    curl" in str(raised.value)
    assert paths(speaker) == ["POST /leads", "GET /leads/7", "DELETE /leads/7", "GET /leads/7"]
    assert shop.leads == {}


def test_a_creation_that_fails_leaves_nothing_to_clean_up(shop: Shop, speaker: Speaker) -> None:
    shop.said["POST /leads"] = [(500, {})]

    with pytest.raises(CheckFailed):
        heard(speaker, CHECK)

    assert paths(speaker) == ["POST /leads"]


def test_what_only_an_end_state_takes_off_the_books_counts_as_cancelled_once_it_is_seen() -> None:
    kept = workflow(STEPS[:2])
    asked = {step.name: fill(step, {"lead": "7"}) for step in PROCEDURE.steps(kept, setting())}
    name = setting().marker(kept, "workflow")

    for answer, cancelled in ((said({"name": name}), 1), (said({}, 500), 0)):
        heard = {"create": GOOD["create"].to(asked["create"]), "read": answer.to(asked["read"])}
        assert traces.of(kept, Answers(heard)) == Traces(1, 0, cancelled)


def test_what_another_tenant_does_not_see_is_not_gone_for_that() -> None:
    other = {**STEPS[1], "id": "other", "as": "other", "expect": {"status": 404}}
    kept = workflow([*STEPS[:2], other])
    asked = {step.name: fill(step, {"lead": "7"}) for step in PROCEDURE.steps(kept, setting())}
    name = setting().marker(kept, "workflow")
    told = {"create": GOOD["create"], "read": said({"name": name}), "other": said({}, 404)}

    assert traces.of(kept, Answers({one: told[one].to(asked[one]) for one in told})) == Traces(1, 0, 1)


WAITS = [
    {"id": "begin", "request": {"path": "/job"}, "expect": {"status": 200}},
    {
        "id": "done",
        "request": {"path": "/job/1"},
        "expect": {"json": {"$.state": "done"}},
        "eventually": {"timeout": 5, "backoff": 0.01, "halt_if": {"json": {"$.state": "failed"}}},
    },
]


def test_a_step_may_take_its_time_and_is_not_flaky_for_it(shop: Shop, speaker: Speaker) -> None:
    shop.said = {"GET /job": [(200, {})], "GET /job/1": [(404, {}), (200, {"state": "new"}), (200, {"state": "done"})]}

    _, answers = heard(speaker, workflow(WAITS))

    assert answers["done"].facts["asked"] == 3
    assert answers.attempts == 1


def test_a_job_that_says_so_is_waited_for_no_more(shop: Shop, speaker: Speaker) -> None:
    shop.said = {"GET /job": [(200, {})], "GET /job/1": [(200, {"state": "new"}), (200, {"state": "failed"})]}

    with pytest.raises(CheckFailed) as raised:
        heard(speaker, workflow(WAITS))

    assert raised.value.finding.seen == "step 'done' (2 of 2): json: $.state: expected done, got failed"
    assert len(speaker.asked) == 3


def test_what_never_comes_fails_after_its_time(shop: Shop, speaker: Speaker) -> None:
    shop.said = {"GET /job": [(200, {})], "GET /job/1": [(200, {"state": "new"})]}
    impatient = [WAITS[0], {**WAITS[1], "eventually": {"timeout": 0.1, "backoff": 0.02}}]

    with pytest.raises(CheckFailed) as raised:
        heard(speaker, workflow(impatient))

    assert raised.value.finding.reason is Reason.WRONG_CONTENT
    assert len(speaker.asked) > 2


def test_a_limiter_proves_nothing(shop: Shop, speaker: Speaker) -> None:
    shop.said = {"GET /job": [(429, {})]}

    with pytest.raises(Inconclusive):
        heard(speaker, workflow(WAITS))


SECRET = "opaque-refresh-7d2f90c1"
SIGN_IN = [
    {
        "id": "login",
        "as": "anonymous",
        "request": {"method": "POST", "path": "/login", "body": {"user": "{marker}"}},
        "expect": {"status": 200},
        "secrets": {"access": "$.token"},
    },
    {
        "id": "use",
        "bearer": "access",
        "request": {"path": "/me", "query": {"again": "{access}"}},
        "expect": {"json": {"$.name": "never"}},
    },
]


def test_a_secret_of_an_answer_is_sent_on_and_shown_nowhere(shop: Shop, speaker: Speaker) -> None:
    shop.said = {"POST /login": [(200, {"token": SECRET})], f"GET /me?again={SECRET}": [(200, {"name": SECRET})]}
    check = workflow(SIGN_IN)
    here = environment(gateway=f"http://{speaker.address}", services={})
    runner = Runner(here, Plan((check,), (), "digest"), "r1", TOKENS)
    answers = runner.answers(check)

    with pytest.raises(CheckFailed) as raised:
        runner.must_hold(check, answers)
    runner.close()

    assert speaker.asked[1].header("authorization") == f"Bearer {SECRET}"
    shown = str(raised.value) + json.dumps(runner.evidence(check, answers))
    assert SECRET not in shown
    assert '-H "Authorization: Bearer $ACCESS"' in str(raised.value)
    assert evidence.answer(answers["login"], runner.wire.credentials).endswith('{"token": "$ACCESS"}')
