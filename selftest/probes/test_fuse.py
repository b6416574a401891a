"""What leaves the process where nothing may be written, as a server on the wire saw it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

import pytest

from selftest.speaker import Speaker, reply, speaking, wired
from selftest.test_levels import ENGINE, imports
from stagecheck.exchange import Exchange
from stagecheck.model import Graphql, Identity, Request, Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES
from stagecheck.probes.http import ask
from stagecheck.probes.wire import Wire

LOGIN = {"path": "/auth/login", "user": "ACME_USER", "password": "ACME_PASSWORD"}
TENANT = {"id": "acme", "host": "www.acme.test", "sentinel": "sentinel-acme-6f0d2c81b7e94a53", "login": LOGIN}
JSON = (("Content-Type", "application/json"),)
URL = "http://gateway.test:8001"


@pytest.fixture(scope="module")
def gateway() -> Iterator[Speaker]:
    with speaking(lambda asked, _: reply(200, b'{"access_token": "t"}', content_type="application/json")) as speaker:
        yield speaker


@pytest.fixture
def wire(gateway: Speaker) -> Iterator[Wire]:
    gateway.asked.clear()
    with wired(gateway, {"ACME_USER": "u", "ACME_PASSWORD": "p"}, writes="never", tenants=[TENANT]) as wire:
        yield wire


def send(wire: Wire, method: str, path: str, body: bytes | None = None, headers: Any = JSON) -> Exchange:
    """By the http probe, with any bytes as the body."""
    headers = headers if body is not None else [pair for pair in headers if pair not in JSON]
    step = Step("s", Request.model_construct(method=method, path=path, headers={}), extra_headers=tuple(headers))
    return ask(step, wire, content=body)


def refused(exchange: Exchange) -> bool:
    """Whether the fuse stopped it, with one line and after one try."""
    trouble = exchange.trouble
    stopped = trouble is not None and trouble.reason is Reason.WRITE_REFUSED
    assert not stopped or (trouble.detail.startswith("not sent: ") and "\n" not in trouble.detail)
    assert not stopped or len(exchange.attempts) == 1
    return stopped


def body(document: str, **more: Any) -> bytes:
    return json.dumps({"query": document, **more}).encode()


# ---- methods


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_reads_leaves(wire: Wire, gateway: Speaker, method: str) -> None:
    exchange = send(wire, method, "/things?search=shoes&tag={new}")

    assert (exchange.status, exchange.trouble) == (200, None)
    assert [asked.method for asked in gateway.asked] == [method]


@pytest.mark.parametrize("content", [None, b"", b'{"name": "x"}'], ids=["none", "empty", "json"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PURGE", "MKCOL", "post"])
def test_what_writes_does_not(wire: Wire, gateway: Speaker, method: str, content: bytes | None) -> None:
    exchange = send(wire, method, "/things", content)

    assert refused(exchange)
    assert gateway.asked == []


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "x-http-method", "X-Method-Override"])
def test_another_method_in_a_header_does_not(wire: Wire, gateway: Speaker, method: str, name: str) -> None:
    content = body("{ things { id } }") if method == "POST" else None
    exchange = send(wire, method, "/things", content, (*JSON, (name, "DELETE")))

    assert refused(exchange)
    assert gateway.asked == []


# ---- GraphQL

QUERIES = {
    "query": body("query Q { things { id } }"),
    "shorthand": body("{ things { id } }", variables={"query": "mutation { x }"}),
    "an alias called mutation": body("{ mutation: things { id } }"),
    "a comment about a mutation": body("# mutation { drop }\n{ things { id } }"),
    "a string about a mutation": body('{ things(search: "mutation { x }") { id } }'),
    "one of two": body("query A { a } query B { b }", operationName="B"),
    "batch": b"[" + body("{ a }") + b"," + body("query B { b }") + b"]",
    "fragment": body("{ ...F } fragment F on Query { a }", operationName=None),
}
WRITES = {
    "mutation": body("mutation { drop }"),
    "named": body("mutation Drop($id: ID!) { drop(id: $id) }", variables={"id": "1"}),
    "second operation": body("query A { a } mutation B { drop }"),
    "second operation, the first asked for": body("query A { a } mutation B { drop }", operationName="A"),
    "batch": b"[" + body("{ a }") + b"," + body("mutation { drop }") + b"]",
    "behind a comment": body("# { a }\n#\r mutation { drop }"),
    "behind a mark and commas": body("\ufeff,,, mutation,{ drop }"),
    "under an alias": body("mutation { query: drop things: drop }"),
    "behind a fragment": body("fragment F on Mutation { drop } mutation { ...F }"),
    "subscription": body("subscription { things { id } }"),
    "with a directive": body("mutation @live { drop }"),
    "escaped": b'{"query": "\\u006dutation { drop }"}',
    "no operation": body("fragment F on Query { a }"),
    "an operation that is not there": body("query A { a }", operationName="B"),
    "no GraphQL": body("SELECT 1"),
    "empty": body(""),
    "too deep": body("{a" * 30_000),
    "a type": body("type A { b: Int }"),
    "key twice": b'{"query": "mutation { drop }", "query": "{ a }"}',
    "key in another case": b'{"query": "{ a }", "Query": "mutation { drop }"}',
    "another key": b'{"query": "{ a }", "mutation": "mutation { drop }"}',
    "persisted": b'{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "ab"}}}',
    "persisted, with a query": body("{ a }", extensions={"persistedQuery": {"sha256Hash": "ab"}}),
    "empty batch": b"[]",
    "batch in a batch": b"[[" + body("{ a }") + b"]]",
    "a list as the query": b'{"query": ["mutation { drop }"]}',
    "UTF-16": '{"query": "{ a }"}'.encode("utf-16"),
    "no JSON": b"query=mutation",
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", QUERIES.values(), ids=QUERIES)
def test_queries_leave(wire: Wire, gateway: Speaker, content: bytes) -> None:
    exchange = send(wire, "POST", "/graphql", content)

    assert (exchange.status, exchange.trouble) == (200, None)
    assert [asked.body for asked in gateway.asked] == [content]


@pytest.mark.parametrize("content", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("path", ["/graphql", "/graphql?operationName=A"])
def test_nothing_else_does(wire: Wire, gateway: Speaker, path: str, content: bytes) -> None:
    exchange = send(wire, "POST", path, content)

    assert refused(exchange)
    assert gateway.asked == []


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Content-Type", "application/graphql")],
        [("Content-Type", "application/x-www-form-urlencoded")],
        [("Content-Type", "multipart/form-data; boundary=x")],
        [("Content-Type", "application/json; charset=utf-7")],
        [*JSON, ("Content-Type", "application/graphql")],
        [*JSON, ("Content-Encoding", "gzip")],
    ],
)
def test_a_query_that_may_be_read_as_something_else_does_not(wire: Wire, gateway: Speaker, headers: Any) -> None:
    step = Step("s", Request(method="POST", path="/graphql"))
    client = wire.client(("http", "gateway.test", 8001), step.identity, False)
    answer = client.send("POST", f"{URL}/graphql", headers, body("{ a }"), 1e12)

    assert answer.trouble is not None
    assert answer.trouble.reason is Reason.WRITE_REFUSED
    assert gateway.asked == []


@pytest.mark.parametrize(
    "query",
    [
        "query=mutation{drop}",
        "query=%6dutation%20%7Bdrop%7D",
        "query=query+A{a}+mutation+B{drop}&operationName=A",
        "query=%23%0Amutation{drop}",
        "q=1&query={a}&query=mutation{drop}",
        "query=subscription{a}",
        "document=mutation{drop}",
        "query=mutation{drop(x:$%C2%A7)}",
        'extensions={"persistedQuery":{"sha256Hash":"ab"}}',
        "_method=DELETE",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_write_in_the_query_string_does_not(wire: Wire, gateway: Speaker, method: str, query: str) -> None:
    exchange = send(wire, method, f"/graphql?{query}", body("{ a }") if method == "POST" else None)

    assert refused(exchange)
    assert gateway.asked == []


@pytest.mark.parametrize("query", ["query={a}", "query=query+A{a}", "q=a+mutation+in+a+gene", "q=%7B", "extensions={}"])
def test_a_query_in_the_query_string_leaves(wire: Wire, gateway: Speaker, query: str) -> None:
    exchange = send(wire, "GET", f"/graphql?{query}")

    assert (exchange.status, exchange.trouble) == (200, None)


@pytest.mark.parametrize("content", [body("mutation { drop }"), b"mutation { drop }", b'[{"q": "subscription{a}"}]'])
def test_a_write_in_the_body_of_a_get_does_not(wire: Wire, gateway: Speaker, content: bytes) -> None:
    assert refused(send(wire, "GET", "/graphql", content))
    assert not refused(send(wire, "GET", "/graphql", body("{ a }")))
    assert len(gateway.asked) == 1


def test_a_graphql_step_of_a_target_is_judged_by_its_document(wire: Wire, gateway: Speaker) -> None:
    reads = PROBES["http"](Step("s", Request(path="/graphql", graphql=Graphql(document="{ a }"))), wire)
    writes = PROBES["http"](Step("s", Request(path="/graphql", graphql=Graphql(document="mutation { a }"))), wire)

    assert (reads.status, refused(writes)) == (200, True)
    assert len(gateway.asked) == 1


# ---- the token address


def test_the_login_leaves(wire: Wire, gateway: Speaker) -> None:
    exchange = PROBES["http"](Step("s", Request(path="/whoami"), identity=Identity("acme")), wire)

    assert exchange.status == 200
    assert [(asked.method, asked.target) for asked in gateway.asked] == [("POST", "/auth/login"), ("GET", "/whoami")]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/auth/login/", JSON),
        ("POST", "/auth/login?next=/x", JSON),
        ("POST", "/auth/loginx", JSON),
        ("POST", "/auth/Login", JSON),
        ("POST", "/auth/../auth/logout", JSON),
        ("PUT", "/auth/login", JSON),
        ("POST", "/auth/login", (*JSON, ("X-HTTP-Method-Override", "DELETE"))),
        ("POST", "/auth/login", (*JSON, ("Host", "elsewhere.test"))),
    ],
)
def test_what_only_looks_like_the_login_does_not(
    wire: Wire, gateway: Speaker, method: str, path: str, headers: Any
) -> None:
    exchange = send(wire, method, path, b"{}", headers)

    assert refused(exchange)
    assert gateway.asked == []


def test_the_path_of_the_login_at_another_host_does_not(wire: Wire, gateway: Speaker) -> None:
    answer = wire.client(("http", "www.acme.test", 80), Identity(), False).send(
        "POST", "http://www.acme.test/auth/login", JSON, b"{}", 1e12
    )

    assert answer.trouble is not None
    assert answer.trouble.reason is Reason.WRITE_REFUSED


# ---- where


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"writes": "never"}, "the environment 'nowhere' allows no writes"),
        ({"writes": "never", "production": True}, "the environment 'nowhere' is production"),
    ],
)
def test_the_line_says_what_and_why(gateway: Speaker, more: dict[str, Any], told: str) -> None:
    with wired(gateway, **more) as wire:
        exchange = send(wire, "DELETE", "/things/1?token=secret")

    assert exchange.trouble is not None
    assert exchange.trouble.detail == f"not sent: DELETE {URL}/things/1: DELETE writes, and {told}"


def test_writes_leave_for_the_hosts_of_the_environment_and_for_no_other(gateway: Speaker) -> None:
    gateway.asked.clear()
    services = {"shop": {"direct": "http://gateway.test:8001", "host": "shop.test"}}
    with wired(gateway, connect={"stranger.test:80": gateway.address}, services=services) as wire:
        own = send(wire, "POST", "/things", b"{}")
        named = send(wire, "POST", "/things", b"{}", (*JSON, ("Host", "shop.test")))
        host = send(wire, "POST", "/things", b"{}", (*JSON, ("Host", "stranger.test")))
        there = PROBES["http"](Step("s", Request(method="POST", path="/"), base="http://stranger.test"), wire)
        read = PROBES["http"](Step("s", Request(path="/"), base="http://stranger.test"), wire)

    assert [own.status, named.status, refused(host), refused(there), read.status] == [200, 200, True, True, 200]
    assert there.trouble is not None
    assert there.trouble.detail.endswith("stranger.test is not a host of the environment 'nowhere'")
    assert len(gateway.asked) == 3


def test_a_host_in_the_request_line_counts_as_one(gateway: Speaker) -> None:
    writes, reads = Request(method="POST", path="/things", body={}), Request(path="/things")
    gateway.asked.clear()

    with wired(gateway) as wire:
        write, read = (ask(Step("s", one, line_host="stranger.test"), wire) for one in (writes, reads))

    assert (refused(write), read.status) == (True, 200)
    assert [asked.method for asked in gateway.asked] == ["GET"]


# ---- held where every probe must pass


def test_all_that_is_sent_passes_the_fuse() -> None:
    """Transport and browser send in one place, behind the fuse; what else opens a connection sends nothing over it."""
    sends = [name for name, path in ENGINE.items() if "handle_request(" in path.read_text()]
    opens = {
        name for name, path in ENGINE.items() if {"socket", "http", "asyncio", "urllib.request"} & set(imports(path))
    }
    tree = ast.parse(ENGINE["stagecheck.probes.transport"].read_text())
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    passes = [one for one in calls if one.endswith(("must_pass", "handle_request"))]

    assert sends == ["stagecheck.probes.transport"]
    assert sorted(passes) == ["connection.handle_request", "fuse.must_pass"]
    # resp sends the Redis commands of a target, which its model holds to those that read
    # watch looks whether an address has a route, by a datagram socket over which nothing goes
    assert opens <= {
        f"stagecheck.{name}"
        for name in ("probes.browser", "probes.dial", "probes.names", "probes.resp", "probes.tls", "watch")
    }
    browser = ENGINE["stagecheck.probes.browser"].read_text()
    assert [browser.count(call) for call in ("fuse.must_pass(", "if held := self._held(", ".continue_(")] == [1, 1, 1]
