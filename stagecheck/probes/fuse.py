"""The write fuse: what may not write cannot leave the process, whoever asks for it.

Held by the transport on the request that goes on the wire, and not on the step: a mistake in a target, a proof or a
probe is stopped all the same. Where it cannot tell, it refuses: servers differ in which of two keys, documents or
methods they obey (RFC 8259, 4; the GraphQL over HTTP draft), so all of them have to be harmless.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from stagecheck.exchange import Trouble, Troubled
from stagecheck.model import SAFE_METHODS, Environment
from stagecheck.outcome import Reason
from stagecheck.probes import dial

# The keys of a GraphQL request. Some servers read them in any case, so another spelling isn't let through.
_KEYS = frozenset({"query", "operationName", "variables", "extensions"})
# Headers by which some frameworks take another method for the one that was sent.
_OVERRIDES = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})
_OVERRIDE_KEY = "_method"
# What no parser of ours reads may still be read by the server: a word that begins a write is enough.
_WRITES = re.compile(r"(?i)\b(mutation|subscription)\b[^{}]*\{")


@dataclass(frozen=True)
class Outgoing:
    """One request as it goes on the wire: the URL as it was asked, and the headers and the body that are sent."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes = b""

    def header(self, name: str) -> list[str]:
        """All values of the headers of that name, in whatever case."""
        return [value for key, value in self.headers if key.lower() == name]


class _Refused(Exception):
    """Why a request may not leave."""


def must_pass(request: Outgoing, environment: Environment) -> None:
    """Raise `Troubled` (write_refused) for a request that may write where nothing may be written.

    Nothing may be written in an environment of production or with `writes: never`, nor at a host, by address or by the
    Host header, that the environment does not list. There, GET, HEAD and OPTIONS pass, a GraphQL POST that holds
    queries only, and a POST to the environment's own token address.
    """
    where = _closed(request, environment)
    if not where or _is_login(request, environment):
        return
    try:
        _harmless(request)
    except _Refused as why:
        told = f"not sent: {request.method} {request.url.partition('?')[0]}: {why}, and {where}"
        raise Troubled(Trouble(Reason.WRITE_REFUSED, told)) from None


def _closed(request: Outgoing, environment: Environment) -> str:
    """Why nothing may be written there; empty where it may."""
    if environment.production:
        return f"the environment '{environment.name}' is production"
    if environment.writes == "never":
        return f"the environment '{environment.name}' allows no writes"
    said = {dial.origin(service.host)[1] for service in environment.services.values() if service.host}
    for host in (request.url, *request.header("host")):
        if dial.origin(host)[1] not in dial.hosts(environment) | said:
            return f"{dial.origin(host)[1] or 'no host'} is not a host of the environment '{environment.name}'"
    return ""


def _is_login(request: Outgoing, environment: Environment) -> bool:
    """Whether it asks for a token, exactly as the credentials do."""
    gateway = dial.origin(environment.gateway)
    hosts = {dial.origin(f"{gateway[0]}://{host}") for host in request.header("host")}
    logins = {tenant.login.path for tenant in environment.tenants if tenant.login}
    at_gateway = dial.origin(request.url) == gateway and hosts <= {gateway}
    path = request.url.partition("://")[2].partition("/")
    return request.method == "POST" and at_gateway and f"/{path[2]}" in logins and not _overridden(request)


def _harmless(request: Outgoing) -> None:
    overridden = _overridden(request)
    if overridden:
        raise _Refused(f"{overridden} takes the place of the method")
    for key, value in parse_qsl(urlsplit(request.url).query, keep_blank_values=True):
        if key == _OVERRIDE_KEY and value.upper() not in SAFE_METHODS:
            raise _Refused(f"'{_OVERRIDE_KEY}' takes the place of the method")
        _query_value(key, value)
    if request.method in SAFE_METHODS:
        if request.body and _said_in(request.body):
            raise _Refused("its body holds a GraphQL operation that is no query")
        return
    if request.method != "POST":
        raise _Refused(f"{request.method} writes")
    _graphql(request)


def _overridden(request: Outgoing) -> str:
    """The header that names another method which writes; empty where there is none."""
    named = [(key, value) for key, value in request.headers if key.lower() in _OVERRIDES]
    return next((key for key, value in named if value.strip().upper() not in SAFE_METHODS), "")


def _query_value(key: str, value: str) -> None:
    """A value of the query string: GraphQL may stand there, also beside the body of a POST."""
    if key.lower() == "extensions" and "persistedquery" in value.lower():
        raise _Refused("a persisted GraphQL document cannot be seen")
    if "{" not in value:
        return  # no operation does without
    from graphql import GraphQLError

    try:
        _queries_only(value)
    except _Refused:
        raise _Refused(f"the query key '{key}' holds a GraphQL operation that is no query") from None
    except GraphQLError:
        if _WRITES.search(value):
            raise _Refused(f"the query key '{key}' holds what may be a GraphQL write") from None


def _graphql(request: Outgoing) -> None:
    types = [value.lower().replace(" ", "").replace('"', "") for value in request.header("content-type")]
    if types not in (["application/json"], ["application/json;charset=utf-8"]) or request.header("content-encoding"):
        raise _Refused("a POST that is no GraphQL query writes")
    try:
        data = json.loads(request.body.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _Refused("a POST that is no GraphQL query writes") from None
    operations = data if isinstance(data, list) else [data]
    if not operations:
        raise _Refused("a POST that is no GraphQL query writes")
    for operation in operations:
        _operation(operation)


def _operation(operation: Any) -> None:
    """One operation of a batch, or the only one."""
    if not isinstance(operation, dict) or not isinstance(operation.get("query"), str) or operation.keys() - _KEYS:
        raise _Refused("a POST that is no GraphQL query writes")
    if "persistedquery" in json.dumps(operation.get("extensions")).lower():
        raise _Refused("a persisted GraphQL document cannot be seen")
    from graphql import GraphQLError

    try:
        names = _queries_only(operation["query"])
    except GraphQLError as error:
        raise _Refused(f"its GraphQL document does not parse ({' '.join(error.message.split())})") from None
    wanted = operation.get("operationName")
    if not names or (wanted and wanted not in names):
        raise _Refused("its GraphQL document does not hold the operation that it asks for")


def _queries_only(document: str) -> list[str]:
    """The names of the document's operations; raises `_Refused` for one that is no query, GraphQLError for no GraphQL.

    `operationName` chooses one of them, yet servers differ in where they read it: each has to be a query.
    """
    # Parsing takes a large library, and most runs meet no GraphQL.
    from graphql import OperationDefinitionNode, OperationType, parse

    try:
        nodes = parse(document, no_location=True).definitions
    except RecursionError:
        raise _Refused("its GraphQL document is too deep to be read") from None
    operations = [node for node in nodes if isinstance(node, OperationDefinitionNode)]
    for node in operations:
        if node.operation is not OperationType.QUERY:
            raise _Refused(f"its GraphQL document holds a {node.operation.value}")
    return [node.name.value if node.name else "" for node in operations]


def _said_in(body: bytes) -> bool:
    """Whether the body of a request that should have none says a GraphQL write."""
    text = body.decode("utf-8", "replace")
    try:
        texts = [text, *_strings(json.loads(text))]
    except (ValueError, RecursionError):
        texts = [text]
    return any(_WRITES.search(one) for one in texts)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _strings(item)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys differ: of two equal ones, servers obey the first or the last."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands there twice")
    return made
