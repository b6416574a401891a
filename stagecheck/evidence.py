"""An exchange as plain redacted data, fit to publish, and as the curl line that asks it again."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import sys
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from stagecheck.credentials import Credentials
from stagecheck.exchange import Exchange, Trouble
from stagecheck.model import Environment, Grpc, Identity, Login, Request, Step
from stagecheck.probes import http, temporal
from stagecheck.shared import ASKED_FOR

LONGEST = 4096  # bytes of a body that are published
_LOOKED_AT = LONGEST * 4  # bytes that are redacted before the cut, so that no secret is cut in half
_HIDDEN = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})
_PLAIN = re.compile(r"[\w @%+=:,./?&{}\[\]()<>|;*#~'-]*", re.ASCII)

_PLAIN_PATH = re.compile(r"\$(\.[A-Za-z_]\w*)+", re.ASCII)

Pieces = list[tuple[str, str]]


def of(exchange: Exchange, credentials: Credentials, personal: Collection[str] = ()) -> dict[str, Any]:
    """The exchange as builtins: no secret, no cookie, no field named in `personal`, and 4 KiB of the body at most."""
    body, cut = _body(exchange, credentials, personal)
    data = {
        "step": exchange.step.name,
        "probe": exchange.step.probe,
        "service": exchange.step.service,
        # What another check asked counts there.
        "measured": exchange.step.probe == "http" and exchange.step.paced and ASKED_FOR not in exchange.facts,
        "identity": str(exchange.step.identity),
        "url": exchange.url,
        "status": exchange.status,
        "http_version": exchange.http_version,
        "headers": [[name, "[hidden]" if name.lower() in _HIDDEN else value] for name, value in exchange.headers],
        "body_bytes": len(exchange.body),
        "seconds": round(exchange.seconds, 4),
        "trouble": _trouble(exchange.trouble),
        "hops": [{"url": hop.url, "status": hop.status, "location": hop.location} for hop in exchange.hops],
        "attempts": [
            {"status": one.status, "trouble": _trouble(one.trouble), "seconds": round(one.seconds, 4)}
            for one in exchange.attempts
        ],
        "facts": dict(exchange.facts),
    }
    first = of(exchange.first, credentials, personal) if exchange.first else None
    redacted: dict[str, Any] = credentials.redactor.data(data)
    return {**redacted, "request": curl(exchange, credentials), "body": body, "body_cut": cut, **_kept(first)}


def _kept(first: dict[str, Any] | None) -> dict[str, Any]:
    """What the first of several attempts met; the rest of it is as in the last."""
    names = ("status", "http_version", "headers", "seconds", "trouble", "hops", "body", "body_bytes", "body_cut")
    return {"first": {name: first[name] for name in names}} if first else {}


def answer(exchange: Exchange, credentials: Credentials, personal: Collection[str] = (), longest: int = 200) -> str:
    """One line on what came: `200 application/json 312 B in 0.012 s: {"id": ...`."""
    if exchange.status is None:
        said = "no HTTP answer" if exchange.trouble is None else f"{exchange.trouble.reason}: {exchange.trouble.detail}"
        facts = json.dumps(credentials.redactor.data(dict(exchange.facts))) if exchange.step.probe != "http" else ""
        if exchange.body:
            said, facts = f"{len(exchange.body)} B", _line(exchange, credentials, personal, longest)
        return f"{credentials.redactor.text(said)} in {exchange.seconds:.3f} s {facts}".rstrip()
    line = _line(exchange, credentials, personal, longest)
    head = f"{exchange.status} {exchange.media_type or '(no type)'} {len(exchange.body)} B in {exchange.seconds:.3f} s"
    told = f", {exchange.trouble.reason}: {exchange.trouble.detail}" if exchange.trouble else ""
    return credentials.redactor.text(f"{head}{told}") + (f": {line}" if line else "")


def _line(exchange: Exchange, credentials: Credentials, personal: Collection[str], longest: int) -> str:
    body, _ = _body(exchange, credentials, personal)
    line = " ".join(body.split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


def curl(exchange: Exchange, credentials: Credentials) -> str:
    """The request as one shell-safe line, secrets as `"$NAME"`; for other probes, the tool that asks the same."""
    step = exchange.step
    if step.probe != "http":
        return _other_tool(exchange, credentials)
    words = ["curl -sS", *_method(exchange)]
    if step.follow:
        words.append("-L --max-redirs 10")
    named = {name.lower() for name, _ in (*step.request.headers.items(), *step.extra_headers)}
    if "accept-encoding" not in named:
        words.append("--compressed")
    url = http.address(step, credentials.environment.gateway)
    if step.line_host:
        scheme, _, _, target = url.split("/", 3)
        words.append(f"--request-target {shlex.quote(f'{scheme}//{step.line_host}/{target}')}")
    words += _way(url, credentials.environment)
    words += _credentials(exchange, credentials, named)
    content = http.content_of(step)
    if content is not None and "content-type" not in named:
        words.append("-H 'Content-Type: application/json'")
    extra = {name.lower() for name, _ in step.extra_headers}
    asked = [(name, value) for name, value in step.request.headers.items() if name.lower() not in extra]
    words += [f"-H {_word(credentials.pieces(f'{name}: {value}'))}" for name, value in (*asked, *step.extra_headers)]
    if content is not None:
        words.append(f"--data-raw {_word(credentials.pieces(content.decode()))}")
    return " ".join([*words, _word(credentials.pieces(url), always=True)])


def logins(line: str, credentials: Credentials) -> list[str]:
    """For each tenant with a login, whose token such a line names: the line before it that sets this variable."""
    tenants = credentials.environment.tenants
    named = {tenant: credentials.label(Identity(tenant.id))[1:] for tenant in tenants if tenant.login}
    return [
        f"{name}=$({_login(tenant.login, credentials)})"
        for tenant, name in named.items()
        if tenant.login and re.search(rf"\$\{{?{name}\b", line)
    ]


def _login(login: Login, credentials: Credentials) -> str:
    url = credentials.environment.gateway + login.path
    asked = Exchange(Step("login", Request(method="POST", path=login.path)), url)
    body = re.split(r"\$(\w+)", json.dumps({field: f"${name}" for field, name in login.fields.items()}))
    pieces = [("", part) if at % 2 else (part, "") for at, part in enumerate(body)]
    words = ["curl -fsS", *_way(url, credentials.environment), *_credentials(asked, credentials, ())]
    words += ["-H 'Content-Type: application/json'", f"--data-raw {_word(pieces)}", shlex.quote(url)]
    return f"{' '.join(words)} | {_printing(login.token)}"


def _printing(path: str) -> str:
    """The command that prints what a JSONPath finds in its input."""
    if _PLAIN_PATH.fullmatch(path):
        keys = "".join(f'["{name}"]' for name in path.split(".")[1:])
        return f"python3 -c {shlex.quote(f'import json, sys; print(json.load(sys.stdin){keys})')}"
    # Only the suite's own Python is sure to have the library.
    found = "import json, sys, jsonpath_rfc9535 as it; print(*it.find(sys.argv[1], json.load(sys.stdin)).values())"
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(found)} {shlex.quote(path)}"


def _way(url: str, environment: Environment) -> list[str]:
    """How to get there where names or trust are overridden, as curl options.

    Addresses of a platform that the run started itself are gone with it, and left out.
    """
    if environment.start:
        return []
    words = []
    parts = urlsplit(url)
    place = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    if place in environment.connect:
        # `:PORT` is that port of the addresses that the name has, for curl as for us.
        words.append(f"--connect-to {shlex.quote(f'{place}:{environment.connect[place]}')}")
    if environment.ca_file and parts.scheme == "https":
        words.append(f"--cacert {shlex.quote(environment.ca_file)}")
    if environment.proxy:
        words.append(f"--proxy {shlex.quote(environment.proxy)}")
    return words


def _method(exchange: Exchange) -> list[str]:
    method = http.method_of(exchange.step)
    if method == "GET":
        return []
    return ["-I"] if method == "HEAD" else [f"-X {method}"]


def _credentials(exchange: Exchange, credentials: Credentials, named: Collection[str]) -> list[str]:
    """The edge's and the identity's credentials as curl options with the names of variables."""
    step, edge = exchange.step, credentials.environment.edge
    own = credentials.environment.own_header(step)
    words = []
    bearer: Pieces | None = None
    if step.raw_authorization is not None:
        bearer = credentials.pieces(step.raw_authorization)
    elif credentials.label(step.identity):
        bearer = [("Bearer ", ""), ("", credentials.label(step.identity)[1:])]
    if "authorization" in named:
        bearer = None
    elif bearer is not None:
        words.append(f"-H {_word([('Authorization: ', ''), *bearer])}")
    elif edge.basic is not None and not (own and own.name.lower() == "authorization"):
        words.append(f"-u {_word([('', edge.basic.user), (':', ''), ('', edge.basic.password)])}")
    if bearer is not None:
        named = {*named, "authorization"}
    for header in (edge.header, own):
        if header is not None and header.name.lower() not in named:
            words.append(f"-H {_word([(f'{header.name}: ', ''), ('', header.value)])}")
    if edge.client_certificate is not None:
        certificate = edge.client_certificate
        words.append(f'--cert "${certificate.certificate}" --key "${certificate.key}"')
    return words


def _of_grpc(asked: Grpc) -> tuple[str, dict[str, Any]]:
    """The method that is called, and the message that it is called with, as grpcurl takes it."""
    if asked.task_queue:
        queue = {"name": asked.task_queue}
        return temporal.TASK_QUEUE, {"namespace": asked.namespace, "taskQueue": queue, "taskQueueType": 1}
    if asked.namespace:
        return temporal.NAMESPACE, {"namespace": asked.namespace}
    return "grpc.health.v1.Health/Check", {"service": asked.service}


def _other_tool(exchange: Exchange, credentials: Credentials) -> str:
    asked = exchange.step.request
    if asked.grpc is not None:
        method, named = _of_grpc(asked.grpc)
        tls = "" if exchange.step.base.startswith("https:") else "-plaintext "
        place = exchange.url.partition("://")[2]
        return f"grpcurl {tls}-d {shlex.quote(json.dumps(named))} {shlex.quote(place)} {method}"
    if asked.sql is not None:
        set_first = "".join(f"SET {name} = '{value}'; " for name, value in asked.sql.settings.items())
        words = shlex.quote(f"{set_first}{asked.sql.query}")
        return credentials.redactor.text(f'psql "${exchange.step.base}" -c {words}')
    if asked.redis is not None:
        server = exchange.url if asked.redis.anonymous else f'"${exchange.step.base}"'
        words = " ".join(shlex.quote(word) for word in asked.redis.command)
        return credentials.redactor.text(f"redis-cli -u {server} {words}")
    if exchange.step.probe == "browser":
        return credentials.redactor.text(f"chromium {shlex.quote(exchange.url)}")
    kind, _, place = exchange.url.partition("://")
    host, _, port = place.partition(":")
    line = {
        "dns": f"dig {shlex.quote(host)} A {shlex.quote(host)} AAAA",
        "tcp": f"nc -vz {shlex.quote(host)} {shlex.quote(port)}",
        "tls": f"openssl s_client -showcerts -servername {shlex.quote(host)} -connect {shlex.quote(place)} </dev/null",
    }.get(kind, shlex.quote(exchange.url))
    return credentials.redactor.text(line)


def _word(pieces: Pieces, always: bool = False) -> str:
    """One word of a shell: literals as they are, names as variables; in double quotes where that is safe to read."""
    names = any(name for _, name in pieces)
    if not names:
        text = "".join(literal for literal, _ in pieces)
        return f"'{text}'" if always and "'" not in text else shlex.quote(text)
    if all(_PLAIN.fullmatch(literal) for literal, _ in pieces):
        text = "".join(literal or f"${{{name}}}" for literal, name in pieces)
        return '"' + re.sub(r"\$\{(\w+)\}(?!\w)", r"$\1", text) + '"'
    return "".join(shlex.quote(literal) if literal else f'"${name}"' for literal, name in pieces)


def _trouble(trouble: Trouble | None) -> dict[str, str] | None:
    return None if trouble is None else {"reason": str(trouble.reason), "detail": trouble.detail}


def _body(exchange: Exchange, credentials: Credentials, personal: Collection[str]) -> tuple[str, bool]:
    """The body as text without secrets and personal fields, cut; and whether it was cut."""
    raw = exchange.body
    personal = {name.lower() for name in personal}
    if b"\0" in raw[:_LOOKED_AT]:
        return f"[binary, {len(raw)} bytes]", True
    if personal and isinstance(exchange.json, dict | list):
        text = json.dumps(_masked(exchange.json, personal), ensure_ascii=False)
    else:
        text = raw[:_LOOKED_AT].decode("utf-8", "replace")
        masked = _masked_rows if exchange.media_type == "text/csv" else _masked_text
        text = masked(text, personal) if personal else text
    text = credentials.redactor.text(text[:_LOOKED_AT])
    shown = text.encode()[:LONGEST].decode("utf-8", "ignore")
    return shown, len(shown) < len(text) or len(raw) > _LOOKED_AT


def _masked(value: Any, personal: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {
            key: "[personal]" if key.lower() in personal and item is not None else _masked(item, personal)
            for key, item in value.items()
        }
    return [_masked(item, personal) for item in value] if isinstance(value, list) else value


def _masked_rows(text: str, personal: Collection[str]) -> str:
    """The same for CSV (RFC 4180), whose first row names the fields."""
    rows = list(csv.reader(text.splitlines()))
    named = {at for at, name in enumerate(rows[0] if rows else ()) if name.lower() in personal}
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\n")
    writer.writerows(rows[:1])
    writer.writerows(["[personal]" if at in named else value for at, value in enumerate(row)] for row in rows[1:])
    return told.getvalue()


def _masked_text(text: str, personal: Collection[str]) -> str:
    """The same for JSON that does not parse, because it is cut, or stands inside a page."""
    names = "|".join(re.escape(name) for name in personal)
    field = re.compile(rf'("(?:{names})"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^,}}\]]*)', re.IGNORECASE)
    return field.sub(r'\1"[personal]"', text)
