"""The http probe: one step as an HTTP request, its redirects followed and its failures tried again by our own rules."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urldefrag, urlencode, urljoin

import tenacity

from stagecheck import __version__
from stagecheck.allowance import retry_after
from stagecheck.exchange import Attempt, Exchange, Hop, Trouble, Troubled
from stagecheck.model import ANONYMOUS, Identity, Step
from stagecheck.outcome import Reason
from stagecheck.probes import dial
from stagecheck.probes.transport import Answer

if TYPE_CHECKING:
    from stagecheck.probes.wire import Wire

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_HOPS = 10
_TRANSIENT = frozenset({502, 503, 504})
_FIRST_WAIT = 0.2  # seconds; doubles with each try
_LONGEST_WAIT = 5.0  # seconds that a 429 or 503 may ask for
_CLOCKS = 5.0  # seconds by which two clocks may differ

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Call:
    """One request as it goes out; `public` are the headers for any host, `private` says whether there are others."""

    method: str
    url: str
    headers: Pairs
    public: Pairs
    content: bytes | None
    identity: Identity
    private: bool
    line_host: str = ""


@dataclass(frozen=True)
class _Tried:
    """What one try gave, and after how many seconds it is worth another; None is never."""

    exchange: Exchange
    wait: float | None


def probe(step: Step, wire: Wire) -> Exchange:
    """Ask the step over HTTP and read the whole answer.

    The deadline (`step.timeout`, or the environment's budget, in seconds) holds for each try, with all its redirects.
    A safe request is tried again after a connection that failed or broke, and after 502, 503 and 504, up to
    `budgets.attempts` times while the tries have not used up one deadline; a 429 once, when its Retry-After is at most
    5 s and the step heeds limiters. Before each request the run's pace is kept, and that wait is no part of the
    exchange's time. A write is never tried again. With `follow`, at most 10 redirects of a GET or HEAD are followed,
    only to the environment's own hosts, and from the first other host on without any credential. Facts: `connect_s`,
    `first_byte_s`, `trace_id`; of a 401 to a tenant whose token does not begin for some time, in how many seconds it
    does, by this machine's clock: `token_begins_s`; of one that has ended `token_ends_s`, which is below 0.
    """
    return ask(step, wire)


def ask(step: Step, wire: Wire, content: bytes | None = None, repeat: bool | None = None) -> Exchange:
    """As `probe`; `content` goes out in place of the step's body, `repeat` overrides whether it may be tried again."""
    url = address(step, wire.environment.gateway)
    trace = secrets.token_hex(16)
    try:
        call = _call(step, wire, url, trace, content)
    except Troubled as troubled:
        return Exchange(step, url, trouble=troubled.trouble)
    # What is removed twice is removed: a clean-up is worth another try, though it writes.
    unharmful = step.cleanup or not step.request.writes
    safe = step.retry and unharmful if repeat is None else repeat
    allowed = wire.timeout(step)
    attempts: list[Attempt] = []
    first: list[Exchange] = []

    def once() -> _Tried:
        exchange, reset = _followed(call, step, wire)
        heard = any(attempt.status == 429 for attempt in attempts)
        first[:] = first or [exchange]
        attempts.append(Attempt(exchange.status, exchange.trouble, exchange.seconds))
        spent = sum(attempt.seconds for attempt in attempts)
        # What takes no heed of a limiter wants to know of its refusal.
        transient = reset or exchange.status in _TRANSIENT or (exchange.status == 429 and step.paced)
        worth = safe and spent < allowed and transient
        wait = _worth(exchange, heard, len(attempts)) if worth else None
        late = wait is not None and time.monotonic() + wait >= wire.ends(step)
        return _Tried(exchange, None if late else wait)

    tried = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda tried: tried.wait is not None),
        stop=tenacity.stop_after_attempt(wire.environment.budgets.attempts),
        wait=_wait,
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )(once)
    facts = {**tried.exchange.facts, "trace_id": trace, **_of_a_refused_token(step, wire, tried.exchange)}
    again = first[0] if len(attempts) > 1 else None
    return replace(tried.exchange, attempts=tuple(attempts), first=again, facts=facts)


def _of_a_refused_token(step: Step, wire: Wire, exchange: Exchange) -> dict[str, Any]:
    """When the tenant's own token begins and ends, where it was refused: a clock may be at fault."""
    who = step.identity
    if exchange.status != 401 or not who.tenant or who.forge or who.variable or step.raw_authorization is not None:
        return {}
    try:
        begins, ends = wire.credentials.valid_within(who)
    except Troubled:  # it had ended, and there is no new one
        return {}
    if begins > _CLOCKS:
        return {"token_begins_s": round(begins)}
    return {"token_ends_s": round(ends)} if ends < 0 else {}


def address(step: Step, gateway: str) -> str:
    """The URL that a step asks: its base (or the gateway), path, query, and the extra query in its order."""
    request = step.request
    pairs: list[tuple[str, str]] = []
    for key, value in request.query.items():
        pairs += [(key, str(one)) for one in (value if isinstance(value, list) else [value])]
    pairs += step.extra_query
    url = (step.base or gateway).rstrip("/") + request.path
    if not pairs:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(pairs, quote_via=quote)}"


def method_of(step: Step) -> str:
    """The method that a step sends; a GraphQL operation is a POST (also a query)."""
    return step.request.method if step.request.graphql is None else "POST"


def content_of(step: Step) -> bytes | None:
    """The body that a step sends: JSON, or a GraphQL operation as JSON, or a list of some; None where it has none."""
    request = step.request
    body: Any = request.body
    if request.graphql is not None:
        operations = [request.graphql, *request.graphql.beside]
        batch = [{"query": one.document, "variables": one.variables} for one in operations]
        body = batch if request.graphql.beside else batch[0]
    return None if body is None else json.dumps(body, ensure_ascii=False).encode()


def _worth(exchange: Exchange, heard: bool, tries: int) -> float | None:
    """After how many seconds a transient failure is worth another try; `heard` says that a 429 came before."""
    asked = retry_after(exchange.header("retry-after"))
    if exchange.status == 429 and (heard or asked is None):
        return None
    if asked is not None and asked > _LONGEST_WAIT:
        return None
    backoff = 0.0 if exchange.status == 429 else _FIRST_WAIT * 2.0 ** (tries - 1)
    return max(asked or 0.0, backoff)


def _wait(state: tenacity.RetryCallState) -> float:
    tried = state.outcome.result() if state.outcome else None
    return tried.wait or 0.0 if isinstance(tried, _Tried) else 0.0


def _call(step: Step, wire: Wire, url: str, trace: str, content: bytes | None) -> _Call:
    try:
        host = dial.origin(url)[1]
    except ValueError as error:
        raise Troubled(Trouble(Reason.PROTOCOL, f"cannot be asked: {error}")) from None
    own = wire.is_own(host)
    if content is None and (content := content_of(step)) is not None and own:
        content = wire.credentials.fill_json(content.decode()).encode()
    public = [
        ("User-Agent", f"stagecheck/{__version__} (post-deploy checks; run {wire.run_id})"),
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip"),
        ("traceparent", f"00-{trace}-{trace[:16]}-01"),
    ]
    if step.check:
        public.append(("X-Stagecheck-Check", step.check))
    body = [("Content-Type", "application/json")] if content is not None else []
    secret = secret_headers(step, wire) if own else ()
    fill = wire.credentials.fill if own else str
    asked = [(name, fill(value)) for name, value in step.request.headers.items()]
    extra = [(name, fill(value)) for name, value in step.extra_headers]
    headers = _layers(public, body, secret, asked, extra)
    identity = step.identity if own else ANONYMOUS
    return _Call(method_of(step), url, headers, tuple(public), content, identity, own, step.line_host)


def secret_headers(step: Step, wire: Wire) -> Pairs:
    """The credentials of edge, service and identity; a bearer takes the place of basic, as both are one header."""
    credentials, edge = wire.credentials, wire.environment.edge
    given: list[tuple[str, str]] = []
    if edge.basic is not None:
        pair = f"{credentials.value(edge.basic.user)}:{credentials.value(edge.basic.password)}"
        given.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
    if edge.header is not None:
        given.append((edge.header.name, credentials.value(edge.header.value)))
    if (wanted := wire.environment.own_header(step)) is not None:
        given.append((wanted.name, credentials.value(wanted.value)))
    if step.raw_authorization is not None:
        given.append(("Authorization", credentials.fill(step.raw_authorization)))
    else:
        authorization = credentials.authorization(step.identity)
        if authorization is not None:
            given.append(("Authorization", authorization))
    return _layers(*((one,) for one in given))


def _layers(*layers: Iterable[tuple[str, str]]) -> Pairs:
    """Headers of which a later layer replaces those of the same name; within one layer a name may come twice."""
    headers: list[tuple[str, str]] = []
    for layer in map(tuple, layers):
        replaced = {name.lower() for name, _ in layer}
        headers = [(name, value) for name, value in headers if name.lower() not in replaced]
        headers += layer
    return tuple(headers)


def _followed(call: _Call, step: Step, wire: Wire) -> tuple[Exchange, bool]:
    """One try: the request and, with `follow`, its redirects, all within one deadline; and whether it met a reset."""
    began = time.monotonic()
    timeout = 0.0
    hops: list[Hop] = []
    cookies: dict[str, str] = {}
    seen = {(call.url, "")}
    while True:
        arrived = time.monotonic()
        refused = _admitted(step, wire)
        with wire.crowd.among_others(wire.ends(step)), wire.crowd.turn(dial.origin(call.url), wire.ends(step)):
            # What the run itself waits is no part of the exchange's time.
            began += time.monotonic() - arrived
            timeout = timeout or wire.timeout(step)
            answer = refused or _sent(call, wire, cookies, began + timeout)
        if refused is None and step.paced:
            wire.pace.heard(step.identity.tenant, step.service, answer.status, answer.headers, step.awaits)
        trouble = answer.trouble
        location = _location(answer) if step.follow and trouble is None and call.method in ("GET", "HEAD") else None
        following: _Call | None = None
        if location is not None:
            hops.append(Hop(call.url, answer.status or 0, location))
            cookies.update(_cookies(answer))
            following, trouble = _next(call, location, wire)
        if following is not None:
            cookies = cookies if following.private else {}
            place = (following.url, _cookie(cookies))
            if place in seen or len(hops) > _MOST_HOPS:
                how = "comes back to" if place in seen else f"more than {_MOST_HOPS} redirects, now to"
                trouble = Trouble(Reason.REDIRECT_LOOP, f"{how} {following.url}")
                following = None
            seen.add(place)
        if following is None:
            exchange = Exchange(
                step,
                call.url,
                answer.status,
                answer.http_version,
                answer.headers,
                answer.body,
                time.monotonic() - began,
                trouble,
                tuple(hops),
                facts=answer.facts,
            )
            return exchange, answer.reset
        call = following


def _admitted(step: Step, wire: Wire) -> Answer | None:
    """None once the request may go out, as a clean-up does whatever the pace says; else why it may not."""
    if not step.paced:
        return None
    try:
        wire.pace.admit(step.identity.tenant, step.service, wire.ends(step), step.awaits)
    except Troubled as troubled:
        # Better refused by the platform than a record that nobody removes.
        return None if step.cleanup else Answer(trouble=troubled.trouble)
    return None


def _sent(call: _Call, wire: Wire, cookies: dict[str, str], ends: float) -> Answer:
    scheme, host, port = dial.origin(call.url)
    try:
        dial.must_be_listed(wire.environment, host, port)
        client = wire.client((scheme, host, port), call.identity, call.private)
    except Troubled as troubled:
        return Answer(trouble=troubled.trouble)
    headers = _layers(call.headers, [("Cookie", _cookie(cookies))] if cookies else [])
    answer = client.send(call.method, call.url, headers, call.content, ends, call.line_host)
    wire.leave(client)
    return answer


def _next(call: _Call, location: str, wire: Wire) -> tuple[_Call | None, Trouble | None]:
    """The request that a redirect leads to, without what the first host alone may see once it leads elsewhere."""
    try:
        url = urldefrag(urljoin(call.url, location)).url
        here, there = dial.origin(call.url), dial.origin(url)
    except ValueError as error:
        return None, Trouble(Reason.PROTOCOL, f"the Location cannot be read: {error}")
    if there[0] not in ("http", "https") or not wire.is_own(there[1]):
        return None, Trouble(Reason.REDIRECT_ELSEWHERE, f"to {url}, which is not a host of this environment")
    if _same(here, there):
        return replace(call, url=url), None
    return replace(call, url=url, headers=call.public, identity=ANONYMOUS, private=False), None


def _same(here: tuple[str, str, int], there: tuple[str, str, int]) -> bool:
    """Whether credentials may go along: the same origin, or from plain HTTP to HTTPS of the same host."""
    upgrade = (here[0], here[2], there[0], there[2]) == ("http", 80, "https", 443)
    return here[1] == there[1] and (here == there or upgrade)


def _location(answer: Answer) -> str | None:
    if answer.status not in _REDIRECTS:
        return None
    return next((value for name, value in answer.headers if name.lower() == "location"), None)


def _cookies(answer: Answer) -> Pairs:
    """Names and values of the cookies that an answer sets; they live as long as one chain of redirects."""
    set_cookies = [value for name, value in answer.headers if name.lower() == "set-cookie"]
    pairs = (value.split(";")[0].partition("=") for value in set_cookies)
    return tuple((name.strip(), value.strip()) for name, _, value in pairs if name.strip())


def _cookie(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
