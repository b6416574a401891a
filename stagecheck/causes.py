"""One sentence that names the component at fault, from the reason kind and what the answer shows."""

from __future__ import annotations

import re

from stagecheck.exchange import Exchange
from stagecheck.matchers import UPSTREAM_STATUSES, titled
from stagecheck.outcome import Reason
from stagecheck.plan import Check

_SENTENCES: dict[Reason, str] = {
    Reason.DNS: "the name server has no usable answer for {host}: the record is missing, wrong or not served",
    Reason.CONNECT: "nothing accepts connections at {host}: {part} is not running or its port is not published",
    Reason.TIMEOUT: "{part} accepted the request and did not finish its answer in time",
    Reason.TLS_EXPIRED: "the edge presents an expired certificate for {host}: its renewal did not run",
    Reason.TLS_NAME: "the edge presents a certificate of another name for {host}: no certificate was issued for it",
    Reason.TLS_UNTRUSTED: "the edge presents a certificate for {host} that no trusted authority signed",
    Reason.TLS_CHAIN: "the edge presents the certificate of {host} without its intermediate: clients find no chain",
    Reason.TLS_PROTOCOL: "the edge and a current client find no common TLS protocol for {host}",
    Reason.PROTOCOL: "{part} breaks HTTP: what came back is not a valid answer",
    Reason.TRUNCATED: "{part} cuts its body: what it declares (length or encoding) is not what it sends",
    Reason.REDIRECT_LOOP: "{part} redirects in a circle",
    Reason.REDIRECT_ELSEWHERE: "{part} redirects to a host that is not its own",
    Reason.NO_HTTPS: "the edge does not lead {host} from HTTP to HTTPS",
    Reason.CONTENT_TYPE: "something other than {service} answered, or it answers as another type",
    Reason.CHARSET: "{service} states one character set and sends another",
    Reason.NOT_JSON: "something other than {service} answered: its API speaks JSON",
    Reason.WRONG_SERVICE: "another program answers at this address than {service}: a port taken over, or a wrong image",
    Reason.SCHEMA: "{service} answered in another shape than its API has: another program or version is deployed",
    Reason.EMPTY: "{service} is up and has no data: its database is empty, or not the one that was seeded",
    Reason.ERROR_UNDER_200: "{part} hides an error of {service} under a success status",
    Reason.CANNED_ANSWER: "{part} answers for {service} out of its own stock: the data did not come from the service",
    Reason.SLOW: "{part} answers, but slower than its users are promised",
    Reason.WRONG_REVISION: "{part} is not of the release that this run is about",
    Reason.WRONG_CONTENT: "{part} answered, but not with what {service} must say",
}

# How SQLite, PostgreSQL and MySQL say that the schema is behind the code, on the page of a framework in debug mode.
_BEHIND = re.compile(
    r"no such (?:table|column)|(?:relation|column) \S+ does not exist|Unknown column|Table \S+ doesn't"
)


# How proxies word it that nobody answered at all.
_NOT_REACHED = re.compile(r"reach|connect|refused|resol|upstream|bad gateway|host", re.IGNORECASE)
# Of what is asked over another protocol than HTTP.
_OTHER: dict[Reason, str] = {
    Reason.PROTOCOL: "another program than {service} listens at {host}, or a proxy with nothing behind it",
    Reason.STATUS: "{service} refuses what its target asks: another version, schema or role than it is written for",
    Reason.UPSTREAM_DOWN: "{service} is there and cannot serve now: it starts, recovers or has no place left",
}


def blame(check: Check, exchange: Exchange, reason: Reason) -> str:
    """Which component to look at first."""
    told = check.entry.cause(exchange.status) if check.entry else ""
    if told and reason in (Reason.STATUS, Reason.UPSTREAM_DOWN):
        return told
    if exchange.step.probe != "http" and reason in _OTHER:
        return _OTHER[reason].format(service=check.service, host=_host(exchange))
    queue = exchange.step.request.grpc.task_queue if exchange.step.request.grpc else ""
    if queue and reason in (Reason.EMPTY, Reason.WRONG_CONTENT):
        return f"no worker takes what is put into {queue}: it was not started, or has ended; see its log"
    if reason is Reason.UPSTREAM_DOWN:
        return _upstream(check, exchange)
    if reason is Reason.STATUS:
        return _status(check, exchange)
    sentence = _SENTENCES.get(reason, "{part} does not do what {service} must")
    return sentence.format(part=part(check, exchange), service=check.service, host=_host(exchange))


def part(check: Check, exchange: Exchange) -> str:
    """The component that gave the answer: the service itself, or the gateway on the way to it."""
    via = exchange.step.request.via
    if via == "gateway" and exchange.step.probe == "http" and check.service != "brain-gateway":
        return f"brain-gateway (or {check.service} behind it)"
    return check.service


def _upstream(check: Check, exchange: Exchange) -> str:
    body = exchange.json if isinstance(exchange.json, dict) else {}
    named = body.get("service") if isinstance(body.get("service"), str) else check.service
    if exchange.step.request.via != "gateway" or named == "brain-gateway":
        return f"{check.service} answers {exchange.status}: it is up and cannot serve"
    if exchange.status == 503 and "service" not in body:
        # The gateway names the service of which it speaks; what names none may well come from the service itself.
        return f"{part(check, exchange)} answers 503{titled(exchange)}: it is up and cannot serve"
    says = body.get("detail")
    if exchange.status == 502 and isinstance(says, str) and not _NOT_REACHED.search(says):
        # RFC 9110, 15.6.3: an answer came, and was invalid.
        return f"{named} answers brain-gateway with an error, see its log: {says!r}"
    told = {502: "cannot reach it", 503: "does not let requests through to it", 504: "got no answer from it in time"}
    return f"{named} is down or unreachable from the gateway: brain-gateway {told.get(exchange.status or 0, '')}"


def accident(check: Check, exchange: Exchange) -> str:
    """What kept a service from saying yes or no, where neither was heard."""
    if exchange.trouble is not None:
        return blame(check, exchange, exchange.trouble.reason)
    down = (exchange.status or 0) in UPSTREAM_STATUSES
    return blame(check, exchange, Reason.UPSTREAM_DOWN if down else Reason.STATUS)


def _status(check: Check, exchange: Exchange) -> str:
    status = exchange.status or 0
    if status in (401, 403) and exchange.step.identity.tenant:
        return f"{part(check, exchange)} refuses {_token(exchange)}"
    if status in range(300, 400):
        return (
            f"{part(check, exchange)} redirects where it should answer: a proxy setting (HTTPS, slash, login) is wrong"
        )
    if status == 400:
        return f"{part(check, exchange)} refuses the request itself: a Host that is not allowed, or another API version"
    if status == 404:
        return f"{part(check, exchange)} does not have this route: another program, version or prefix is deployed"
    if status >= 500:
        if _BEHIND.search(exchange.text[:65536]):
            return f"{part(check, exchange)} asks its database for what it does not have: a migration did not run"
        page = f", with a page{title}" if (title := titled(exchange)) else ""
        return f"{part(check, exchange)} fails inside{page}: see its log at this trace id"
    return f"{part(check, exchange)} answers {status} where another status is due"


def _token(exchange: Exchange) -> str:
    """What is to be known of a tenant's token that was refused."""
    tenant, told = exchange.step.identity.tenant, exchange.facts
    if "token_begins_s" in told:
        begins = _long(told["token_begins_s"])
        return f"a token of {tenant} that begins {begins} from now: the clock of who issues it is ahead"
    if "token_ends_s" in told:
        ended = _long(-told["token_ends_s"])
        return f"a token of {tenant} that ended {ended} ago: the clock of who issues it is behind, or it is old"
    return f"a valid token of {tenant}: keys or roles differ"


def _long(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _host(exchange: Exchange) -> str:
    return exchange.url.partition("://")[2].partition("/")[0] or exchange.url
