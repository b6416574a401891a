"""Routes: asked with a method or a path that the service does not state, spelled in several ways, of mixed versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.openspec import naming
from stagecheck.openspec.facts import Call, Endpoint, Service
from stagecheck.openspec.finding import Case, Found, Rule, count
from stagecheck.openspec.matching import reaches

_WRITES = ("POST", "PUT", "PATCH")


def no_endpoint(case: Case) -> Iterator[Found]:
    """What is asked of a service is one of its routes."""
    for call, service, own in _asked(case):
        if not any(reaches(call.key, call.rest, one.path) for one in own):
            sentence = f"{_told(call)} is asked of {service.id}, which states no such route"
            yield Found(call.place, sentence, (own[0].place,))


def method_differs(case: Case) -> Iterator[Found]:
    """A route is asked with a method that it has."""
    for call, service, own in _asked(case):
        here = [one for one in own if reaches(call.key, call.rest, one.path)]
        methods = {one.method for one in here}
        if here and call.method and "" not in methods and call.method not in methods:
            sentence = (
                f"{_told(call)} is asked of {service.id}, which states {' and '.join(sorted(methods))} there only"
            )
            yield Found(call.place, sentence, (here[0].place,))


def slash_differs(case: Case) -> Iterator[Found]:
    """A write is asked with the slash that the route has: a redirect to it would make a GET of it."""
    for call, service, own in _asked(case):
        here = [one for one in own if reaches(call.key, call.rest, one.path) and one.method in ("", call.method)]
        ends = {one.path.endswith("/") for one in here}
        if call.method in _WRITES and len(ends) == 1 and ends != {call.rest.endswith("/")}:
            how = "without" if True in ends else "with"
            sentence = f"{_told(call)} is asked {how} a slash at its end, {service.id} states {here[0].path}"
            yield Found(call.place, sentence, (here[0].place,))


def spelled_in_ways(case: Case) -> Iterator[Found]:
    """One route of a service is spelled in one way."""
    for service in case.tree.services:
        first: dict[tuple[str, str], Endpoint] = {}
        for one in case.tree.endpoints:
            if one.service != service.id:
                continue
            known = first.setdefault((one.method, _alike(one.path)), one)
            if known.path != one.path:
                sentence = f"{service.id} states {known} and {one}, one route spelled in two ways"
                yield Found(one.place, sentence, (known.place,))


def rest_of_graphql(case: Case) -> Iterator[Found]:
    """A service that speaks GraphQL only is not asked for REST routes."""
    told: set[tuple[str, str]] = set()
    for call in case.tree.calls:
        service = _service(case, call)
        if service is None or not call.path or "graphql" in call.rest or not _is_graphql(case, service):
            continue
        if (call.caller, service.id) not in told:
            told.add((call.caller, service.id))
            number = sum(one.caller == call.caller and one.key == call.key for one in case.tree.calls)
            sentence = f"{call.caller} asks {count(number, 'REST route')} of {service.id}, which states GraphQL only"
            yield Found(call.place, sentence, (service.place,))


def versions_mixed(case: Case) -> Iterator[Found]:
    """The routes of the services behind a gateway have their version in one form."""
    forms: dict[str, list[Endpoint]] = {}
    behind = {one.id for one in case.tree.services if one.kind == "backend" and one is not case.tree.gateway}
    for one in case.tree.endpoints:
        if one.service in behind and "health" not in one.path:
            version = re.match(r"/(?:api/)?(v\d+)/", one.path)
            forms.setdefault(version[1] if version else "", []).append(one)
    if len(forms) > 1:
        told = [f"{version or 'none'} ({len({one.service for one in forms[version]})})" for version in sorted(forms)]
        places = [forms[version][0].place for version in sorted(forms)]
        sentence = f"the routes of the services have several versions: {', '.join(told)}"
        yield Found(places[0], sentence, tuple(places[1:]))


RULES = (
    Rule("call-without-endpoint", "a route is asked that the service does not state", no_endpoint, rows=("F96",)),
    Rule("call-method-differs", "a route is asked with a method that it has not", method_differs),
    Rule("call-slash-differs", "a write is asked without the slash of its route", slash_differs, rows=("F71",)),
    Rule("path-spelled-differently", "one route is spelled in several ways", spelled_in_ways),
    Rule("rest-asked-of-graphql", "REST is asked of a service that speaks GraphQL", rest_of_graphql),
    Rule("api-version-mixed", "the routes have versions in several forms", versions_mixed, level="warning"),
)


def _told(call: Call) -> str:
    return f"{call.method} {call.rest}".strip()


def _service(case: Case, call: Call) -> Service | None:
    return naming.by_key(call.key, case.tree.services, case.tree.registry) if call.key else None


def _asked(case: Case) -> Iterator[tuple[Call, Service, list[Endpoint]]]:
    """The calls of services that state routes."""
    for call in case.tree.calls:
        service = _service(case, call) if call.rest else None
        own = [one for one in case.tree.endpoints if service and one.service == service.id]
        if service is not None and own and service is not case.tree.gateway:
            yield call, service, own


def _alike(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path.lower().replace("_", "-")).rstrip("/")


def _is_graphql(case: Case, service: Service) -> bool:
    own = [one for one in case.tree.endpoints if one.service == service.id and "graphql" not in one.path]
    states = any(block.language == "graphql" for block in case.tree.page_of(service).blocks)
    entries = [one for one in case.tree.registry if "graphql" in one.path]
    routed = any(naming.by_key(one.key, case.tree.services, case.tree.registry) is service for one in entries)
    return not own and (states or routed)
