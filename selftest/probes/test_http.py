"""The http probe against servers that misbehave in one way each."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from selftest.speaker import Asked, Speaker, closed_port, reply, reset, speaking, wired
from stagecheck.exchange import Exchange
from stagecheck.model import Graphql, GraphqlOperation, Identity, Request, Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES
from stagecheck.probes.http import retry_after
from stagecheck.probes.wire import Wire

ACME = Identity("acme")
TOKEN = {"ACME_TOKEN": "token-of-acme"}
EDGE = {
    "edge": {
        "basic": {"user": "EDGE_USER", "password": "EDGE_PASSWORD"},
        "header": {"name": "X-Edge-Key", "value": "EDGE_KEY"},
    }
}
EDGE_VARIABLES = {"EDGE_USER": "edge-user", "EDGE_PASSWORD": "edge-password", "EDGE_KEY": "edge-key-value"}


def ask(wire: Wire, path: str = "/", **more: Any) -> Exchange:
    request = more.pop("request", None) or Request(path=path)
    return PROBES["http"](Step("s", request, **more), wire)


def in_turn(*says: Any) -> Any:
    """Each request gets the next answer, the last one again and again."""
    left = list(says)

    def say(asked: Asked, connection: Any) -> bytes | None:
        said = left.pop(0) if len(left) > 1 else left[0]
        return said(asked, connection) if callable(said) else said

    return say


def broken(asked: Asked, connection: Any) -> None:
    reset(connection)


# ---- what is sent ---------------------------------------------------------------------------------------------------


def test_a_request_says_who_asks_and_for_which_check() -> None:
    with speaking(lambda asked, _: reply(200, b"{}", content_type="application/json")) as gateway, \
            wired(gateway, TOKEN) as wire:  # fmt: skip
        exchange = ask(wire, "/a", identity=ACME, check="routing[a/b]")

    asked = gateway.asked[0]
    assert (exchange.status, exchange.http_version, exchange.json) == (200, "HTTP/1.1", {})
    assert exchange.url == "http://gateway.test:8001/a"
    assert asked.header("host") == "gateway.test:8001"
    assert asked.header("authorization") == "Bearer token-of-acme"
    assert asked.header("user-agent") == "stagecheck/0.1.0 (post-deploy checks; run r1)"
    assert asked.header("x-stagecheck-check") == "routing[a/b]"
    assert asked.header("accept-encoding") == "gzip"
    assert (
        asked.header(
            "traceparent",
        )
        is not None
    )
    assert exchange.facts["trace_id"] in str(asked.header("traceparent"))
    assert set(exchange.facts) == {"connect_s", "first_byte_s", "trace_id"}


def jwt(begins: float, ends: float | str) -> str:
    claims = {"nbf": time.time() + begins, "exp": ends if isinstance(ends, str) else time.time() + ends}
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()}.c2ln"


@pytest.mark.parametrize(
    ("begins", "ends", "status", "more", "told"),
    [
        (600, 900, 401, {}, {"token_begins_s": 600}),
        (600, "never", 401, {}, {"token_begins_s": 600}),
        (-900, -600, 401, {}, {"token_ends_s": -600}),
        (4, 900, 401, {}, {}),
        (600, 900, 403, {}, {}),
        (600, 900, 401, {"identity": Identity("")}, {}),
        (600, 900, 401, {"raw_authorization": "Bearer other"}, {}),
    ],
)
def test_of_a_refused_token_it_is_told_when_it_is_good(
    begins: float, ends: float | str, status: int, more: dict[str, Any], told: dict[str, int]
) -> None:
    variables = {"ACME_TOKEN": jwt(begins, ends)}
    with speaking(lambda asked, _: reply(status)) as gateway, wired(gateway, variables) as wire:
        exchange = ask(wire, **{"identity": ACME, **more})

    facts = {name: value for name, value in exchange.facts.items() if name.startswith("token_")}
    assert facts == pytest.approx(told, abs=60)


def test_a_refused_token_that_had_ended_and_has_no_successor_is_a_refusal_all_the_same() -> None:
    login = {"path": "/login", "user": "ACME_USER", "password": "ACME_PASSWORD"}
    logins = []

    def say(asked: Asked, _: Any) -> bytes:
        if asked.target != "/login":
            return reply(401)
        logins.append(asked)
        return reply(200, json.dumps({"access_token": jwt(-900, -600)}).encode()) if len(logins) == 1 else reply(503)

    tenants = [{"id": "acme", "host": "www.acme.test", "sentinel": "sentinel-of-acme-5d1c9f27", "login": login}]
    variables = {"ACME_USER": "user@acme.test", "ACME_PASSWORD": "s3cret-of-acme"}
    with speaking(say) as gateway, wired(gateway, variables, tenants=tenants) as wire:
        exchange = ask(wire, identity=ACME)

    assert (exchange.status, exchange.trouble) == (401, None)
    assert len(logins) > 1


def test_queries_keep_their_order_and_repeated_keys() -> None:
    request = Request(path="/a", query={"q": "a b", "status": ["new", "won"], "page": 2})

    with speaking(lambda asked, _: reply()) as gateway, wired(gateway) as wire:
        ask(wire, request=request, extra_query=(("page", "3"), ("page", "4&x=1")))

    assert gateway.asked[0].target == "/a?q=a%20b&status=new&status=won&page=2&page=3&page=4%26x%3D1"


def test_a_host_may_stand_in_the_request_line_itself() -> None:
    with speaking(lambda asked, _: reply()) as gateway, wired(gateway) as wire:
        ask(wire, request=Request(path="/a", query={"b": "c"}), line_host="www.zeta.invalid")
        ask(wire, request=Request(path="/a"))

    assert [asked.target for asked in gateway.asked] == ["http://www.zeta.invalid/a?b=c", "/a"]
    assert gateway.asked[0].header("host") == gateway.asked[1].header("host")


def test_a_body_goes_as_json_and_a_graphql_document_as_its_query() -> None:
    graphql = Request(graphql=Graphql(document="query($n: Int) { shop }", variables={"n": 1}))

    with speaking(lambda asked, _: reply()) as gateway, wired(gateway) as wire:
        ask(wire, request=Request(method="PUT", body={"name": "é"}))
        ask(wire, request=graphql)
        ask(wire, request=Request(graphql=Graphql(document="{ a }", beside=[GraphqlOperation(document="{ b }")])))

    put, post, batch = gateway.asked
    assert (put.method, json.loads(put.body), put.header("content-type")) == ("PUT", {"name": "é"}, "application/json")
    assert (post.method, json.loads(post.body)) == ("POST", {"query": "query($n: Int) { shop }", "variables": {"n": 1}})
    assert json.loads(batch.body) == [{"query": "{ a }", "variables": {}}, {"query": "{ b }", "variables": {}}]


def test_extra_headers_replace_and_may_come_twice() -> None:
    extra = (("Accept-Encoding", "identity"), ("X-Tenant-ID", "a"), ("X-Tenant-ID", "b"), ("X-T", "{token:acme}"))

    with speaking(lambda asked, _: reply()) as gateway, wired(gateway, TOKEN) as wire:
        ask(wire, request=Request(headers={"X-Tenant-ID": "c"}), extra_headers=extra)

    headers = gateway.asked[0].headers
    assert [value for name, value in headers if name == "X-Tenant-ID"] == ["a", "b"]
    assert gateway.asked[0].header("accept-encoding") == "identity"
    assert gateway.asked[0].header("x-t") == "token-of-acme"


def test_a_raw_authorization_goes_as_it_stands() -> None:
    with speaking(lambda asked, _: reply()) as gateway, wired(gateway, TOKEN) as wire:
        ask(wire, identity=ACME, raw_authorization="Bearer")

    assert gateway.asked[0].header("authorization") == "Bearer"


def test_a_service_gets_its_own_header_where_it_is_asked_directly() -> None:
    ops = {"direct": "http://gateway.test:8001", "header": {"name": "X-Key", "value": "OPS_KEY"}}
    key = {"OPS_KEY": "key-of-ops"}
    with (
        speaking(lambda asked, connection: reply(200)) as gateway,
        wired(gateway, key, services={"ops": ops}) as wire,
    ):
        for via, service in (("direct", "ops"), ("direct", "shop"), ("gateway", "ops")):
            ask(wire, request=Request(via=via), service=service)

        ask(wire, request=Request(via="direct"), service="ops", bare=True)

    assert [asked.header("x-key") for asked in gateway.asked] == ["key-of-ops", None, None, None]


def test_the_own_authorization_of_a_service_takes_the_place_of_the_edges_and_gives_way_to_a_tenants() -> None:
    own = {"direct": "http://gateway.test:8001", "header": {"name": "authorization", "value": "OPS_TOKEN"}}
    variables = {**TOKEN, **EDGE_VARIABLES, "OPS_TOKEN": "Bearer of-ops"}
    with (
        speaking(lambda asked, connection: reply(200)) as gateway,
        wired(gateway, variables, services={"ops": own}, **EDGE) as wire,
    ):
        for more in ({}, {"bare": True}, {"identity": ACME}):
            ask(wire, request=Request(via="direct"), service="ops", **more)

    said = [[value for name, value in asked.headers if name.lower() == "authorization"] for asked in gateway.asked]
    assert said == [["Bearer of-ops"], ["Basic ZWRnZS11c2VyOmVkZ2UtcGFzc3dvcmQ="], ["Bearer token-of-acme"]]


def test_the_edge_gets_its_credentials_and_another_host_none() -> None:
    variables = {**TOKEN, **EDGE_VARIABLES}

    with speaking(lambda asked, _: reply()) as gateway, speaking(lambda asked, _: reply()) as foreign, \
            wired(gateway, variables, connect={"cdn.test:80": foreign.address}, **EDGE) as wire:  # fmt: skip
        ask(wire)
        ask(wire, identity=ACME)
        ask(wire, identity=ACME, base="http://cdn.test", extra_headers=(("X-T", "{token:acme}"),))

    anonymous, acme = gateway.asked
    assert anonymous.header("authorization") == "Basic ZWRnZS11c2VyOmVkZ2UtcGFzc3dvcmQ="
    assert acme.header("authorization") == "Bearer token-of-acme"
    assert anonymous.header("x-edge-key") == acme.header("x-edge-key") == "edge-key-value"
    assert foreign.asked[0].header("authorization") is None
    assert foreign.asked[0].header("x-edge-key") is None
    assert foreign.asked[0].header("x-t") == "{token:acme}"


def test_a_proxy_of_the_machine_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")

    with speaking(lambda asked, _: reply()) as gateway, wired(gateway) as wire:
        exchange = ask(wire)

    assert exchange.status == 200


def test_a_proxy_of_the_environment_is_asked_for_the_whole_url() -> None:
    with speaking(lambda asked, _: reply()) as proxy, \
            wired(proxy="http://" + proxy.address, only_connect=False) as wire:  # fmt: skip
        exchange = ask(wire, "/a")

    assert exchange.status == 200
    assert proxy.asked[0].target == "http://gateway.test:8001/a"


def test_cookies_do_not_outlive_an_exchange() -> None:
    with speaking(lambda asked, _: reply(200, set_cookie="session=abc; Path=/")) as gateway, wired(gateway) as wire:
        ask(wire)
        ask(wire)

    assert gateway.asked[1].header("cookie") is None


# ---- the way there --------------------------------------------------------------------------------------------------


def test_what_the_connect_table_does_not_name_is_not_asked() -> None:
    with speaking(lambda asked, _: reply()) as gateway, wired(gateway) as wire:
        exchange = ask(wire, base=f"http://127.0.0.1:{gateway.port}")

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.CONNECT
    assert exchange.trouble.detail == f"127.0.0.1:{gateway.port} is not in this environment's connect table"
    assert len(exchange.attempts) == 1
    assert gateway.asked == []


def test_a_refused_connection_is_tried_again() -> None:
    port = closed_port()

    with wired(connect={"gateway.test:8001": f"127.0.0.1:{port}"}) as wire:
        exchange = ask(wire)

    assert exchange.status is None
    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.CONNECT
    assert exchange.trouble.detail == f"127.0.0.1:{port}: Connection refused"
    assert len(exchange.attempts) == 3


def test_a_name_that_does_not_resolve_is_dns() -> None:
    with wired(only_connect=False) as wire:
        exchange = ask(wire, base="http://no-such-name.invalid")

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.DNS
    assert len(exchange.attempts) == 1


# ---- trying again ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [reply(502), reply(503), reply(504), broken], ids=["502", "503", "504", "reset"])
def test_a_safe_request_is_tried_again_and_tells(first: Any) -> None:
    with speaking(in_turn(first, reply(200, b"fine"))) as gateway, wired(gateway) as wire:
        exchange = ask(wire)

    assert exchange.text == "fine"
    assert [attempt.status for attempt in exchange.attempts][1:] == [200]
    assert len(exchange.attempts) == 2


def test_tries_end_with_the_budget_and_keep_the_last_answer() -> None:
    with speaking(in_turn(reply(503, b"down"))) as gateway, wired(gateway, budgets={"attempts": 2}) as wire:
        exchange = ask(wire)

    assert (exchange.status, exchange.text, len(exchange.attempts), len(gateway.asked)) == (503, "down", 2, 2)


@pytest.mark.parametrize(
    "more",
    [
        {"request": Request(method="POST")},
        {"request": Request(graphql=Graphql(document="mutation { a }"))},
        {"retry": False},
        {"request": Request(method="POST"), "raw_authorization": "Bearer x"},
    ],
    ids=["post", "mutation", "retry off", "post of nobody"],
)
@pytest.mark.parametrize("first", [reply(503), broken], ids=["503", "reset"])
def test_a_write_is_never_tried_again(first: Any, more: dict[str, Any]) -> None:
    with speaking(in_turn(first, reply())) as gateway, wired(gateway) as wire:
        exchange = ask(wire, **more)

    assert len(gateway.asked) == len(exchange.attempts) == 1


def test_a_query_of_graphql_is_tried_again() -> None:
    with speaking(in_turn(reply(503), reply())) as gateway, wired(gateway) as wire:
        exchange = ask(wire, request=Request(graphql=Graphql(document="{ a }")))

    assert exchange.status == 200


@pytest.mark.parametrize("first", [reply(503), broken], ids=["503", "reset"])
def test_reading_with_a_token_that_is_none_is_tried_again(first: Any) -> None:
    with speaking(in_turn(first, reply(401))) as gateway, wired(gateway) as wire:
        exchange = ask(wire, raw_authorization="Bearer x")

    assert (exchange.status, len(exchange.attempts)) == (401, 2)


def test_what_heeds_no_limiter_is_refused_once_and_tried_again_after_a_reset() -> None:
    with speaking(in_turn(broken, reply(429, retry_after="0"), reply())) as gateway, wired(gateway) as wire:
        exchange = ask(wire, paced=False)

    assert (exchange.status, len(exchange.attempts)) == (429, 2)


@pytest.mark.parametrize(("asked_for", "tries"), [("0", 2), ("6", 1), ("", 1), ("soon", 1)])
def test_a_429_is_tried_again_once_when_it_says_when(asked_for: str, tries: int) -> None:
    with speaking(in_turn(reply(429, retry_after=asked_for))) as gateway, wired(gateway) as wire:
        exchange = ask(wire)

    assert exchange.status == 429
    assert len(gateway.asked) == len(exchange.attempts) == tries


def test_retry_after_may_be_a_date() -> None:
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert retry_after("3") == 3.0
    assert retry_after(None) is None


# ---- redirects ------------------------------------------------------------------------------------------------------


def leading(to: str, status: int = 302, **headers: str) -> Any:
    return lambda asked, _: reply(200, b"there") if asked.target == "/there" else reply(status, location=to, **headers)


def test_a_redirect_is_not_followed_unless_it_is_asked_for() -> None:
    with speaking(leading("/there")) as gateway, wired(gateway) as wire:
        exchange = ask(wire)

    assert (exchange.status, exchange.hops) == (302, ())


def test_a_redirect_on_the_same_host_keeps_credentials_and_cookies() -> None:
    with speaking(leading("/there#part", set_cookie="seen=1; Path=/")) as gateway, wired(gateway, TOKEN) as wire:
        exchange = ask(wire, identity=ACME, follow=True)

    assert (exchange.status, exchange.text, exchange.url) == (200, "there", "http://gateway.test:8001/there")
    assert [(hop.url, hop.status, hop.location) for hop in exchange.hops] == [
        ("http://gateway.test:8001/", 302, "/there#part")
    ]
    assert gateway.asked[1].header("authorization") == "Bearer token-of-acme"
    assert gateway.asked[1].header("cookie") == "seen=1"


SECRETS = {"token-of-acme", "edge-key-value", "cookie-value", "custom-value", "yaml-value", "session-value"}


def leaks(server: Speaker) -> set[str]:
    sent = "\n".join(f"{name}: {value}" for asked in server.asked for name, value in asked.headers)
    return {secret for secret in (*SECRETS, "Basic", "Authorization") if secret.lower() in sent.lower()}


def test_no_credential_of_any_name_goes_to_another_host_nor_on_from_there() -> None:
    request = Request(headers={"X-Yaml": "yaml-value"})
    extra = (("Cookie", "a=cookie-value"), ("X-Api-Key", "custom-value"))
    variables = {**TOKEN, **EDGE_VARIABLES}

    with speaking(lambda asked, _: reply(307, location="http://gateway.test:8001/there")) as other, \
            speaking(leading("http://www.zeta.test/", set_cookie="s=session-value; Domain=test")) as gateway, \
            wired(gateway, variables, connect={"www.zeta.test:80": other.address}, **EDGE) as wire:  # fmt: skip
        exchange = ask(wire, request=request, identity=ACME, extra_headers=extra, follow=True)

    assert exchange.text == "there"
    assert leaks(gateway) >= {"token-of-acme", "edge-key-value", "cookie-value", "custom-value", "yaml-value"}
    assert leaks(other) == set()
    gateway.asked.pop(0)
    assert leaks(gateway) == set()
    assert len(exchange.hops) == 2


def test_another_port_of_the_host_is_another_place() -> None:
    with speaking(leading("x")) as other, speaking(leading("http://gateway.test:9/there")) as gateway, \
            wired(gateway, TOKEN, connect={"gateway.test:9": other.address}) as wire:  # fmt: skip
        ask(wire, identity=ACME, follow=True)

    assert len(other.asked) == 1
    assert leaks(other) == set()


def test_a_host_that_is_not_the_environments_own_is_not_asked() -> None:
    with speaking(lambda asked, _: reply()) as foreign, speaking(leading("http://evil.test/")) as gateway, \
            wired(gateway, connect={"evil.test:80": foreign.address}) as wire:  # fmt: skip
        exchange = ask(wire, follow=True)

    assert exchange.status == 302
    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.REDIRECT_ELSEWHERE
    assert foreign.asked == []


@pytest.mark.parametrize("to", ["javascript:alert(1)", "http://[::", "http://gateway.test:port/", "//evil.test/"])
def test_a_location_that_leads_nowhere_is_told(to: str) -> None:
    with speaking(leading(to)) as gateway, wired(gateway) as wire:
        exchange = ask(wire, follow=True)

    assert exchange.trouble is not None
    assert exchange.trouble.reason in (Reason.REDIRECT_ELSEWHERE, Reason.PROTOCOL)
    assert len(gateway.asked) == 1


def test_a_loop_is_seen() -> None:
    with speaking(in_turn(reply(301, location="/b"), reply(301, location="/"))) as gateway, wired(gateway) as wire:
        exchange = ask(wire, follow=True)

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.REDIRECT_LOOP
    assert exchange.trouble.detail == "comes back to http://gateway.test:8001/"
    assert len(exchange.hops) == 2


def test_redirects_without_an_end_are_left() -> None:
    with speaking(lambda asked, _: reply(302, location=asked.target + "x")) as gateway, wired(gateway) as wire:
        exchange = ask(wire, follow=True)

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.REDIRECT_LOOP
    assert len(gateway.asked) == 11


def test_a_wall_of_cookies_is_no_loop() -> None:
    def say(asked: Asked, _: Any) -> bytes:
        return reply(200, b"in") if asked.header("cookie") else reply(302, location="/", set_cookie="in=1")

    with speaking(say) as gateway, wired(gateway) as wire:
        exchange = ask(wire, follow=True)

    assert exchange.text == "in"


def test_a_write_is_not_sent_on() -> None:
    with speaking(leading("/there", 307)) as gateway, wired(gateway) as wire:
        exchange = ask(wire, request=Request(method="POST", body={}), follow=True)

    assert (exchange.status, len(gateway.asked)) == (307, 1)
