"""The watch against servers that start late, flap, or are of two releases: at every address, over new connections."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from replica.catalog import faults
from selftest import detection
from selftest.naming import name_server
from selftest.speaker import closed_port
from selftest.test_ready import GATEWAY, HEADER, SHOP
from stagecheck import plan as plans
from stagecheck import targets
from stagecheck.model import Environment
from stagecheck.outcome import Outcome, Reason
from stagecheck.ready import REPORTED, STABLE, planned
from stagecheck.runner import Runner
from stagecheck.watch import Watch, Watched, first_line, routed

SENTINEL = "sentinel-acme-6f0d2c81b7e94a53"
NEW, OLD = "new1", "old1"
Say = Callable[[int, str], tuple[int, str]]  # number of the request (from 1) and path -> status and release


class Server(ThreadingHTTPServer):
    """Answers as `say` says; `clients` are the ports that asked."""

    daemon_threads = True

    def __init__(self, say: Say, address: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        super().__init__(address, Handler)
        self.say = say
        self.clients: list[tuple[str, int]] = []
        self.hanging = threading.Event()


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.clients.append((self.path, self.client_address[1]))
        status, release = self.server.say(len(self.server.clients), self.path)
        if status == 0:
            self.server.hanging.wait(20)
        body = json.dumps({"access_token": "a-token"}).encode()
        self.send_response(status or 200)
        self.send_header("X-Revision", release)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a selftest speaks by its assertions."""


@contextmanager
def serving(say: Say, address: tuple[str, int] = ("127.0.0.1", 0)) -> Iterator[Server]:
    with Server(say, address) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.hanging.set()
            server.shutdown()
            thread.join()


class Lab:
    """Two targets at one gateway, and what the watch told of them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "gateway.yaml").write_text(GATEWAY.format(revision=HEADER % ""))
        (folder / "shop.yaml").write_text(SHOP.format(revision="", required="true"))
        self._loaded = targets.load(folder)
        self.lines: list[str] = []

    def watch(self, port: int, release: str = "", host: str = "127.0.0.1", variables: Any = None, **more: Any) -> Watch:
        tenant = {"id": "acme", "host": "www.acme.test", "sentinel": SENTINEL, "token": "ACME_TOKEN"}
        keys = {
            "name": "nowhere",
            "gateway": f"http://{host}:{port}",
            "tenants": [tenant],
            "ready": {"interval": 0.02, "longest": 0.1, "asks": 2},
            "budgets": {"timeout": 2},
            "writes": "never",
            **more,
        }
        here = Environment.model_validate_json(json.dumps(keys))
        plan = planned(plans.make(self._loaded, here), self._loaded, here, release)
        known = {"ACME_TOKEN": "acme-token-1c0ffee5"} if variables is None else variables
        return Watch(here, plan, lambda one: Runner(one, plan, "r1", known), self.lines.append)

    def wait(self, seconds: float, *where: Any, **more: Any) -> dict[str, Watched]:
        """What became of each check, by service and proof."""
        with self.watch(*where, **more) as watch:
            return {f"{one.check.service} {one.check.proof}": one for one in watch.wait(seconds)}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "targets")


def reasons(told: dict[str, Watched]) -> dict[str, str]:
    """The red ones with their reason, the blocked ones with their root."""
    named = {name: one.root[0] if one.root else one.finding.reason if one.finding else "" for name, one in told.items()}
    return {name: reason for name, reason in named.items() if reason}


def test_a_platform_that_is_ready_is_looked_at_three_times_in_a_row(lab: Lab) -> None:
    with serving(lambda number, path: (200, NEW)) as server:
        told = lab.wait(0, server.server_port, NEW)

    assert (list(told), reasons(told), lab.lines) == (["gateway stable", "shop stable", "gateway reported"], {}, [])
    assert [path for path, _ in server.clients] == ["/health", "/things", "/x", "/x"] * 3
    assert [one.record()["outcome"] for one in told.values()] == ["passed"] * 3
    assert all(one.exchanges for one in told.values())


def test_each_question_goes_over_a_connection_of_its_own(lab: Lab) -> None:
    with serving(lambda number, path: (200, NEW)) as server:
        lab.wait(0, server.server_port, NEW)

    assert len({client for _, client in server.clients}) == len(server.clients) == 12


def test_a_slow_start_is_waited_for(lab: Lab) -> None:
    with serving(lambda number, path: (503 if number < 6 else 200, NEW)) as server:
        told = lab.wait(30, server.server_port, NEW)

    assert reasons(told) == {}
    assert ["gateway stable: upstream_down: status: expected 200, got 503" in lab.lines[0], len(lab.lines)] == [True, 2]
    assert lab.lines[1].endswith("gateway stable: ready")


def test_what_never_gets_ready_is_one_failure_with_what_was_seen(lab: Lab) -> None:
    with serving(lambda number, path: (503 if number < 4 else 404, NEW)) as server:
        told = lab.wait(1.5, server.server_port, NEW)

    root = "health[gateway/ready/stable]"
    assert reasons(told) == {"gateway stable": Reason.NOT_READY, "shop stable": root, "gateway reported": root}
    one = told["gateway stable"].record()
    lines = one["text"].splitlines()
    assert (one["outcome"], lines[0]) == ("failed", f"{root} FAILED: not_ready")
    assert "status: expected 200, got 404 (" in lines[2]
    assert "looks in" in lines[2]
    assert "3 looks: upstream_down: status: expected 200, got 503" in lines[3]
    assert "status: expected 200, got 404" in lines[4]
    assert "does not have this route" in one["message"]["cause"]
    assert any(line.startswith("  request    curl -sS") for line in lines)
    assert one["exchanges"][0]["status"] == 404
    blocked = told["shop stable"].record()
    assert (blocked["outcome"], blocked["root"]["id"], blocked["root"]["outcome"]) == ("blocked", root, "failed")
    assert (blocked["root"]["reason"], "\n" in blocked["message"]["seen"]) == ("not_ready", False)


def test_what_comes_and_goes_is_not_ready(lab: Lab) -> None:
    # Of five questions one is answered by 503: never three good looks of two questions in a row.
    with serving(lambda number, path: (200 if number % 5 else 503, "")) as server:
        told = lab.wait(1.5, server.server_port)

    assert set(reasons(told).values()) <= {Reason.NOT_READY, "health[gateway/ready/stable]"}
    assert reasons(told)


def test_a_long_history_is_cut(lab: Lab) -> None:
    with serving(lambda number, path: (400 + number % 7, "")) as server:
        told = lab.wait(1.5, server.server_port)

    finding = told["gateway stable"].finding
    assert finding is not None
    assert len(finding.seen.splitlines()) == 8
    assert "more changes)" in finding.seen
    assert "\n" not in first_line(finding.seen)


@pytest.mark.parametrize("other", ["nobody", "failing"])
def test_every_address_of_a_name_must_be_ready(lab: Lab, other: str) -> None:
    with name_server() as resolver, serving(lambda number, path: (200, NEW)) as server:
        where = {"host": "old.acme.test", "resolver": resolver}
        port = server.server_port
        if other == "nobody":
            told = lab.wait(2.0, port, NEW, **where)
        else:
            with serving(lambda number, path: (500, NEW), ("127.0.0.2", port)):
                told = lab.wait(2.0, port, NEW, **where)

    finding = told["gateway stable"].finding
    assert finding is not None
    assert finding.reason is Reason.NOT_READY
    assert f"127.0.0.1:{port} ready; " in finding.seen
    assert finding.seen.startswith(f"127.0.0.2:{port} ")


def test_an_old_copy_at_one_address_is_caught(lab: Lab) -> None:
    with name_server() as resolver, serving(lambda number, path: (200, NEW)) as server:
        port = server.server_port
        with serving(lambda number, path: (200, OLD), ("127.0.0.2", port)):
            told = lab.wait(1.5, port, NEW, host="old.acme.test", resolver=resolver)

    finding = told["gateway reported"].finding
    assert reasons(told) == {"gateway reported": Reason.WRONG_REVISION}
    assert finding is not None
    assert finding.seen.startswith(f"127.0.0.2:{port} all 2 answers report old1, expected new1 (")


def test_an_old_copy_behind_one_address_is_caught(lab: Lab) -> None:
    with serving(lambda number, path: (200, OLD if number % 2 else NEW)) as server:
        told = lab.wait(1.5, server.server_port, NEW)

    finding = told["gateway reported"].finding
    assert reasons(told) == {"gateway reported": Reason.WRONG_REVISION}
    assert finding is not None
    assert "of 2 answers some report new1, some report old1, expected new1" in finding.seen
    assert finding.cause == "copies of gateway run different releases: an old one still answers beside the new one"


def test_a_release_that_changes_is_told_at_the_end(lab: Lab) -> None:
    now = [NEW]
    with serving(lambda number, path: (200, now[0])) as server, lab.watch(server.server_port, NEW) as watch:
        before = watch.wait(0)
        same = watch.again(before)
        now[0] = OLD
        changed = watch.again(before)

    assert [one.record()["outcome"] for one in same] == ["passed"]
    record = changed[0].record()
    assert (record["id"], record["reason"]) == ("health[gateway/revision/unchanged]", "wrong_revision")
    assert record["message"]["cause"].startswith("the release of gateway changed while the checks ran")


def test_one_accident_at_the_end_is_no_change_of_release(lab: Lab) -> None:
    down: list[int] = [0]

    def say(number: int, path: str) -> tuple[int, str]:
        down[0] -= 1
        return (503 if down[0] == 0 else 200), NEW

    with serving(say) as server, lab.watch(server.server_port, NEW) as watch:
        before = watch.wait(0)
        down[0] = 1
        found = watch.again(before)

    assert found[0].finding is None


def test_a_release_is_not_asked_again_where_it_was_wrong_before(lab: Lab) -> None:
    with serving(lambda number, path: (200, OLD)) as server, lab.watch(server.server_port, NEW) as watch:
        before = watch.wait(0)
        asked = len(server.clients)
        found = watch.again(before)

    assert len(server.clients) == asked
    assert found[0].record()["outcome"] == "blocked"
    assert found[0].record()["root"]["id"] == "health[gateway/revision/reported]"


def test_a_login_that_fails_at_first_is_tried_again(lab: Lab) -> None:
    logins: list[str] = []

    def say(number: int, path: str) -> tuple[int, str]:
        logins.extend([path] if path == "/login" else [])
        return (500 if path == "/login" and len(logins) < 3 else 200), ""

    login = {"path": "/login", "user": "ACME_USER", "password": "ACME_PASSWORD"}
    tenant = {"id": "acme", "host": "www.acme.test", "sentinel": SENTINEL, "login": login}
    known = {"ACME_USER": "ann@acme.example", "ACME_PASSWORD": "acme-password-77"}
    with serving(say) as server:
        told = lab.wait(20, server.server_port, variables=known, tenants=[tenant])

    assert reasons(told) == {}
    assert len(logins) == 3  # two that failed, and one that serves all looks after them
    assert "acme-password-77" not in "".join(lab.lines)


def test_a_missing_credential_proves_nothing(lab: Lab) -> None:
    with serving(lambda number, path: (200, "")) as server:
        told = lab.wait(0, server.server_port, variables={})

    finding = told["shop stable"].finding
    assert finding is not None
    assert (finding.outcome, finding.reason) == (Outcome.INCONCLUSIVE, Reason.CREDENTIAL_MISSING)


@pytest.mark.parametrize("kind", ["hangs", "closed", "unnamed"])
def test_the_wait_ends_whatever_answers(lab: Lab, kind: str) -> None:
    with name_server() as resolver, serving(lambda number, path: (0, "")) as server:
        host, port = {"unnamed": "missing.acme.test"}.get(kind, "127.0.0.1"), server.server_port
        port = closed_port() if kind == "closed" else port
        told = lab.wait(0.1, port, host=host, resolver=resolver)

    finding = told["gateway stable"].finding
    assert finding is not None
    assert finding.reason is Reason.NOT_READY
    assert {"hangs": "no answer within 2 s", "closed": "refused", "unnamed": "NXDOMAIN"}[kind] in finding.seen


def test_an_address_without_a_route_is_left_out() -> None:
    loopback, nowhere = ("127.0.0.1", 80), ("fe80::1", 80)  # a link-local address leads nowhere without its link

    assert routed([loopback, nowhere]) == [loopback]
    assert routed([nowhere]) == [nowhere]


# ---- on the embedded platform


@pytest.fixture(scope="module")
def replica() -> Iterator[detection.Platform]:
    with detection.running() as platform:
        yield platform


def watched(replica: detection.Platform, seconds: float, *faults: str) -> dict[str, str]:
    """The red checks with their reasons, after a wait for the release of the replica."""
    replica.switch(faults)
    here, known = replica.environment, replica.started.variables
    plan = planned(replica.plan, replica.loaded, here, "local")
    schemas = targets.schemas(replica.loaded)
    with Watch(here, plan, lambda one: Runner(one, plan, "r1", known, schemas), lambda line: None) as watch:
        found = watch.wait(seconds)
    replica.switch([])
    asked = {check.id for check in plan.checks if check.proof in (STABLE, REPORTED)}
    assert {one.check.id for one in found} == asked
    assert len(asked) >= 20
    return {one.check.id: str(one.finding.reason) for one in found if one.finding}


def test_the_healthy_platform_is_ready_at_once(replica: detection.Platform) -> None:
    assert watched(replica, 0) == {}


RELEASES = tuple(fault for fault in faults().values() if "/revision/" in fault.expect.get("check", ""))


@pytest.mark.parametrize("fault", RELEASES, ids=lambda fault: fault.name)
def test_a_fault_of_the_release_turns_its_own_check_red(fault, replica: detection.Platform) -> None:
    assert watched(replica, 0, fault.name) == {fault.expect["check"]: fault.expect["reason"]}


def test_a_slow_start_of_the_platform_is_waited_for(replica: detection.Platform) -> None:
    assert watched(replica, 0, "saleor-slow-start") == {"health[saleor/ready/stable]": "not_ready"}
    assert watched(replica, 60, "saleor-slow-start") == {}
