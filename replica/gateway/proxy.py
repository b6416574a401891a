"""A request passed on as it came, and the answer passed back as it is: method, query, body, status, encoding."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

import httpx
from fastapi import HTTPException, Request, Response

from replica import settings, switch
from replica.gateway.breaker import Breaker
from replica.gateway.identity import TENANT_HEADERS, Caller
from replica.gateway.upstreams import UPSTREAMS, Upstream

TIMEOUT = httpx.Timeout(10, connect=2)
HOP_BY_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
}  # fmt: skip
# What a client says of itself here would be believed behind the gateway, where only the gateway may say it.
NOT_BELIEVED = {
    *TENANT_HEADERS, "x-org", "x-original-url", "x-rewrite-url", "x-http-method-override", "forwarded", "host",
    "authorization", "content-length", "x-request-id",
}  # fmt: skip
NOT_BELIEVED_PREFIXES = ("x-user-", "x-forwarded-", "x-clerk-", "x-internal-")


@dataclass(frozen=True)
class Answer:
    """An upstream's answer: the body as its raw bytes, still encoded, and the same decoded."""

    status: int
    headers: list[tuple[str, str]]
    raw: bytes
    decoded: bytes


@dataclass
class Proxy:
    """Asks upstreams, within what their circuit breaker allows."""

    client: httpx.AsyncClient
    breaker: Breaker

    async def forward(self, request: Request, upstream: Upstream, rest: str, caller: Caller) -> Response:
        """Pass the request on to the upstream's path for `rest`, and its answer back."""
        if upstream.key == "wagtail" and switch.is_on("gateway-wrong-upstream"):
            upstream, rest = UPSTREAMS["django-crm"], rest.replace("pages", "leads", 1)
        follows = upstream.key == "django-crm" and switch.is_on("gateway-post-becomes-get")
        path = upstream.prefix + rest.rstrip("/") if follows else upstream.path(rest)
        query = _query(request)
        target = path.encode() + (b"?" + query if query else b"")
        headers = _request_headers(request, upstream, caller)
        body = await request.body()
        answer = await self.ask(upstream, _method(request), target, headers, body, follows)
        return _response(request, upstream, answer)

    async def ask(
        self,
        upstream: Upstream,
        method: str,
        target: bytes,
        headers: list[tuple[str, str]],
        body: bytes,
        follows: bool = False,
    ) -> Answer:
        """One request to an upstream; raises HTTPException 502, 503 or 504 with the service's name."""
        if self.breaker.is_open(upstream.name):
            raise HTTPException(503, {"detail": "circuit open", "service": upstream.name})
        url = httpx.URL(upstream.url).copy_with(raw_path=target)
        # Made by hand, so that httpx adds no Accept-Encoding and no User-Agent that the client did not send.
        sent = httpx.Request(method, url, headers=headers, content=body, extensions={"timeout": TIMEOUT.as_dict()})
        try:
            answer = await self.client.send(sent, stream=True, follow_redirects=follows)
            try:
                raw = b"".join([chunk async for chunk in answer.aiter_raw()])
            finally:
                await answer.aclose()
        except httpx.TimeoutException:
            self.breaker.failed(upstream.name)
            raise HTTPException(504, {"detail": f"{upstream.name} timed out", "service": upstream.name}) from None
        except httpx.HTTPError:
            self.breaker.failed(upstream.name)
            raise HTTPException(502, {"detail": f"{upstream.name} is unreachable", "service": upstream.name}) from None
        self.breaker.worked(upstream.name)
        return Answer(answer.status_code, answer.headers.multi_items(), raw, _decoded(raw, answer.headers))


def _decoded(raw: bytes, headers: httpx.Headers) -> bytes:
    try:
        return httpx.Response(200, headers=headers, content=raw).content
    except httpx.DecodingError:
        return raw


def _method(request: Request) -> str:
    named = request.headers.get("x-http-method-override", "")
    return named if named and switch.is_on("gateway-method-override") else request.method


def _query(request: Request) -> bytes:
    query: bytes = request.scope["query_string"]
    if switch.is_on("gateway-query-dropped"):
        return b""
    if switch.is_on("gateway-repeated-keys-lost"):
        return urlencode(dict(parse_qsl(query.decode(), keep_blank_values=True))).encode()
    if switch.is_on("gateway-query-tenant"):
        pairs = parse_qsl(query.decode(), keep_blank_values=True)
        return urlencode([(key, value) for key, value in pairs if key != "tenant_id"]).encode()
    return query


def _request_headers(request: Request, upstream: Upstream, caller: Caller) -> list[tuple[str, str]]:
    named = {name.strip().lower() for name in request.headers.get("connection", "").split(",")}
    drop = HOP_BY_HOP | NOT_BELIEVED | named
    kept = [
        (name, value)
        for name, value in request.headers.items()
        if name not in drop and not name.startswith(NOT_BELIEVED_PREFIXES)
    ]
    own = [("x-request-id", request.scope["request_id"])]
    if caller.authorization:
        own.append(("authorization", caller.authorization))
    if caller.tenant:
        own.append(("x-tenant-id", caller.tenant))
    return [("host", _host(upstream, caller)), *kept, *own]


def _host(upstream: Upstream, caller: Caller) -> str:
    """Wagtail chooses the site by Host, so it is told the tenant's own."""
    if upstream.key == "wagtail" and caller.tenant:
        return settings.load().tenant(caller.tenant).host
    return upstream.host


def _response(request: Request, upstream: Upstream, answer: Answer) -> Response:
    status, body = answer.status, answer.raw
    headers = [(name, value) for name, value in answer.headers if name not in HOP_BY_HOP | {"server", "date"}]
    if status >= 400 and switch.is_on("gateway-error-envelope"):
        return _json(200, {"success": False, "error": answer.decoded.decode("utf-8", "replace"), "data": None})
    if status >= 400 and switch.is_on("gateway-status-200"):
        status = 200
    if status == 404 and upstream.key == "wagtail" and switch.is_on("wagtail-upstream-404-200"):
        return _json(200, {"id": 0, "title": "Page Not Found", "meta": {"type": "cms.StandardPage", "slug": "404"}})
    if switch.is_on("gateway-gzip-cut"):
        headers, body = _gzip_cut(request, headers, answer)
    return _with_headers(Response(body, status), headers, has_body=request.method != "HEAD")


def _gzip_cut(request: Request, headers: list[tuple[str, str]], answer: Answer) -> tuple[list[tuple[str, str]], bytes]:
    """The decoded body under the Content-Encoding and the Content-Length of the compressed one."""
    if "gzip" not in request.headers.get("accept-encoding", "") or len(answer.decoded) < 200:
        return headers, answer.raw
    length = len(answer.raw) if answer.raw != answer.decoded else len(gzip.compress(answer.decoded))
    kept = [(name, value) for name, value in headers if name not in ("content-length", "content-encoding")]
    return [*kept, ("content-encoding", "gzip"), ("content-length", str(length))], answer.decoded[:length]


def _json(status: int, body: object) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")


def _with_headers(response: Response, headers: list[tuple[str, str]], has_body: bool) -> Response:
    """`response` with exactly these headers, and the length of its body where they state none."""
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    if has_body and response.status_code not in (204, 304) and not any(name == b"content-length" for name, _ in raw):
        raw.append((b"content-length", str(len(response.body)).encode()))
    response.raw_headers = raw
    return response
