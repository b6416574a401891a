"""The runner asks each check once, in order, and judges what was heard: against a small server of our own."""

from __future__ import annotations

import datetime
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from selftest.told import REST, check, environment, isolation, said, setting, silent, stored_check
from stagecheck.errors import Blocked, CheckFailed, Inconclusive
from stagecheck.exchange import Answers
from stagecheck.known import Issue, Ledger
from stagecheck.model import Request, Step
from stagecheck.outcome import Outcome, Reason
from stagecheck.plan import Check, Plan
from stagecheck.runner import Runner, procedure_of, unmeasured

TOKENS = {"ACME_TOKEN": "acme-token-1c0ffee5", "ZETA_TOKEN": "zeta-token-2c0ffee6"}
Answer = tuple[int, Any]
Rule = Callable[["Server", str, str, bytes], Answer]


class Server(ThreadingHTTPServer):
    """Answers as `rule` says; `asked` are the requests that came, as `METHOD /path`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.rule: Rule = lambda server, method, path, body: (200, {"path": path})
        self.asked: list[str] = []
        self.tokens: list[str | None] = []
        self.kept: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(f"{self.command} {self.path}")
        self.server.tokens.append(self.headers.get("Authorization"))
        status, data = self.server.rule(self.server, self.command, self.path, body)
        raw = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a selftest speaks by its assertions."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def run(server: Server) -> Iterator[Callable[..., Runner]]:
    runners: list[Runner] = []

    def made(
        *checks: Check, variables: dict[str, str] = TOKENS, ledger: Ledger | None = None, **changes: Any
    ) -> Runner:
        budgets = {"requests_per_minute": 6000, "attempts": 1, "timeout": 5.0}
        here = environment(**{"gateway": server.url, "services": {}, "budgets": budgets, **changes})
        runners.append(Runner(here, Plan(checks, (), "digest"), "r1", variables, ledger=ledger))
        return runners[-1]

    yield made
    for runner in runners:
        runner.close()


ANSWERS = check("answers", expect={"status": 200, "json": {"$.path": "/things"}}, title="things are listed")


def test_what_holds_passes_and_is_asked_once_with_the_tenants_token(server: Server, run: Callable[..., Runner]) -> None:
    runner = run(ANSWERS)

    first = runner.answers(ANSWERS)
    runner.must_hold(ANSWERS, first)

    assert runner.answers(ANSWERS) is first is runner.heard(ANSWERS)
    assert server.asked == ["GET /things"]
    assert server.tokens == [f"Bearer {TOKENS['ACME_TOKEN']}"]


def test_what_was_not_asked_was_not_heard(run: Callable[..., Runner]) -> None:
    assert run(ANSWERS).heard(ANSWERS) is None


def test_what_does_not_hold_fails_on_one_screen_without_a_secret(server: Server, run: Callable[..., Runner]) -> None:
    server.rule = lambda server, method, path, body: (404, {"you sent": TOKENS["ACME_TOKEN"]})
    failing = check(
        "answers", expect={"status": 200}, title="things are listed", about={"runbook": "https://runbooks.invalid/7"}
    )
    runner = run(failing)

    with pytest.raises(CheckFailed) as raised:
        runner.must_hold(failing, runner.answers(failing))

    lines = str(raised.value).splitlines()
    assert lines[:3] == [
        "routing[shop/things/answers] FAILED: status",
        "  must hold  things are listed",
        "  seen       status: expected 200, got 404",
    ]
    assert lines[3].startswith("  cause      brain-gateway (or shop behind it) does not have this route")
    assert lines[4].startswith("  request    curl -sS")
    assert '"Authorization: Bearer $ACME_TOKEN"' in lines[4]
    assert lines[5].startswith("  answer     404 application/json")
    assert re.fullmatch(r"  trace      [0-9a-f]{32}  run r1", lines[6])
    assert lines[7:] == [
        "  target     targets/shop.yaml:7  owner shop-team  runbook https://runbooks.invalid/7",
        "  again      pytest --env nowhere 'tests/test_routing.py::test_routing[shop/things/answers]'",
    ]
    assert TOKENS["ACME_TOKEN"] not in str(raised.value)
    assert raised.value.finding.reason is Reason.STATUS


def test_a_failed_control_is_inconclusive(server: Server, run: Callable[..., Runner]) -> None:
    server.rule = lambda server, method, path, body: (404, {})
    missing = check("missing", {"request": {"path": "/things/999"}})

    with pytest.raises(Inconclusive) as raised:
        run(missing).answers(missing)

    assert str(raised.value).startswith("routing[shop/things/missing] INCONCLUSIVE: control_failed")
    assert server.asked == ["GET /things", "GET /things/999"]


def test_a_credential_that_is_not_set_is_inconclusive(server: Server, run: Callable[..., Runner]) -> None:
    with pytest.raises(Inconclusive) as raised:
        run(ANSWERS, variables={}).answers(ANSWERS)

    assert raised.value.finding.reason is Reason.CREDENTIAL_MISSING
    assert "ACME_TOKEN" in raised.value.finding.seen
    assert server.asked == []


# -- roots


def test_a_root_that_is_down_blocks_what_stands_on_it_and_is_asked_once(
    server: Server, run: Callable[..., Runner]
) -> None:
    server.rule = lambda server, method, path, body: (502, {})
    root = check("answers", expect={"status": 200}, about={"id": "health[gate/health/answers]"})
    above = [check("whole", about={"id": f"routing[shop/{n}/whole]", "roots": (root.id,)}) for n in (1, 2)]
    runner = run(root, *above)

    for one in above:
        with pytest.raises(
            Blocked, match=r"^blocked by health\[gate/health/answers\]: upstream_down: status"
        ) as raised:
            runner.answers(one)
        assert (raised.value.finding.outcome, raised.value.finding.reason) == (Outcome.BLOCKED, Reason.UPSTREAM_DOWN)
        assert runner.heard(one) is None

    assert server.asked == ["GET /things"]


def test_a_root_of_which_nobody_knows_leaves_what_stands_on_it_inconclusive_and_unasked(
    server: Server, run: Callable[..., Runner]
) -> None:
    server.rule = lambda server, method, path, body: (429, {})
    root = check("answers", expect={"status": 200}, about={"id": "root"})
    above = check("whole", about={"id": "routing[shop/things/whole]", "roots": ("root",)})
    runner = run(root, above)

    with pytest.raises(Inconclusive) as raised:
        runner.answers(above)
    assert raised.value.finding.reason is Reason.RATE_LIMITED
    assert str(raised.value) == (
        "routing[shop/things/whole] INCONCLUSIVE: rate_limited: it stands on root: 429; it was not asked"
    )
    assert runner.heard(above) is None


def test_the_lowest_root_is_named(server: Server, run: Callable[..., Runner]) -> None:
    server.rule = lambda server, method, path, body: (500 if path == "/bad" else 200, {})
    good = check("answers", expect={"status": 200}, about={"id": "good"})
    bad = check("answers", expect={"status": 200}, request={"path": "/bad"}, about={"id": "bad"})
    worse = check("answers", expect={"status": 200}, request={"path": "/bad"}, about={"id": "worse"})
    above = check("whole", about={"roots": ("good", "bad", "worse")})

    found = run(good, bad, worse, above).blocked_by(above)

    assert found is not None
    assert (found[0], found[1].reason) == ("bad", Reason.STATUS)
    assert server.asked == ["GET /things", "GET /bad"]


@pytest.mark.parametrize(("day", "blocks"), [("2030-05-10", False), ("2030-05-09", True)])
def test_a_root_that_is_known_blocks_nothing_until_its_day_is_over(
    server: Server, run: Callable[..., Runner], day: str, blocks: bool
) -> None:
    server.rule = lambda server, method, path, body: (500 if path == "/bad" else 200, {})
    root = check("answers", expect={"status": 200}, request={"path": "/bad"}, about={"id": "root"})
    above = check("whole", about={"roots": ("root",)})
    entry = {"id": "old", "check": "root", "owner": "shop-team", "ticket": "SHOP-17", "reason": "status"}
    issue = Issue.model_validate_json(json.dumps({**entry, "expires": day}))

    runner = run(root, above, ledger=Ledger((issue,), datetime.date(2030, 5, 10)))

    assert (runner.blocked_by(above) is not None) is blocks
    if not blocks:
        assert list(runner.answers(above).exchanges) == ["gzip", "identity"]


def test_nothing_is_blocked_by_roots_that_stand(run: Callable[..., Runner]) -> None:
    root = check("answers", expect={"status": 200}, about={"id": "root"})
    above = check("whole", about={"roots": ("root",)})
    runner = run(root, above)

    assert runner.blocked_by(above) is None
    assert list(runner.answers(above).exchanges) == ["gzip", "identity"]


# -- the sequence of steps


STORED = stored_check()


def keep(server: Server, method: str, path: str, body: bytes) -> Answer:
    """A store of records that is as it should be."""
    if method == "POST":
        server.kept["/leads/7"] = json.loads(body)
        return 201, {"id": 7}
    if method == "DELETE":
        return (200, {}) if server.kept.pop(path, None) else (404, {})
    return (200, server.kept[path]) if path in server.kept else (404, {})


def test_what_a_step_captures_is_filled_into_later_ones(server: Server, run: Callable[..., Runner]) -> None:
    server.rule = keep
    runner = run(STORED)

    answers = runner.answers(STORED)
    runner.must_hold(STORED, answers)

    assert server.asked == ["POST /leads", "GET /leads/7", "DELETE /leads/7", "GET /leads/7"]
    assert answers.captured == {"created": "7"}
    assert answers["read"].json == {"name": runner.setting.marker(STORED, "stored")}


def test_cleanup_is_asked_whatever_the_steps_before_it_met(server: Server, run: Callable[..., Runner]) -> None:
    def fails_to_read(server: Server, method: str, path: str, body: bytes) -> Answer:
        return (500, {}) if method == "GET" and server.kept else keep(server, method, path, body)

    server.rule = fails_to_read
    runner = run(STORED)

    with pytest.raises(CheckFailed):
        runner.must_hold(STORED, runner.answers(STORED))

    assert server.asked[-2:] == ["DELETE /leads/7", "GET /leads/7"]
    assert server.kept == {}


def test_a_step_without_its_value_is_not_sent(server: Server, run: Callable[..., Runner]) -> None:
    server.rule = lambda server, method, path, body: (201, {"id": None})

    answers = run(STORED).answers(STORED)

    assert server.asked == ["POST /leads"]
    assert answers.unsent == {"read": "created", "delete": "created", "gone": "created"}


def test_a_host_that_does_not_answer_is_asked_once_and_again_only_to_clean_up(
    server: Server, run: Callable[..., Runner]
) -> None:
    go_on = threading.Event()

    def hangs(server: Server, method: str, path: str, body: bytes) -> Answer:
        if method == "GET":
            go_on.wait(5)
        return keep(server, method, path, body)

    server.rule = hangs
    twice = check("whole")
    budgets = {"requests_per_minute": 6000, "attempts": 1, "timeout": 0.6}

    answers = run(twice, budgets=budgets).answers(twice)
    stored = run(STORED, budgets=budgets).answers(STORED)
    go_on.set()

    assert [answers[step].trouble == answers["gzip"].trouble for step in ("gzip", "identity")] == [True, True]
    assert answers["gzip"].trouble is not None
    assert answers["gzip"].trouble.reason is Reason.TIMEOUT
    assert [step for step in stored.exchanges if stored[step].attempts] == ["create", "read", "delete", "gone"]
    assert server.asked == ["GET /things", "POST /leads", "GET /leads/7", "DELETE /leads/7", "GET /leads/7"]


def test_steps_that_follow_from_answers_are_asked_until_there_are_none(
    server: Server, run: Callable[..., Runner]
) -> None:
    def pages(server: Server, method: str, path: str, body: bytes) -> Answer:
        return 200, {"results": [{"id": 1}, {"id": 2}] if "page=1&" in path or "page=2&" in path else []}

    server.rule = pages
    lists = isolation("list", {**REST, "list": {"request": {"path": "/leads"}, "items": "$.results[*]"}})
    runner = run(lists)

    with pytest.raises(Inconclusive):
        runner.answers(lists)

    heard = runner.heard(lists)
    assert heard is not None
    assert list(heard.exchanges) == ["page-1", "page-2", "page-3"]


def test_a_following_step_that_lacks_what_it_names_is_given_up(
    server: Server, run: Callable[..., Runner], monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = Step("more", Request(path="/{nobody}"))
    for_ever = replace(procedure_of(ANSWERS), follow=lambda check, setting, answers: (lacking,))
    monkeypatch.setattr("stagecheck.runner.procedure_of", lambda check: for_ever)

    answers = run(ANSWERS).answers(ANSWERS)

    assert (server.asked, answers.unsent) == (["GET /things"], {"more": "nobody"})


def test_evidence_is_plain_data_in_the_order_of_asking(server: Server, run: Callable[..., Runner]) -> None:
    server.rule = keep
    runner = run(STORED)

    evidence = runner.evidence(STORED, runner.answers(STORED))

    assert [one["step"] for one in evidence] == ["create", "read", "delete", "gone"]
    assert TOKENS["ACME_TOKEN"] not in json.dumps(evidence)


def test_what_is_told_is_let_go_but_for_what_others_stand_on(server: Server, run: Callable[..., Runner]) -> None:
    other = replace(STORED, roots=(ANSWERS.id,))
    runner = run(ANSWERS, other)
    for one in (ANSWERS, other):
        runner.answers(one)
        runner.forget(one)

    assert runner.heard(ANSWERS) is not None
    assert runner.heard(other) is None


# -- accidents of the run, and names


def heard(check: Check, **told: Any) -> Answers:
    return Answers({name: answer.to(Step(name)) for name, answer in told.items()})


def test_an_accident_of_the_run_decides_nothing() -> None:
    limited = unmeasured(ANSWERS, heard(ANSWERS, first=said({}), answer=said({}, 429)))
    nameless = unmeasured(ANSWERS, heard(ANSWERS, answer=silent(Reason.CREDENTIAL_MISSING, "ACME_TOKEN is not set")))
    refused = unmeasured(ANSWERS, heard(ANSWERS, answer=silent(Reason.WRITE_REFUSED, "not sent: PUT")))

    assert limited is not None
    assert nameless is not None
    assert refused is not None
    assert (refused.outcome, refused.reason) == (Outcome.INCONCLUSIVE, Reason.WRITE_REFUSED)
    assert (limited.outcome, limited.reason, limited.step) == (Outcome.INCONCLUSIVE, Reason.RATE_LIMITED, "answer")
    assert (nameless.outcome, nameless.reason) == (Outcome.INCONCLUSIVE, Reason.CREDENTIAL_MISSING)
    assert nameless.seen == "ACME_TOKEN is not set"
    assert unmeasured(ANSWERS, heard(ANSWERS, answer=said({}, 503))) is None
    assert unmeasured(ANSWERS, heard(ANSWERS, answer=silent())) is None


def test_the_limiters_own_check_means_to_be_refused() -> None:
    limited = check("limited", {"limit": 1})

    assert unmeasured(limited, heard(limited, answer=said({}, 429))) is None
    standby = check("answers", expect={"status": 200}, causes={"429": "it is on standby"})
    assert unmeasured(standby, heard(standby, answer=said({}, 429))) is None


def test_a_check_has_its_procedure() -> None:
    assert procedure_of(ANSWERS).steps(ANSWERS, setting())[0].name == "answer"
    assert procedure_of(isolation("list")).steps(isolation("list"), setting())[0].name == "page-1"


# -- what several checks ask alike


def alike(name: str, proof: str = "answers", **keys: Any) -> Check:
    expect = {"expect": {"status": 200}} if proof == "answers" else {}
    return check(proof, about={"id": f"routing[shop/{name}/{proof}]"}, **expect, **keys)


def test_two_checks_that_ask_alike_ask_once_and_each_has_its_evidence(
    server: Server, run: Callable[..., Runner]
) -> None:
    one, two = alike("one"), alike("two")
    runner = run(one, two)

    evidence = [runner.evidence(check, runner.answers(check))[0] for check in (one, two)]

    assert server.asked == ["GET /things"]
    assert [shown["facts"].get("asked_for") for shown in evidence] == [None, one.id]
    assert [shown["measured"] for shown in evidence] == [True, False]
    assert evidence[0]["facts"]["trace_id"] == evidence[1]["facts"]["trace_id"]


def test_two_tenants_never_share(server: Server, run: Callable[..., Runner]) -> None:
    acme, zeta = alike("one"), replace(alike("two"), tenant="zeta")
    runner = run(acme, zeta)
    for one in (acme, zeta):
        runner.answers(one)

    assert server.tokens == [f"Bearer {TOKENS['ACME_TOKEN']}", f"Bearer {TOKENS['ZETA_TOKEN']}"]


def test_what_is_too_slow_is_measured_anew_and_not_out_of_another_checks_answer(
    server: Server, run: Callable[..., Runner]
) -> None:
    slow = check("answers", expect={"status": 200, "within": 0.000001}, about={"id": "slow"})
    runner = run(alike("one"), slow)
    runner.answers(alike("one"))

    with pytest.raises(CheckFailed, match="slow"):
        runner.must_hold(slow, runner.answers(slow))

    assert server.asked == ["GET /things"] * 2


def test_what_somebody_wrote_between_two_questions_is_no_difference(server: Server, run: Callable[..., Runner]) -> None:
    lists = iter([["a"], ["a", "b"], ["a", "b"], ["a", "b"]])
    server.rule = lambda *asked: (200, {"items": next(lists)})
    same = check("direct", {"request": {"path": "/own"}, "at": "$.items[*]"})
    runner = run(same, services={"shop": {"direct": server.url}})

    runner.must_hold(same, runner.answers(same))

    assert server.asked == ["GET /things", "GET /own"] * 2


def test_what_somebody_wrote_before_both_values_were_asked_is_no_lost_query(
    server: Server, run: Callable[..., Runner]
) -> None:
    lists = iter([["a"], ["b"], ["a", "b", "c"], ["a", "c"], ["b"], ["a", "b", "c"]])
    server.rule = lambda *asked: (200, {"items": next(lists)})
    word = {"request": {"path": "/things"}, "key": "status", "values": ["new", "won"], "items": "$.items[*]"}
    both = check("repeated", word)
    runner = run(both)

    runner.must_hold(both, runner.answers(both))

    assert server.asked == ["GET /things?status=new", "GET /things?status=won", "GET /things?status=new&status=won"] * 2


def test_what_differs_twice_differs(server: Server, run: Callable[..., Runner]) -> None:
    server.rule = lambda server, method, path, body: (200, {"items": [path]})
    same = check("direct", {"request": {"path": "/own"}, "at": "$.items[*]"})
    runner = run(same, services={"shop": {"direct": server.url}})

    with pytest.raises(CheckFailed, match="differs_from_direct"):
        runner.must_hold(same, runner.answers(same))


def test_a_write_ends_all_sharing(server: Server, run: Callable[..., Runner]) -> None:
    server.rule = lambda server, *asked: keep(server, *asked) if server.asked[-1] != "GET /things" else (200, {})
    one, two = alike("one"), alike("two")
    runner = run(one, two, STORED)
    for each in (one, STORED, two):
        runner.answers(each)

    assert server.asked.count("GET /things") == 2


def test_after_its_own_write_a_check_reads_for_itself(server: Server, run: Callable[..., Runner]) -> None:
    reads = isolation("create-into")
    assert [step.name for step in procedure_of(reads).steps(reads, setting()) if step.shared] == [
        "find-victim",
        "find-own",
    ]
    for stored in (step for proof in ("update-by-id", "delete-by-id") for step in by_name(isolation(proof))):
        assert not (stored.shared and stored.name not in ("find-victim", "find-own"))


def by_name(check: Check) -> tuple[Step, ...]:
    return procedure_of(check).steps(check, setting())


@pytest.mark.parametrize("proof", ["search", "no-credential", "odd-header", "override"])
def test_what_somebody_else_asks_next_is_asked_right_before(proof: str) -> None:
    """A cache that forgets the tenant shows only while the first answer is in it."""
    asked = by_name(isolation(proof))
    for at, step in enumerate(asked):
        again = [one for one in asked[at + 1 :] if one.request == step.request and one.identity != step.identity]
        alike = [one for one in again if dict(one.fill)["sentinel"] == dict(step.fill)["sentinel"]]
        assert not (alike and step.shared), step.name


def test_what_must_come_true_in_time_is_asked_anew_each_time(server: Server, run: Callable[..., Runner]) -> None:
    in_time = replace(alike("two", eventually={"timeout": 5, "backoff": 0.01}), id="in-time")
    runner = run(alike("one"), in_time)
    for one in (alike("one"), in_time):
        runner.answers(one)

    assert server.asked == ["GET /things"] * 2


def test_who_looks_asks_anew(server: Server, run: Callable[..., Runner]) -> None:
    runner = run(alike("one"), alike("two"))
    runner.answers(alike("one"))
    runner.look(alike("two"), 5.0)

    assert server.asked == ["GET /things"] * 2
