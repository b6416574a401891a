"""The browser probe: one page as a browser shows it, with what it fetched, what its scripts said, and a picture.

The page may fetch from the environment's public hosts alone, and by GET and HEAD alone: the resolver of the browser
knows no other name, and whatever else the page asks for is held back and told. Where the environment has a CA file of
its own, the browser trusts the keys that were just verified by it, and no others.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import ssl
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from stagecheck import extras
from stagecheck.exchange import Attempt, Exchange, Trouble, Troubled
from stagecheck.model import Environment, Step
from stagecheck.outcome import Reason
from stagecheck.probes import dial, fuse, http
from stagecheck.probes.body import CAP

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Playwright, Request, Response, Route, WebSocketRoute

    from stagecheck.probes.wire import Wire

T = TypeVar("T")
AT_ONCE = 2  # pages: each takes a core
# Seconds for what is no part of a page's time, since this machine alone does it: to start, and to draw what arrived.
_START, _DRAW = 30.0, 30.0
_QUIET = 2.0  # seconds that a page gets, once it is loaded, to stop fetching
_MOST = 20  # of each kind of trouble that are kept
_TRANSIENT_STATUSES = frozenset({502, 503, 504})
# Pieces of Chromium's own words (net/base/net_error_list.h), and what they mean.
_REASONS = (
    ("net::ERR_NAME_", Reason.DNS),
    ("net::ERR_CERT_", Reason.TLS_UNTRUSTED),
    ("net::ERR_SSL_", Reason.TLS_PROTOCOL),
    ("net::ERR_TOO_MANY_REDIRECTS", Reason.REDIRECT_LOOP),
    ("net::ERR_CONTENT_LENGTH_MISMATCH", Reason.TRUNCATED),
    ("net::ERR_INCOMPLETE_CHUNKED_ENCODING", Reason.TRUNCATED),
    ("net::ERR_TIMED_OUT", Reason.TIMEOUT),
    ("net::ERR_CONNECTION_REFUSED", Reason.CONNECT),
    # Playwright's own, of a page or a browser that is gone.
    ("crashed", Reason.CRASHED),
    ("has been closed", Reason.CRASHED),
)
_BROKEN = ("net::ERR_CONNECTION_RESET", "net::ERR_CONNECTION_CLOSED", "net::ERR_EMPTY_RESPONSE", "net::ERR_HTTP2_")
_STRANGE = "the environment names no such domain"
# The console repeats what the requests themselves tell.
_REPEATED = "Failed to load resource"
_ARGUMENTS = ("--disable-quic", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--no-proxy-server")
# Of the first that the selector finds and that can be seen; else why the first one cannot.
_LANDMARK = """found => {
  const why = one => {
    const box = one.getBoundingClientRect();
    const there = box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0;
    if (!there || !one.checkVisibility({opacityProperty: true, visibilityProperty: true})) return "hidden";
    return one.innerText.trim() || one.querySelector("img, svg, canvas, video") ? "visible" : "empty";
  };
  const told = found.map(why);
  return told.includes("visible") ? "visible" : told[0] || "absent";
}"""


@dataclass
class Seen:
    """What one load of a page gave; the lists are those of the facts (see `probe`)."""

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    html: str = ""
    picture: bytes = b""
    trouble: Trouble | None = None
    landmark: str = "absent"
    hosts: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    held_back: list[str] = field(default_factory=list)
    limited: bool = False
    broken: bool = False
    seconds: float = 0.0

    @property
    def facts(self) -> dict[str, Any]:
        names = ("landmark", "hosts", "failed", "said", "held_back", "limited")
        return {name: getattr(self, name) for name in names}


def probe(step: Step, wire: Wire) -> Exchange:
    """Show the page of the step, and wait until it has fetched what it needs; the body is its document as it is then.

    Facts: `landmark` is what became of `step.landmark` (visible, hidden, empty, absent); `hosts` are those that were
    asked; `failed` the requests without a good answer, but for a 401 that a script was told; `said` the console's
    errors and what no script caught; `held_back` the requests that were not sent, since they write or go elsewhere;
    `limited` whether one of them met a 429. The deadline (seconds) is that of what arrives, for each load; a load with
    a connection that broke, or with a 502, 503 or 504, is tried again as a request is. A browser that does not start,
    or does not get done with what arrived, is the trouble `crashed`. All of a page counts as one request of the budget.
    """
    url = http.address(step, wire.environment.gateway)
    host = dial.origin(url)[1]
    attempts: list[Attempt] = []
    seen = Seen()
    while not attempts or (seen.broken and step.retry and len(attempts) < wire.environment.budgets.attempts):
        seen = _shown(step, wire, url, host)
        attempts.append(Attempt(seen.status, seen.trouble, seen.seconds))
    body = seen.html.encode("utf-8", "replace")[:CAP]
    exchange = Exchange(step, url, seen.status, headers=seen.headers, body=body, seconds=seen.seconds)
    return replace(exchange, trouble=seen.trouble, attempts=tuple(attempts), facts=seen.facts, picture=seen.picture)


def _shown(step: Step, wire: Wire, url: str, host: str) -> Seen:
    try:
        wire.pace.admit(step.identity.tenant, step.service, wire.ends(step), step.awaits)
        with wire.crowd.among_others(wire.ends(step)):
            seen = wire.browser().show(url, host, step.landmark, http.secret_headers(step, wire), wire.timeout(step))
    except Troubled as troubled:
        return Seen(trouble=troubled.trouble)
    wire.pace.heard(step.identity.tenant, step.service, seen.status, seen.headers, step.awaits)
    return seen


class Pages:
    """The browser of one process, driven from a thread of its own; it starts with the first page. Close it."""

    def __init__(self, environment: Environment, trust: ssl.SSLContext) -> None:
        self._environment = environment
        self._trust = trust
        self._public = frozenset(domain.partition("/")[0] for domain in environment.domains.values())
        self._unreached: dict[str, Troubled] = {}
        self._loop = asyncio.new_event_loop()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._starting: asyncio.Task[Browser] | None = None
        self._driver: Playwright | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="browser", daemon=True)
        self._thread.start()

    def show(self, url: str, host: str, landmark: str, private: http.Pairs, timeout: float) -> Seen:
        """What a new visitor sees of the page; `private` headers go to public hosts of the environment alone.

        Raises `Troubled`: crashed where there is no browser, else what keeps it from the host.
        """
        return self._do(self._show(_Visit(url, host, landmark, dict(private), self._public), timeout))

    def close(self) -> None:
        """End the browser."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()

    async def _show(self, visit: _Visit, timeout: float) -> Seen:
        from playwright.async_api import Error

        async with self._turns:
            context = await self._visitor(visit.host)
            began = time.monotonic()
            try:
                async with asyncio.timeout(timeout):
                    page = await self._loaded(visit, context)
                async with asyncio.timeout(_DRAW):
                    await visit.looks_at(page)
            except TimeoutError:
                visit.seen.trouble = visit.late(timeout)
            except Error as error:
                visit.seen.trouble = visit.seen.trouble or _trouble(error, visit)
            finally:
                await _quietly(context.close())
            visit.seen.seconds = time.monotonic() - began
        return visit.seen

    async def _visitor(self, host: str) -> BrowserContext:
        """Somebody who was never there; raises `Troubled` where there is no browser or no way to the host."""
        from playwright.async_api import Error

        try:
            if self._starting is None:
                self._starting = asyncio.create_task(self._start())
            browser = await asyncio.shield(self._starting)
            if host in self._unreached:
                raise self._unreached[host]
            async with asyncio.timeout(_START):
                return await browser.new_context(service_workers="block", accept_downloads=False)
        except (Error, OSError, TimeoutError) as error:
            raise Troubled(Trouble(Reason.CRASHED, f"there is no browser: {_line(error)}")) from None

    async def _loaded(self, visit: _Visit, context: BrowserContext) -> Page:
        await context.route("**/*", lambda route: self._let(route, visit))
        await context.route_web_socket("**/*", visit.holds_back_socket)
        page = await context.new_page()
        visit.listens(page)
        response = await page.goto(visit.url, wait_until="load", timeout=0)
        if response is not None:
            visit.seen.status = response.status
            visit.seen.headers = tuple((one["name"], one["value"]) for one in await response.headers_array())
        await _until_quiet(page)
        return page

    async def _let(self, route: Route, visit: _Visit) -> None:
        request = route.request
        if held := self._held(request.method, request.url, request.headers):
            _keep(visit.seen.held_back, f"{request.method} {request.url}: {held}")
            await route.abort("blockedbyclient")
            return
        host = dial.origin(request.url)[1]
        if host not in visit.seen.hosts:
            visit.seen.hosts.append(host)
        await route.continue_(headers={**request.headers, **visit.private} if visit.private else None)

    def _held(self, method: str, url: str, headers: dict[str, str]) -> str:
        """Why that request is not sent; empty where it is."""
        if method not in ("GET", "HEAD"):
            return "it writes"
        _, host, port = dial.origin(url)
        if host not in self._public:
            return _STRANGE
        try:
            dial.must_be_listed(self._environment, host, port)
            fuse.must_pass(fuse.Outgoing(method, url, tuple(headers.items())), self._environment)
        except Troubled as troubled:
            return troubled.trouble.detail
        return ""

    async def _start(self) -> Browser:
        from playwright.async_api import async_playwright

        ends = time.monotonic() + _START
        rules, keys = await asyncio.to_thread(self._ways, ends)
        arguments = [*_ARGUMENTS, f"--host-resolver-rules={', '.join([*rules, 'MAP * ~NOTFOUND'])}"]
        if keys:
            arguments.append(f"--ignore-certificate-errors-spki-list={','.join(keys)}")
        async with asyncio.timeout(_START):
            self._driver = await async_playwright().start()
            return await self._driver.chromium.launch(executable_path=extras.browser(), args=arguments, timeout=0)

    async def _end(self) -> None:
        if self._starting is not None and not self._starting.cancelled():
            started = (await asyncio.gather(self._starting, return_exceptions=True))[0]
            if not isinstance(started, BaseException):
                await _quietly(started.close())
        if self._driver is not None:
            await _quietly(self._driver.stop())

    def _ways(self, ends: float) -> tuple[list[str], list[str]]:
        """Where each public host is, as rules for the resolver, and the keys of those that the CA file vouches for."""
        rules, keys = [], []
        for host in sorted(self._public):
            try:
                with dial.connect_any(self._environment, host, 443, dial.share(ends, 2)) as connection:
                    rules.append(_rule(host, 443, connection.getpeername()))
                    keys += [self._key(host, connection)] if self._environment.ca_file else []
            except Troubled as troubled:
                self._unreached[host] = troubled
            except OSError as error:
                said = f"{host}: {dial.said(error)}"
                self._unreached[host] = Troubled(Trouble(Reason.TLS_UNTRUSTED, said))
            with contextlib.suppress(Troubled):  # few pages need it
                rules.append(_rule(host, 80, dial.addresses(self._environment, host, 80, dial.share(ends, 2))[0]))
        return rules, keys

    def _key(self, host: str, connection: Any) -> str:
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        with self._trust.wrap_socket(connection, server_hostname=host) as tls:
            certificate = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"")
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(key).digest()).decode()


@dataclass
class _Visit:
    """One load of one page: what is asked for, and what is seen of it while it goes on."""

    url: str
    host: str
    landmark: str
    private: dict[str, str]
    public: frozenset[str]
    seen: Seen = field(default_factory=Seen)
    open: list[Request] = field(default_factory=list)

    def listens(self, page: Page) -> None:
        page.on("request", lambda request: self.open.append(request))
        page.on("requestfinished", lambda request: self.open.remove(request))
        page.on("pageerror", lambda error: _keep(self.seen.said, f"uncaught: {_line(error)}"))
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)
        page.on("dialog", lambda dialog: dialog.dismiss())

    async def looks_at(self, page: Page) -> None:
        if (there := dial.origin(page.url)[1]) != self.host:
            self.seen.trouble = Trouble(Reason.REDIRECT_ELSEWHERE, f"the page leads to {there}")
        self.seen.html = await page.content()
        self.seen.landmark = str(await page.locator(self.landmark).evaluate_all(_LANDMARK))
        self.seen.picture = await page.screenshot(timeout=0)

    def late(self, timeout: float) -> Trouble:
        """Whom the page waited for: the platform, or a browser that has everything and is not done."""
        if self.open:
            said = f"{self.open[0].url}: no whole answer within {timeout:g} s"
            return Trouble(Reason.TIMEOUT, said)
        return Trouble(Reason.CRASHED, f"{self.url}: all of it arrived, and the browser did not get done with it")

    async def holds_back_socket(self, socket: WebSocketRoute) -> None:
        _keep(self.seen.held_back, f"WebSocket {socket.url}: what it would say cannot be seen")
        await socket.close()

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(_REPEATED):
            _keep(self.seen.said, f"console: {' '.join(text.split())}")

    def _failed(self, request: Request) -> None:
        self.open.remove(request)
        why = request.failure or ""
        # What was held back is told there; what the page itself gave up, as it left for another address, is no failure.
        if "ERR_BLOCKED_BY_CLIENT" in why or "ERR_ABORTED" in why:
            return
        # The browser follows a redirect by itself, and its resolver knows no such name.
        if (host := dial.origin(request.url)[1]) not in self.public:
            _keep(self.seen.held_back, f"{request.method} {request.url}: {_STRANGE}")
            if request.is_navigation_request() and request.frame.parent_frame is None:
                self.seen.trouble = Trouble(Reason.REDIRECT_ELSEWHERE, f"the page leads to {host}")
            return
        self.seen.broken = self.seen.broken or why.startswith(_BROKEN)
        _keep(self.seen.failed, f"{request.method} {request.url}: {why}")

    def _answered(self, response: Response) -> None:
        if response.status < 400 or response.request.is_navigation_request():
            return
        # A script may ask whether its visitor is somebody.
        if response.status == 401 and response.request.resource_type in ("fetch", "xhr"):
            return
        self.seen.broken = self.seen.broken or response.status in _TRANSIENT_STATUSES
        self.seen.limited = self.seen.limited or response.status == 429
        _keep(self.seen.failed, f"{response.request.method} {response.url}: {response.status}")


async def _until_quiet(page: Page) -> None:
    """Until nothing was fetched for half a second; a page that never stops is taken as it is."""
    from playwright.async_api import TimeoutError as NeverQuiet

    try:
        await page.wait_for_load_state("networkidle", timeout=_QUIET * 1000)
    except NeverQuiet:
        return


async def _quietly(closing: Coroutine[Any, Any, None]) -> None:
    """Close what may be gone already."""
    from playwright.async_api import Error

    try:
        async with asyncio.timeout(5):
            await closing
    except (Error, TimeoutError, CancelledError):
        return


def _trouble(error: Exception, visit: _Visit) -> Trouble:
    said = _line(error)
    reason = next((reason for begins, reason in _REASONS if begins in said), Reason.PROTOCOL)
    visit.seen.broken = any(begins in said for begins in _BROKEN)
    return Trouble(reason, said)


def _keep(kept: list[str], one: str) -> None:
    if len(kept) < _MOST and one not in kept:
        kept.append(one)


def _line(error: object) -> str:
    """The first line of what the library says, without the name of its call."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return " ".join(text.removeprefix("Page.goto: ").split())


def _rule(host: str, port: int, there: tuple[Any, ...]) -> str:
    address, dialled = there[:2]
    return f"MAP {host}:{port} {f'[{address}]' if ':' in address else address}:{dialled}"
