"""What is published of an exchange: enough to ask again, and no secret."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from selftest.speaker import environment
from stagecheck import evidence
from stagecheck.credentials import Credentials
from stagecheck.exchange import Attempt, Exchange, Hop, Trouble
from stagecheck.model import Graphql, Grpc, Identity, Redis, Request, Sql, Step
from stagecheck.outcome import Reason

TOKEN = "token-of-acme-12345"
EDGE = {
    "edge": {
        "basic": {"user": "EDGE_USER", "password": "EDGE_PASSWORD"},
        "header": {"name": "X-Edge-Key", "value": "EDGE_KEY"},
    }
}


def credentials(**more: Any) -> Credentials:
    values = {"ACME_TOKEN": TOKEN, "EDGE_USER": "edge-user", "EDGE_PASSWORD": "edge-password", "EDGE_KEY": "edge-key-1"}
    return Credentials(environment(**more), values)


def exchange(request: Request | None = None, **more: Any) -> Exchange:
    answer = {key: more.pop(key) for key in list(more) if key in Exchange.__dataclass_fields__}
    return Exchange(Step("s", request or Request(path="/a"), **more), **{"url": "http://gateway.test:8001/a", **answer})


def words(line: str) -> list[str]:
    """The words that a shell makes of the line, with the variables set."""
    script = f"set -- {line}\nfor word; do printf '%s\\0' \"$word\"; done"
    values = {"ACME_TOKEN": TOKEN, "EDGE_USER": "edge-user", "EDGE_PASSWORD": "edge-password", "EDGE_KEY": "edge-key-1"}
    done = subprocess.run(["sh", "-c", script], env=values, capture_output=True, text=True, check=True)
    return done.stdout.split("\0")[:-1]


def test_the_line_for_a_plain_get_is_short() -> None:
    line = evidence.curl(exchange(identity=Identity("acme")), credentials())

    assert line == """curl -sS --compressed -H "Authorization: Bearer $ACME_TOKEN" 'http://gateway.test:8001/a'"""


def test_the_line_carries_everything_that_was_sent() -> None:
    request = Request(method="POST", path="/a", query={"s": ["x", "y"]}, headers={"X-Yaml": "1"}, body={"n": "it's"})

    line = evidence.curl(exchange(request, follow=True, extra_headers=(("X-T", "a"), ("X-T", "b"))), credentials())

    assert words(line) == [
        "curl", "-sS", "-X", "POST", "-L", "--max-redirs", "10", "--compressed", "-H", "Content-Type: application/json",
        "-H", "X-Yaml: 1", "-H", "X-T: a", "-H", "X-T: b", "--data-raw", '{"n": "it\'s"}',
        "http://gateway.test:8001/a?s=x&s=y",
    ]  # fmt: skip


def test_a_curl_line_names_the_host_of_the_request_line() -> None:
    line = evidence.curl(exchange(line_host="www.zeta.test"), credentials())

    assert " --request-target http://www.zeta.test/a " in line
    assert line.endswith("http://gateway.test:8001/a'")


def test_the_line_of_a_graphql_operation_and_of_head() -> None:
    graphql = evidence.curl(exchange(Request(path="/g", graphql=Graphql(document="{ a }"))), credentials())
    head = evidence.curl(exchange(Request(method="HEAD")), credentials())

    assert words(graphql)[-2:] == ['{"query": "{ a }", "variables": {}}', "http://gateway.test:8001/g"]
    assert words(head)[2] == "-I"


def test_the_line_goes_the_way_that_the_environment_goes() -> None:
    way = {
        "connect": {"gateway.test:8001": "203.0.113.7:80", "www.acme.test:443": ":8443"},
        "ca_file": "/etc/our ca.pem",
        "proxy": "http://proxy.test:3128",
    }
    page = exchange(base="https://www.acme.test", url="https://www.acme.test/a")

    plain, secure = evidence.curl(exchange(), credentials(**way)), evidence.curl(page, credentials(**way))

    assert words(plain)[3:-1] == ["--connect-to", "gateway.test:8001:203.0.113.7:80", "--proxy", way["proxy"]]
    assert words(secure)[3:-1] == [
        "--connect-to", "www.acme.test:443::8443", "--cacert", way["ca_file"], "--proxy", way["proxy"],
    ]  # fmt: skip


def test_addresses_that_end_with_the_run_are_not_in_the_line() -> None:
    started = {"start": ["platform"], "connect": {"gateway.test:8001": "127.0.0.1:4711"}, "ca_file": "/gone/ca.pem"}

    assert "4711" not in evidence.curl(exchange(), credentials(**started))


def test_the_line_names_the_credentials_of_the_edge() -> None:
    line = evidence.curl(exchange(), credentials(**EDGE))

    assert '-u "$EDGE_USER:$EDGE_PASSWORD" -H "X-Edge-Key: $EDGE_KEY"' in line
    assert "edge-user:edge-password" in words(line)


def test_a_text_that_looks_like_a_variable_stays_text_and_a_secret_in_it_becomes_one() -> None:
    extra = (("X-A", '$HOME `id` $(id) "!'), ("X-B", f'{{token:acme}} and {TOKEN}5 "$HOME"'))

    line = evidence.curl(exchange(extra_headers=extra), credentials())

    assert TOKEN not in line
    assert "\n" not in line
    assert words(line)[-4:-1:2] == ['X-A: $HOME `id` $(id) "!', f'X-B: {TOKEN} and {TOKEN}5 "$HOME"']


def test_a_forged_token_has_a_name() -> None:
    line = evidence.curl(exchange(identity=Identity("acme", "alg-none")), credentials())

    assert '-H "Authorization: Bearer $FORGED_ACME_ALG_NONE"' in line


ACME = {"id": "acme", "host": "www.acme.test", "sentinel": "sentinel-acme-6f0d2c81b7e94a53"}
LOGIN = {"path": "/login", "user": "ACME_USER", "password": "ACME_PASSWORD", "token": "$.data.token"}
# What answers as the login would, when it is asked in the right way; the machine's own Python has no library.
CURL = """\
curl() { for word; do printf '%s\\n' "$word" >&2; done; echo '{"data": {"token": "fetched"}}'; }
python3() { "$PYTHON" -I -S "$@"; }
"""


@pytest.mark.parametrize("path", ["$.data.token", "$['data']['token']", "$..token"])
def test_the_token_of_a_login_is_fetched_by_a_line_of_its_own(path: str) -> None:
    way = {
        "connect": {"gateway.test:8001": "203.0.113.7:80"},
        "tenants": [{**ACME, "login": {**LOGIN, "token": path}}],
        **EDGE,
    }
    known = credentials(**way)
    request = evidence.curl(exchange(identity=Identity("acme")), known)

    (line,) = evidence.logins(request, known)
    values = {"ACME_USER": "a@acme.test", "ACME_PASSWORD": "p w$1", "EDGE_KEY": "k", "PYTHON": sys.executable}
    script = f'{CURL}{line}\necho "$ACME_TOKEN"'
    done = subprocess.run(["sh", "-c", script], env=values, capture_output=True, text=True, check=True)

    assert (line.startswith("ACME_TOKEN=$(curl -fsS "), done.stdout) == (True, "fetched\n")
    asked = done.stderr.splitlines()
    assert asked[:3] == ["-fsS", "--connect-to", "gateway.test:8001:203.0.113.7:80"]
    assert asked[-2:] == ['{"email": "a@acme.test", "password": "p w$1"}', "http://gateway.test:8001/login"]
    assert "X-Edge-Key: k" in asked


def test_no_login_stands_before_a_line_that_needs_none() -> None:
    assert evidence.logins(evidence.curl(exchange(identity=Identity("acme")), credentials()), credentials()) == []
    there = credentials(tenants=[{**ACME, "login": LOGIN}])
    assert evidence.logins(evidence.curl(exchange(), there), there) == []


@pytest.mark.parametrize(
    ("probe", "url", "line"),
    [
        ("dns", "dns://www.acme.test", "dig www.acme.test A www.acme.test AAAA"),
        ("tcp", "tcp://www.acme.test:443", "nc -vz www.acme.test 443"),
        (
            "tls",
            "tls://www.acme.test:443",
            "openssl s_client -showcerts -servername www.acme.test -connect www.acme.test:443 </dev/null",
        ),
    ],
)
def test_other_probes_name_the_tool_that_asks_the_same(probe: str, url: str, line: str) -> None:
    assert evidence.curl(exchange(probe=probe, url=url), credentials()) == line


@pytest.mark.parametrize(
    ("redis", "line"),
    [
        ({"command": ["SCAN", "0", "MATCH", "a *"]}, """redis-cli -u "$CACHE_URL" SCAN 0 MATCH 'a *'"""),
        ({"command": ["PING"], "anonymous": True}, "redis-cli -u redis://cache.test:6379 PING"),
    ],
)
def test_a_command_of_redis_names_the_variable_with_its_url(redis: dict[str, Any], line: str) -> None:
    asked = Step("s", Request(redis=Redis(**redis)), probe="redis", base="CACHE_URL")

    assert evidence.curl(Exchange(asked, "redis://cache.test:6379"), credentials()) == line


@pytest.mark.parametrize(("scheme", "plain"), [("http", "-plaintext "), ("https", "")])
def test_a_question_over_grpc(scheme: str, plain: str) -> None:
    asked = Step("s", Request(grpc=Grpc(service="a.B")), probe="grpc", base=f"{scheme}://flows.test:7233")

    line = evidence.curl(Exchange(asked, "grpc://flows.test:7233"), credentials())
    assert line == f'grpcurl {plain}-d \'{{"service": "a.B"}}\' flows.test:7233 grpc.health.v1.Health/Check'
    asked = replace(asked, request=Request(grpc=Grpc(namespace="jobs")))
    line = evidence.curl(Exchange(asked, "grpc://flows.test:7233"), credentials())
    method = "temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace"
    assert line == f'grpcurl {plain}-d \'{{"namespace": "jobs"}}\' flows.test:7233 {method}'


def test_a_query_names_the_variable_with_its_url() -> None:
    sql = Sql(query="SELECT 'x' AS y", settings={"app.tenant": "A-1"}, pooled=True)
    asked = Step("s", Request(sql=sql), probe="postgres", base="POOL_URL")

    line = evidence.curl(Exchange(asked, "postgresql://db.test:5432"), credentials())
    assert shlex.split(line) == ["psql", "$POOL_URL", "-c", "SET app.tenant = 'A-1'; SELECT 'x' AS y"]


def test_the_answer_to_another_protocol_is_one_line_too() -> None:
    asked = Step("s", Request(redis=Redis(command=["PING"])), probe="redis", base="CACHE_URL")
    told = Exchange(asked, "redis://cache.test:6379", body=b'"PONG"', seconds=0.0123)

    assert evidence.answer(told, credentials()) == '6 B in 0.012 s "PONG"'


def test_evidence_is_plain_redacted_and_cut() -> None:
    body = json.dumps({"items": [{"email": "a@b.test", "Phone": "1", "id": 7, "fax": None}], "echo": TOKEN}).encode()
    heard = exchange(
        identity=Identity("acme"),
        status=200,
        headers=(("Content-Type", "application/json"), ("Set-Cookie", "a=b"), ("X-Echo", TOKEN)),
        body=body,
        seconds=0.01234567,
        hops=(Hop("http://gateway.test:8001/", 302, f"/a?t={TOKEN}"),),
        attempts=(Attempt(None, Trouble(Reason.CONNECT, "refused"), 0.1), Attempt(200, None, 0.2)),
        facts={"trace_id": "ab"},
    )

    data = evidence.of(heard, credentials(), ["email", "phone", "fax"])

    assert json.loads(json.dumps(data)) == data
    assert TOKEN not in json.dumps(data)
    assert json.loads(data["body"]) == {
        "items": [{"email": "[personal]", "Phone": "[personal]", "id": 7, "fax": None}],
        "echo": "$ACME_TOKEN",
    }
    assert data["headers"] == [
        ["Content-Type", "application/json"],
        ["Set-Cookie", "[hidden]"],
        ["X-Echo", "$ACME_TOKEN"],
    ]
    assert data["hops"][0]["location"] == "/a?t=$ACME_TOKEN"
    assert data["attempts"][0] == {
        "status": None,
        "trouble": {"reason": "connect", "detail": "refused"},
        "seconds": 0.1,
    }
    assert (data["body_bytes"], data["body_cut"], data["seconds"]) == (len(body), False, 0.0123)


@pytest.mark.parametrize("before", range(4096 - len(TOKEN) - 1, 4097, 4))
def test_a_secret_at_the_cut_is_not_half_shown(before: int) -> None:
    heard = exchange(status=200, body=b"x" * before + TOKEN.encode() + b"y" * 5000)

    data = evidence.of(heard, credentials())

    assert TOKEN[:5] not in data["body"]
    assert len(data["body"].encode()) <= 4096
    assert data["body_cut"]


@pytest.mark.parametrize(
    "body",
    ['{"email": "a@b.test", "id": 7', '{"id": 7, "email" : "a@b.te', '<script>{"Email":"a@b.test"}</script>'],
)
def test_personal_fields_of_broken_json_are_masked(body: str) -> None:
    data = evidence.of(exchange(status=200, body=body.encode()), credentials(), ["email"])

    assert "a@b" not in data["body"]
    assert "[personal]" in data["body"]


def test_personal_columns_are_masked() -> None:
    body = b'id,Email,note\r\n7,a@b.test,"one, two"\r\n8,"a@b'
    heard = exchange(status=200, body=body, headers=(("Content-Type", "text/csv; charset=utf-8"),))

    data = evidence.of(heard, credentials(), ["email"])

    assert data["body"] == 'id,Email,note\n7,[personal],"one, two"\n8,[personal]\n'


def test_binary_bodies_are_only_counted() -> None:
    assert evidence.of(exchange(status=200, body=b"\x89PNG\0\0"), credentials())["body"] == "[binary, 6 bytes]"


def test_the_answer_is_one_line() -> None:
    heard = exchange(
        status=200,
        headers=(("content-type", "application/json; charset=utf-8"),),
        body=b'{\n "a":\n 1}',
        seconds=0.0119,
    )

    assert evidence.answer(heard, credentials()) == '200 application/json 11 B in 0.012 s: { "a": 1}'


def test_no_answer_says_why() -> None:
    heard = exchange(trouble=Trouble(Reason.CONNECT, f"refused {TOKEN}"), seconds=0.5)

    assert evidence.answer(heard, credentials()) == "connect: refused $ACME_TOKEN in 0.500 s"


@pytest.mark.parametrize(
    ("more", "sent"),
    [
        ({}, '-H "authorization: $OPS_TOKEN"'),
        ({"bare": True}, '-u "$EDGE_USER:$EDGE_PASSWORD"'),
        ({"identity": Identity("acme")}, '-H "Authorization: Bearer $ACME_TOKEN"'),
    ],
)
def test_the_line_names_the_one_authorization_that_was_sent(more: dict[str, Any], sent: str) -> None:
    own = {"direct": "http://gateway.test:8001", "header": {"name": "authorization", "value": "OPS_TOKEN"}}
    asked = exchange(Request(path="/a", via="direct"), service="ops", **more)

    line = evidence.curl(asked, credentials(services={"ops": own}, edge={"basic": EDGE["edge"]["basic"]}))

    assert line == f"curl -sS --compressed {sent} 'http://gateway.test:8001/a'"
