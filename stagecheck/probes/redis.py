"""The redis probe: one command that reads, over the server's own protocol."""

from __future__ import annotations

import contextlib
import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from stagecheck.exchange import Exchange, Trouble, Troubled
from stagecheck.model import Redis, Step
from stagecheck.outcome import Reason
from stagecheck.probes import dial, resp

if TYPE_CHECKING:
    from stagecheck.probes.wire import Wire

PORT = 6379
# The first word of a reply of a server that is there and cannot serve now.
NOT_NOW = frozenset({"LOADING", "MASTERDOWN", "BUSY", "CLUSTERDOWN", "TRYAGAIN"})


def probe(step: Step, wire: Wire) -> Exchange:
    """Ask the command of the server whose URL (redis:// or rediss://) the variable `step.base` holds.

    The body is the reply as JSON; that of INFO is an object. An error reply is trouble, its words the fact `refusal`.
    """
    with wire.crowd.turn(("redis", step.base, PORT), wire.ends(step)):
        return _probe(step, wire)


def _probe(step: Step, wire: Wire) -> Exchange:
    began = time.monotonic()
    ends = began + wire.timeout(step)
    url, trouble, facts, body = "redis:", None, {}, b""
    assert step.request.redis is not None
    try:
        place = _place(wire.credentials.value(step.base), step.base)
        url = f"{place.scheme}://{place.hostname}:{place.port or PORT}"
        with _talking(place, wire, ends) as talk:
            _log_in(talk, place, step.request.redis, step.base)
            body = json.dumps(_asked(talk, step.request.redis)).encode()
    except Troubled as troubled:
        trouble = troubled.trouble
    except resp.Refusal as refusal:
        facts = {"refusal": str(refusal)}
        down = str(refusal).partition(" ")[0] in NOT_NOW
        trouble = Trouble(Reason.UPSTREAM_DOWN if down else Reason.STATUS, f"refuses the command: {refusal}")
    return Exchange(step, url, body=body, trouble=trouble, seconds=time.monotonic() - began, facts=facts)


def _place(url: str, variable: str) -> SplitResult:
    with contextlib.suppress(ValueError):  # told below, without the value
        parts = urlsplit(url)
        if parts.scheme in ("redis", "rediss") and parts.hostname and (parts.port or PORT):
            return parts
    told = f"the variable {variable} does not hold a URL as redis://[USER]:PASSWORD@HOST:PORT/NUMBER"
    raise Troubled(Trouble(Reason.CREDENTIAL_MISSING, told))


@contextmanager
def _talking(place: SplitResult, wire: Wire, ends: float) -> Iterator[resp.Conversation]:
    host, port = place.hostname or "", place.port or PORT
    with wire.place((place.scheme, host, port), ends), contextlib.ExitStack() as stack:
        connection = stack.enter_context(dial.connect_any(wire.environment, host, port, ends))
        if place.scheme == "rediss":
            connection.settimeout(max(ends - time.monotonic(), 0.001))
            try:
                connection = stack.enter_context(wire.trust.wrap_socket(connection, server_hostname=host))
            except ssl.SSLError as error:
                from stagecheck.probes import tls  # its library is heavy, and most runs look at no certificate

                raise Troubled(tls.explain(error, wire.environment, host, port, ends)) from None
            except OSError as error:
                detail = f"{host}:{port}: the TLS handshake broke off: {dial.said(error)}"
                raise Troubled(Trouble(Reason.TLS_PROTOCOL, detail)) from None
        yield resp.Conversation(connection, f"{host}:{port}", ends)


def _log_in(talk: resp.Conversation, place: SplitResult, asked: Redis, variable: str) -> None:
    if place.password and not asked.anonymous:
        try:
            talk.ask("AUTH", *filter(None, (unquote(place.username or ""), unquote(place.password))))
        except resp.Refusal as refusal:
            # A server that has no password says so by an error; what it lets in is for the proof `password` to tell.
            if not str(refusal).startswith("ERR AUTH"):
                told = f"the server refuses the password in {variable}: {refusal}"
                raise Troubled(Trouble(Reason.CREDENTIAL_MISSING, told)) from None
    if number := place.path.strip("/"):
        talk.ask("SELECT", number)


def _asked(talk: resp.Conversation, asked: Redis) -> Any:
    reply = talk.ask(*asked.command)
    return _fields(reply) if asked.command[0].upper() == "INFO" and isinstance(reply, str) else reply


def _fields(info: str) -> dict[str, str | int]:
    """`redis_version:7.0.15` and so on, line by line; whole numbers as such."""
    pairs = (line.split(":", 1) for line in info.splitlines() if ":" in line)
    return {name: int(value) if value.isdecimal() else value for name, value in pairs}
