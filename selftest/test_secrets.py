"""Eleven secrets that a platform gives back in every form it can: a run leaves no byte of them anywhere."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ed25519

from selftest.speaker import Asked, reply, speaking
from selftest.test_attestation import keys
from selftest.whole_run import Folder, Ran

# What the variables hold; the password of the edge can be a part of a host name, so that a certificate can name it.
GIVEN = {
    "ACME_TOKEN": "acme-token-4c1b9d7e2f",
    "ZETA_TOKEN": "zeta/token+8a5e1c==0b",
    "IOTA_USER": "iota.person.7d31@example",
    "IOTA_PASSWORD": "pa&s<s>\"w'o/rd+é 93bc",
    "EDGE_USER": "edge-user-51fe0a",
    "EDGE_PASSWORD": "edgepassword3e8c77d1",
    "EDGE_KEY": "edge-key-b02d94aa61",
}
# What the platform gives of its own: a token for a login, one for a workflow, a session, and another's token in a page.
FETCHED = "fetched-token-19c4e7730d"
CAPTURED = "captured-refresh-token-5b70e1aa"
SESSION = "session-value-66d0f1b2e8"
FOREIGN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSBlbHNlIn0.c2lnbmF0dXJlLW9mLXNvbWVib2R5"
SECRETS = {**GIVEN, "fetched": FETCHED, "captured": CAPTURED, "session": SESSION, "foreign": FOREIGN}
SENTINELS = {tenant: f"sentinel-{tenant}-5d1c9f27a4be8033" for tenant in ("acme", "zeta", "iota")}
KNOWN = [*GIVEN.values(), FETCHED]


def forms(secret: str) -> set[str]:
    """How a secret may be written in a file."""
    raw = secret.encode()
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        raw.hex(),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }


def decoded(body: bytes) -> bytes:
    """Whatever in a file may be base64, decoded from each place where it may begin."""
    found = []
    for run in re.findall(rb"[A-Za-z0-9+/_-]{16,}", body):
        for start in range(4):
            part = run[start:].translate(bytes.maketrans(b"-_", b"+/"))
            part = part[:-1] if len(part) % 4 == 1 else part
            found.append(base64.b64decode(part + b"=" * (-len(part) % 4)))
    return b" ".join(found)


def plain(text: bytes, kind: str = "text/plain") -> bytes:
    return reply(200, text, content_type=f"{kind}; charset=utf-8")


@dataclass
class Platform:
    """Echoes by path; `said` is all that it sent, `issued` whether there has been a login yet."""

    said: list[bytes] = field(default_factory=list)
    issued: bool = False

    def __call__(self, asked: Asked, connection: Any) -> bytes:
        answer = self.answer(asked.target.partition("?")[0])
        self.said.append(answer)
        return answer

    def answer(self, path: str) -> bytes:
        known = KNOWN if self.issued else list(GIVEN.values())
        ascii_ones = [quote(secret) if not secret.isascii() else secret for secret in known]
        match path:
            case "/login":
                self.issued = True
                return plain(json.dumps({"access_token": FETCHED}).encode(), "application/json")
            case "/issue":
                return plain(json.dumps({"refresh_token": CAPTURED}).encode(), "application/json")
            case "/renew":
                body = json.dumps({"you sent": CAPTURED, "user": GIVEN["IOTA_USER"]}).encode()
                return reply(200, body, content_type="application/json", x_echo=CAPTURED)
            case "/header":
                cookie = f"session={SESSION}; HttpOnly"
                return reply(
                    200, b"{}", content_type="application/json", x_echo=" ".join(ascii_ones), set_cookie=cookie
                )
            case "/json":
                return plain(json.dumps({"echo": known, **dict.fromkeys(known, 1)}).encode(), "application/json")
            case "/html":
                page = "".join(f"<p title='{html.escape(one)}'>{html.escape(one)}</p>" for one in [*known, FOREIGN])
                return plain(f"<html>{page}</html>".encode(), "text/html")
            case "/base64":
                told = " ".join(base64.b64encode(f"user:{one}".encode()).decode() for one in known)
                return plain(f"{told} Bearer {SESSION}".encode())
            case "/redirect":
                there = "&".join(f"k{at}={quote(one, safe='')}" for at, one in enumerate(known))
                return reply(302, b"", location=f"http://gateway.test:8001/lost?{there}")
            case "/exception":
                return f"HTTP/1.1 200 OK\r\nno header {' '.join(ascii_ones)}\r\n\r\n".encode()
        return plain(b"lost")


CHECKS: dict[str, dict[str, Any]] = {
    "header": {"headers": {"X-Echo": "^never$"}},
    "json": {"json": {"$.echo": "never"}},
    "html": {"type": "application/json"},
    "base64": {"matches": "^never$"},
    "redirect": {"status": 200, "contains": ["never"]},
    "exception": {"status": 200},
}


RENEWAL: dict[str, Any] = {
    "id": "renewal",
    "title": "a token is renewed",
    "as": "iota",
    "steps": [
        {
            "id": "issue",
            "as": "anonymous",
            "request": {"path": "/issue", "headers": {"X-User": "{user}"}},
            "expect": {"status": 200},
            "secrets": {"refresh": "$.refresh_token"},
        },
        {
            "id": "renew",
            "bearer": "refresh",
            "request": {"path": "/renew", "query": {"token": "{refresh}"}},
            "expect": {"json": {"$['you sent']": "never"}, "headers": {"X-Echo": "^never$"}},
        },
    ],
}


@dataclass(frozen=True)
class Left:
    """All that the run and the commands after it left behind, by name."""

    ran: Ran
    files: dict[str, bytes]
    said: bytes


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = Folder(tmp_path_factory.mktemp("secrets") / "p")
    authority, platform = trustme.CA(), Platform()
    authority.cert_pem.write_to_path(str(folder.path / "ca.pem"))
    entries = [
        {
            "id": f"{name}-{tenant}",
            "kind": "routing",
            "as": tenant,
            "request": {"path": f"/{name}"},
            "expect": expect,
            "proofs": {"answers": {}},
        }
        for name, expect in CHECKS.items()
        for tenant in ("acme", "iota")
    ]
    folder.target("echo", checks=entries, workflows=[RENEWAL])
    page = {"id": "page", "kind": "domain", "proofs": {"tls": {}}}
    folder.target("front", checks=[page])
    name = f"{GIVEN['EDGE_PASSWORD']}.test"
    with speaking(platform) as gateway, speaking(platform, serving(authority, name)) as front:
        folder.environment(
            gateway="http://gateway.test:8001",
            domains={"front": "www.acme.test"},
            connect={"gateway.test:8001": gateway.address, "www.acme.test:443": front.address},
            only_connect=True,
            ca_file=str(folder.path / "ca.pem"),
            tenants=[
                {"id": "acme", "host": "www.acme.test", "sentinel": SENTINELS["acme"], "token": "ACME_TOKEN"},
                {"id": "zeta", "host": "www.zeta.test", "sentinel": SENTINELS["zeta"], "token": "ZETA_TOKEN"},
                {
                    "id": "iota",
                    "host": "www.iota.test",
                    "sentinel": SENTINELS["iota"],
                    "login": {"path": "/login", "user": "IOTA_USER", "password": "IOTA_PASSWORD"},
                },
            ],
            edge={
                "header": {"name": "X-Edge-Key", "value": "EDGE_KEY"},
                "basic": {"user": "EDGE_USER", "password": "EDGE_PASSWORD"},
            },
            budgets={"timeout": 5, "attempts": 1},
            writes="never",
        )
        job = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(folder.path / "job.md")}
        history = folder.path / "history"
        ran = folder.run("-v", "-s", "--showlocals", "--history", str(history), **GIVEN, **job)
        told = after(folder.path)
    produced = [folder.path / "job.md", *(folder.path / "reports").rglob("*"), *history.rglob("*"), *told.glob("*")]
    files = {str(path.relative_to(folder.path)): path.read_bytes() for path in produced if path.is_file()}
    return Left(ran, {**files, "terminal": ran.out.encode()}, b"\n".join(platform.said) + name.encode())


def serving(authority: trustme.CA, name: str) -> Any:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def after(folder: Path) -> Path:
    """What the commands about a run that is over print and write, in files of a folder of their own."""
    told = folder / "told"
    told.mkdir()
    secret, _ = keys(folder, ed25519.Ed25519PrivateKey.generate())
    verdict = "reports/verdict.json"
    image = "registry.example/brain@sha256:" + "ab" * 32
    for name, arguments in {
        "diff": ["diff", verdict, verdict],
        "gate": ["gate", verdict, "--revision", "x", "--environment", "local", "--max-age", "1h"],
        "known": ["known", "add", "--from", verdict, "--owner", "me", "--ticket", "T-1", "--targets", str(told)],
        "attest": ["attest", verdict, "--key", str(secret), "--subject", image, "--out", "told/attestation.json"],
    }.items():
        command = [sys.executable, "-m", "stagecheck", *arguments]
        ran = subprocess.run(command, cwd=folder, env={**os.environ, **GIVEN}, capture_output=True, check=False)
        (told / f"{name}.txt").write_bytes(ran.stdout + ran.stderr)
    (told / "attestation.txt").write_bytes(
        base64.b64decode(json.loads((told / "attestation.json").read_text())["payload"])
    )
    return told


def test_the_platform_gave_all_of_them_back(left: Left) -> None:
    """Else there would be nothing to find."""
    kept = [name for name, secret in SECRETS.items() if not any(form.encode() in left.said for form in forms(secret))]

    assert kept == []
    assert [secret for secret in KNOWN if secret.encode() not in decoded(left.said)] == []


def test_every_report_was_written_and_every_check_is_red(left: Left) -> None:
    rows = {row["id"]: row for row in left.ran.verdict["checks"]}

    assert len(rows) == 14
    assert {row["outcome"] for row in rows.values()} == {"failed"}, left.ran.out
    assert rows["domain[front/page/tls]"]["reason"] == "tls_name"
    assert "$EDGE_PASSWORD" in rows["domain[front/page/tls]"]["message"]["seen"]
    assert "$ACME_TOKEN" in rows["routing[echo/header-acme/answers]"]["message"]["seen"]
    beginnings = {name.partition("/")[0] for name in left.files}
    assert beginnings == {"job.md", "reports", "history", "told", "terminal"}
    for name in ("verdict.json", "summary.md", "junit.xml", "heard.jsonl"):
        assert f"reports/{name}" in left.files
    assert [name for name in left.files if name.endswith("-result.json")]
    assert b"::error file=" in left.files["terminal"]


@pytest.mark.parametrize("name", SECRETS)
def test_no_byte_of_it_is_in_anything_that_was_left(left: Left, name: str) -> None:
    written = forms(SECRETS[name])
    found = [(file, form) for file, body in left.files.items() for form in written if form.encode() in body]
    inside = [file for file, body in left.files.items() if SECRETS[name].encode() in decoded(body)]

    assert (found, inside) == ([], [])
