"""Servers that mean harm, each the upstream of one service in a whole run: it ends, stays small, and says why."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from selftest.speaker import SENTINEL, Asked, Say, Speaker, reply, speaking
from selftest.whole_run import Folder, Ran

MIB = 1024 * 1024
MOST_MEMORY = 250  # MiB
# Far more than such a run needs on a slow machine, and far less than for ever.
DEADLINE = 60.0
SECRETS = {
    "ACME_TOKEN": "acme-token-1c0ffee5",
    "EDGE_KEY": "edge-key-2c0ffee6",
    "EDGE_USER": "u",
    "EDGE_PASSWORD": "pw",
}
EXPECT = {"status": 200, "type": "application/json", "charset": "utf-8", "json": {"$.ok": True}}
KIND = "content-type: application/json; charset=utf-8\r\n"
PAGE = reply(200, b"<html>the page of acme</html>", content_type="text/html")
FINE = reply(200, b'{"ok": true}', content_type="application/json; charset=utf-8")


@dataclass(frozen=True)
class Stage:
    """Where a run happens: the folder, and the hosts that are already there."""

    folder: Folder
    authority: trustme.CA
    connect: dict[str, str] = field(default_factory=dict)

    def run(self, **more: Any) -> Ran:
        there = {path.stem for path in (self.folder.path / "targets").glob("*.yaml")}
        direct = more.pop("direct", "http://hostile.test:80")
        self.folder.environment(
            gateway="http://gateway.test:8001",
            services={"hostile": {"direct": direct}} if "hostile" in there else {},
            domains={"page": "www.acme.test"} if "page" in there else {},
            connect=self.connect,
            only_connect=more.pop("only_connect", True),
            ca_file=str(self.folder.path / "ca.pem"),
            tenants=[
                {"id": "acme", "host": "www.acme.test", "sentinel": SENTINEL, "token": "ACME_TOKEN"},
                {"id": "zeta", "host": "www.zeta.test", "sentinel": SENTINEL[::-1], "token": "ZETA_TOKEN"},
            ],
            edge={
                "header": {"name": "X-Edge-Key", "value": "EDGE_KEY"},
                "basic": {"user": "EDGE_USER", "password": "EDGE_PASSWORD"},
            },
            budgets={"timeout": 2, "attempts": 2},
            writes="never",
            **more,
        )
        return self.folder.run(within=DEADLINE, **SECRETS)

    def asks_hostile(self, path: str = "$.ok", times: int = 1, **more: Any) -> None:
        entry = {
            "kind": "routing",
            "request": {"path": "/", "via": "direct"},
            "expect": {**EXPECT, "json": {path: True}},
            "proofs": {"answers": {}},
        }
        self.folder.target("hostile", checks=[{"id": f"front-{at}", **entry} for at in range(times)], **more)

    def asks_page(self) -> None:
        """The page of a domain, whose redirects are followed; a header of its own carries the tenant's token."""
        request = {"path": "/", "headers": {"X-Whatever": "{token:acme}"}}
        entry = {"id": "front", "kind": "domain", "request": request}
        self.folder.target("page", fingerprint=["the page of acme"], checks=[{**entry, "proofs": {"brand": {}}}])

    def tls(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*names).configure_cert(context)
        return context


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A gateway that is well, and a check of it."""
    folder = Folder(tmp_path / "p")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder.path / "ca.pem"))
    entry = {"id": "front", "kind": "routing", "request": {"path": "/"}, "expect": EXPECT, "proofs": {"answers": {}}}
    folder.target("healthy", checks=[entry])
    with speaking(lambda asked, _: FINE) as gateway:
        yield Stage(folder, authority, {"gateway.test:8001": gateway.address})


def judged(ran: Ran, service: str = "hostile") -> tuple[str, str, str]:
    """Outcome, reason and what was seen of the service's check; the run stayed small, and the healthy check passed."""
    assert ran.check("healthy")["outcome"] == "passed", ran.out
    assert ran.peak < MOST_MEMORY
    assert "Traceback" not in ran.out
    row = ran.check(service)
    return row["outcome"], row["reason"], row["message"]["seen"]


# ---- answers

Connection = Any


def begun(connection: Connection, more: str = "", kind: str = KIND) -> None:
    connection.sendall(f"HTTP/1.1 200 OK\r\n{kind}{more}".encode())


def headers_without_end(asked: Asked, connection: Connection) -> None:
    begun(connection)
    while True:
        connection.sendall(b"x-more: and more\r\n")
        time.sleep(0.05)


def a_flood_of_headers(asked: Asked, connection: Connection) -> None:
    begun(connection)
    while True:
        connection.sendall(b"x-more: and more\r\n" * 1000)


def many_headers(asked: Asked, connection: Connection) -> bytes:
    lines = "".join(f"x-{at}: {at}\r\n" for at in range(100_000))
    return f"HTTP/1.1 200 OK\r\n{KIND}{lines}content-length: 2\r\n\r\n{{}}".encode()


def one_long_header(asked: Asked, connection: Connection) -> bytes:
    return f"HTTP/1.1 200 OK\r\n{KIND}x-long: {'x' * 10 * MIB}\r\n\r\n".encode()


def dripping(asked: Asked, connection: Connection) -> None:
    begun(connection, "content-length: 999\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(1)


def dripping_chunks(asked: Asked, connection: Connection) -> None:
    begun(connection, "transfer-encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1\r\n \r\n")
        time.sleep(0.5)


def endless(asked: Asked, connection: Connection) -> None:
    begun(connection, "connection: close\r\n\r\n")
    while True:
        connection.sendall(b" " * 65536)


def bomb(asked: Asked, connection: Connection) -> None:
    """10 GiB of blanks: after a full flush a compressed part stands for itself, so one part can be sent again."""
    begun(connection, "content-encoding: gzip\r\nconnection: close\r\n\r\n")
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    connection.sendall(packer.compress(b" ") + packer.flush(zlib.Z_FULL_FLUSH))
    part = packer.compress(b" " * 10 * MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(1024):
        connection.sendall(part)


def bomb_in_a_bomb(asked: Asked, connection: Connection) -> bytes:
    body = gzip.compress(gzip.compress(bytes(100 * MIB)))
    return reply(200, body, content_type="application/json", content_encoding="gzip, gzip")


def half_closed(asked: Asked, connection: Connection) -> None:
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)


def half_closed_later(asked: Asked, connection: Connection) -> None:
    begun(connection, 'content-length: 999\r\n\r\n{"ok"')
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)


def too_short(asked: Asked, connection: Connection) -> None:
    begun(connection, 'content-length: 999\r\n\r\n{"ok": true}')


def too_long(asked: Asked, connection: Connection) -> bytes:
    return f'HTTP/1.1 200 OK\r\n{KIND}content-length: 6\r\n\r\n{{"ok": true}}'.encode()


def two_lengths(asked: Asked, connection: Connection) -> bytes:
    return f'HTTP/1.1 200 OK\r\n{KIND}content-length: 12\r\ncontent-length: 6\r\n\r\n{{"ok": true}}'.encode()


def cut_chunks(asked: Asked, connection: Connection) -> None:
    begun(connection, 'transfer-encoding: chunked\r\n\r\nc\r\n{"ok": true}\r\n')


def no_utf_8(asked: Asked, connection: Connection) -> bytes:
    return reply(200, b'{"ok": true, "name": "\xff\xfe\xc3"}', content_type="application/json; charset=utf-8")


def nested(depth: int) -> Say:
    """JSON that is deep, and fine otherwise."""
    body = b'{"ok": true, "deep": ' + b"[" * depth + b"]" * depth + b"}"
    answer = reply(200, body, content_type="application/json; charset=utf-8")

    def nested_json(asked: Asked, connection: Connection) -> bytes:
        return answer

    return nested_json


def empty_lists(asked: Asked, connection: Connection) -> bytes:
    """Each three bytes become an object of Python's."""
    body = b'{"ok": true, "all": [[]' + b",[]" * (2 * MIB) + b"]}"
    return reply(200, body, content_type="application/json; charset=utf-8")


def huge_number(asked: Asked, connection: Connection) -> bytes:
    return reply(200, b'{"ok": ' + b"9" * 100_000 + b"}", content_type="application/json; charset=utf-8")


def control_characters(asked: Asked, connection: Connection) -> bytes:
    return reply(500, b"\x1b[2J\x00\x07<script>", content_type="application/json")


def no_http(asked: Asked, connection: Connection) -> None:
    connection.sendall(b"\x00\xff" * 1000 + b"\r\n\r\n")


def many_interim_answers(asked: Asked, connection: Connection) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n" * 100)


ANSWERS: dict[Say, tuple[str, str]] = {
    headers_without_end: ("timeout", "no answer within "),
    a_flood_of_headers: ("protocol", ""),
    many_headers: ("protocol", ""),
    one_long_header: ("protocol", ""),
    dripping: ("timeout", "the answer did not end"),
    dripping_chunks: ("timeout", "the answer did not end"),
    endless: ("protocol", "body over 8 MiB"),
    bomb: ("protocol", "body over 8 MiB"),
    bomb_in_a_bomb: ("protocol", "gzip, gzip"),
    half_closed: ("connect", "the connection broke before an answer came"),
    half_closed_later: ("truncated", ""),
    too_short: ("truncated", ""),
    too_long: ("not_json", ""),
    two_lengths: ("protocol", ""),
    cut_chunks: ("truncated", ""),
    no_utf_8: ("charset", ""),
    nested(10_000): ("not_json", ""),
    empty_lists: ("not_json", ""),
    huge_number: ("not_json", ""),
    control_characters: ("status", ""),
    no_http: ("protocol", ""),
    many_interim_answers: ("timeout", ""),
}


@pytest.mark.parametrize(("say", "expected"), ANSWERS.items(), ids=[getattr(say, "__name__", "") for say in ANSWERS])
def test_an_answer_that_means_harm(stage: Stage, say: Say, expected: tuple[str, str]) -> None:
    stage.asks_hostile()
    with speaking(say) as hostile:
        stage.connect["hostile.test:80"] = hostile.address
        ran = stage.run()

    outcome, reason, seen = judged(ran)
    assert (ran.code, outcome, reason) == (1, "failed", expected[0])
    assert expected[1] in seen


@pytest.mark.parametrize("path", ["$.ok", "$..ok"])
def test_deep_json_disturbs_nobody_who_walks_through_it(stage: Stage, path: str) -> None:
    stage.asks_hostile(path, personal=["name"])
    with speaking(nested(900)) as hostile:
        stage.connect["hostile.test:80"] = hostile.address
        ran = stage.run()

    assert (ran.code, *judged(ran)[:2]) == (1, "failed", "not_json")


@pytest.mark.parametrize("path", ["$.ok", "$..ok"])
def test_json_of_an_ordinary_depth_is_read(stage: Stage, path: str) -> None:
    stage.asks_hostile(path, personal=["name"])
    with speaking(nested(90)) as hostile:
        stage.connect["hostile.test:80"] = hostile.address
        ran = stage.run()

    assert (ran.code, judged(ran)[0]) == (0, "passed")


def test_many_large_answers_are_not_kept(stage: Stage) -> None:
    stage.asks_hostile(times=40)
    with speaking(endless) as hostile:
        stage.connect["hostile.test:80"] = hostile.address
        ran = stage.run()

    assert (ran.code, ran.verdict["counts"]["failed"], ran.verdict["counts"]["passed"]) == (1, 40, 1)
    assert ran.peak < MOST_MEMORY


# ---- the way there


def test_a_handshake_that_stalls(stage: Stage) -> None:
    stage.asks_hostile()
    with speaking(lambda asked, _: None) as hostile:
        stage.connect["hostile.test:443"] = hostile.address
        ran = stage.run(direct="https://hostile.test")

    assert (ran.code, *judged(ran)[:2]) == (1, "failed", "timeout")


def test_a_name_server_that_hangs(stage: Stage) -> None:
    stage.asks_hostile()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        ran = stage.run(only_connect=False, resolver=f"127.0.0.1:{silent.getsockname()[1]}")

    assert (ran.code, *judged(ran)[:2]) == (1, "failed", "timeout")


@contextmanager
def certificate_of(size: int, folder: Path) -> Iterator[ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hostile.test")])
    now = datetime.now(UTC)
    ballast = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), bytes(size))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=9))
        .add_extension(ballast, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "huge.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    yield context


@pytest.mark.parametrize("probe", ["http", "tls"])
def test_a_certificate_of_a_mebibyte(stage: Stage, tmp_path: Path, probe: str) -> None:
    if probe == "http":
        stage.asks_hostile()
    else:
        stage.folder.target("page", checks=[{"id": "front", "kind": "domain", "proofs": {"tls": {}}}])
    with certificate_of(MIB, tmp_path) as context, speaking(lambda asked, _: FINE, context) as hostile:
        stage.connect.update({"hostile.test:443": hostile.address, "www.acme.test:443": hostile.address})
        ran = stage.run(direct="https://hostile.test")

    outcome, reason, _ = judged(ran, "hostile" if probe == "http" else "page")
    assert (ran.code, outcome, reason) == (1, "failed", "tls_protocol")


# ---- redirects


def to(where: Callable[[Asked], str]) -> Say:
    return lambda asked, _: reply(302, location=where(asked), set_cookie="session=acme-cookie-3c0ffee7")


@contextmanager
def domains(stage: Stage, say: Say) -> Iterator[tuple[Speaker, Speaker]]:
    """www.acme.test, which redirects, and another server that is www.zeta.test and www.elsewhere.test."""
    with ExitStack() as stack:
        page = stack.enter_context(speaking(say, stage.tls("www.acme.test")))
        other = stack.enter_context(speaking(lambda asked, _: PAGE, stage.tls("www.zeta.test", "www.elsewhere.test")))
        stage.connect["www.acme.test:443"] = page.address
        stage.connect.update({f"{name}:443": other.address for name in ("www.zeta.test", "www.elsewhere.test")})
        stage.asks_page()
        yield page, other


@pytest.mark.parametrize(
    "where",
    [
        lambda asked: "/",
        lambda asked: "/b" if asked.target == "/a" else "/a",
        lambda asked: f"/{len(asked.target)}{asked.target}",
        lambda asked: f"https://www.acme.test{asked.target}x",
    ],
    ids=["itself", "two", "growing", "whole"],
)
def test_redirects_without_end(stage: Stage, where: Callable[[Asked], str]) -> None:
    with domains(stage, to(where)) as (page, _):
        ran = stage.run()

    assert (ran.code, *judged(ran, "page")[:2]) == (1, "failed", "redirect_loop")
    assert len(page.asked) <= 12


@pytest.mark.parametrize(
    "location",
    ["https://www.elsewhere.test/", "//www.elsewhere.test/", "https://www.acme.test@www.elsewhere.test/", "ftp://x/"],
)
def test_a_redirect_to_another_host_sends_nothing_there(stage: Stage, location: str) -> None:
    with domains(stage, to(lambda asked: location)) as (page, other):
        ran = stage.run()

    assert (ran.code, *judged(ran, "page")[:2]) == (1, "failed", "redirect_elsewhere")
    assert len(page.asked) == 1
    assert other.asked == []


def test_no_credential_travels_with_a_redirect(stage: Stage) -> None:
    """Also between two hosts of the environment, and whatever the header is called."""
    with domains(stage, to(lambda asked: "https://www.zeta.test/")) as (page, other):
        ran = stage.run()

    secrets = ("acme-token", "edge-key", "acme-cookie", "dTpwdw==")
    shown = [value for asked in page.asked for _, value in asked.headers]
    travelled = [(name, value) for asked in other.asked for name, value in asked.headers]
    assert judged(ran, "page")[0] == "passed"
    assert {"acme-token-1c0ffee5", "edge-key-2c0ffee6"} <= set(shown)
    assert len(other.asked) == 1
    assert not [pair for pair in travelled if any(secret in pair[1] for secret in secrets)]
    assert {name.lower() for name, _ in travelled} <= {
        *("host", "user-agent", "accept", "accept-encoding", "traceparent", "x-stagecheck-check")
    }


@pytest.mark.parametrize("location", ["http://[", "https://www.acme.test:99999/", "\x00", "https://"])
def test_a_location_that_cannot_be_read(stage: Stage, location: str) -> None:
    with domains(stage, to(lambda asked: location)):
        ran = stage.run()

    outcome, reason, _ = judged(ran, "page")
    assert (ran.code, outcome) == (1, "failed")
    assert reason in ("protocol", "redirect_elsewhere", "redirect_loop")


def test_the_measure_tells_a_run_that_is_too_large(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "p")
    (folder.path / "test_large.py").write_text("def test_large():\n    assert bytearray(b'x' * 300_000_000)\n")
    (folder.path / "conftest.py").unlink()
    ran = folder.run("-p", "no:stagecheck", "test_large.py")

    assert (ran.code, ran.peak > MOST_MEMORY) == (0, True), json.dumps(ran.out)
