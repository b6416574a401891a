"""One function for each key of `expect`, under the key's own name: what the answer is instead, or None.

A `Mismatch` reads as `status: expected 200, got 503`. The order of `MATCHERS` is the order of asking: what is nearer to
the wire comes first, so that the first mismatch is the cause and not a consequence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from stagecheck import jsonpaths
from stagecheck.exchange import Exchange
from stagecheck.model import Condition, Expect
from stagecheck.outcome import Reason

_TITLE = re.compile(r"<title[^>]*>([^<]*)</title>", re.IGNORECASE)
Schemas = Mapping[str, Any]
UPSTREAM_STATUSES = frozenset({502, 503, 504})
# Where these stand, the answer was made up by something between us and the service.
FALLBACK_SOURCES = frozenset({"fallback", "error", "mock", "mock_backend", "mock_data", "static"})


@dataclass(frozen=True)
class Mismatch:
    """Why an answer is not the expected one."""

    reason: Reason
    seen: str


def first_mismatch(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    """The first thing in the answer that is not as expected; None when all is."""
    # A redirect that leads nowhere is in trouble itself; that its status is no 200 only follows from that.
    if exchange.trouble and (exchange.status is None or exchange.status in range(300, 400)):
        return Mismatch(exchange.trouble.reason, exchange.trouble.detail)
    for key, matcher in MATCHERS.items():
        mismatch = matcher(expect, exchange, schemas)
        if mismatch:
            return Mismatch(mismatch.reason, f"{key}: {mismatch.seen}")
        if key == "status" and exchange.trouble:
            return Mismatch(exchange.trouble.reason, exchange.trouble.detail)
    return None


def status(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    wanted = [expect.status] if isinstance(expect.status, int) else expect.status
    if wanted is None or exchange.status in wanted:
        return None
    where = exchange.header("location") if exchange.status in range(300, 400) else None
    to = f" to {where}" if where else ""
    return Mismatch(_of_status(exchange, where), f"expected {' or '.join(map(str, wanted))}, got {exchange.status}{to}")


def _of_status(exchange: Exchange, where: str | None) -> Reason:
    """Why an answer with that status, which leads to `where`, is none."""
    if exchange.status in UPSTREAM_STATUSES:
        return Reason.UPSTREAM_DOWN
    # Behind a gateway a service may well know itself by another host than it is asked by.
    if where is None or exchange.step.request.via != "domain":
        return Reason.STATUS
    try:
        there = urljoin(exchange.url, where)
        elsewhere = urlsplit(there).hostname != urlsplit(exchange.url).hostname
    except ValueError:
        return Reason.STATUS
    if there == exchange.url:
        return Reason.REDIRECT_LOOP
    return Reason.REDIRECT_ELSEWHERE if elsewhere else Reason.STATUS


def type(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    if expect.type is None or exchange.media_type == expect.type:
        return None
    what = " (a login page)" if is_login_page(exchange) else titled(exchange)
    return Mismatch(Reason.CONTENT_TYPE, f"expected {expect.type}, got {exchange.media_type or 'none'}{what}")


def charset(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    if expect.charset is None:
        return None
    stated = re.search(r"charset=\"?([\w-]+)", exchange.header("content-type") or "", re.IGNORECASE)
    name = stated.group(1).lower() if stated else "none"
    if name != expect.charset.lower():
        return Mismatch(Reason.CHARSET, f"expected {expect.charset}, got {name}")
    try:
        exchange.body.decode(expect.charset)
    except UnicodeDecodeError as error:
        return Mismatch(Reason.CHARSET, f"the body is not {expect.charset}: byte {error.start} does not decode")
    return None


def service(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    if expect.service is None:
        return None
    if not isinstance(exchange.json, dict):
        return Mismatch(Reason.NOT_JSON, f"the body is no JSON object{titled(exchange)}: {_short(exchange.text)}")
    named = exchange.json.get("service")
    if named == expect.service:
        return None
    return Mismatch(Reason.WRONG_SERVICE, f"expected {expect.service!r}, got {_short(named)}")


def no_error_body(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    if not expect.no_error_body or exchange.status is None or exchange.status >= 400:
        return None
    body = exchange.json
    if not isinstance(body, dict):
        return None
    if body.get("success") is False:
        return Mismatch(Reason.ERROR_UNDER_200, f"success is false under {exchange.status}: {_short(body)}")
    source = body.get("source")
    if isinstance(source, str) and source.lower() in FALLBACK_SOURCES:
        return Mismatch(Reason.CANNED_ANSWER, f"the answer names its source {source!r}")
    if body.get("error") and not body.get("data"):
        return Mismatch(Reason.ERROR_UNDER_200, f"an error under {exchange.status}: {_short(body['error'])}")
    return None


def graphql_ok(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    if not expect.graphql_ok:
        return None
    body = exchange.json
    if not isinstance(body, dict):
        return Mismatch(Reason.NOT_JSON, f"the body is no JSON object{titled(exchange)}: {_short(exchange.text)}")
    if body.get("errors"):
        return Mismatch(Reason.ERROR_UNDER_200, f"errors under {exchange.status}: {_short(body['errors'])}")
    if body.get("data") is None:
        return Mismatch(Reason.EMPTY, "data is null")
    return None


def json_(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    if not expect.json_:
        return None
    if not exchange.is_json:
        return Mismatch(Reason.NOT_JSON, f"the body is no JSON{titled(exchange)}: {_short(exchange.text)}")
    for path, wanted in expect.json_.items():
        mismatch = satisfies(path, wanted, exchange.json)
        if mismatch:
            return mismatch
    return None


def schema(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    if expect.json_schema is None:
        return None
    from jsonschema import Draft202012Validator

    if not exchange.is_json:
        return Mismatch(Reason.NOT_JSON, f"the body is no JSON{titled(exchange)}: {_short(exchange.text)}")
    first = next(Draft202012Validator(schemas[expect.json_schema]).iter_errors(exchange.json), None)
    if first is None:
        return None
    return Mismatch(Reason.SCHEMA, f"{expect.json_schema}: {first.json_path}: {_short(first.message)}")


def contains(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    absent = [text for text in expect.contains if text not in exchange.text]
    return Mismatch(Reason.WRONG_CONTENT, f"{absent[0]!r} is not in the body") if absent else None


def lacks(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    present = [text for text in expect.lacks if text in exchange.text]
    return Mismatch(Reason.WRONG_CONTENT, f"{present[0]!r} is in the body") if present else None


def matches(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    if expect.matches is None or re.search(expect.matches, exchange.text):
        return None
    return Mismatch(Reason.WRONG_CONTENT, f"nothing in the body matches {expect.matches!r}")


def headers(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    for name, pattern in expect.headers.items():
        value = exchange.header(name)
        if value is None:
            return Mismatch(Reason.WRONG_CONTENT, f"no header {name}")
        if not re.search(pattern, value):
            return Mismatch(Reason.WRONG_CONTENT, f"{name} is {value!r}, expected to match {pattern!r}")
    return None


def within(expect: Expect, exchange: Exchange, schemas: Schemas) -> Mismatch | None:
    if expect.within is None or exchange.seconds <= expect.within:
        return None
    before = exchange.facts.get("not_alone_s")
    alone = "" if before is None else f" alone, and {before:.2f} s before"
    return Mismatch(Reason.SLOW, f"expected within {expect.within:g} s, took {exchange.seconds:.2f} s{alone}")


MATCHERS: dict[str, Callable[[Expect, Exchange, Schemas], Mismatch | None]] = {
    "status": status,
    "type": type,
    "charset": charset,
    "service": service,
    "no_error_body": no_error_body,
    "graphql_ok": graphql_ok,
    "json": json_,
    "schema": schema,
    "contains": contains,
    "lacks": lacks,
    "matches": matches,
    "headers": headers,
    "within": within,
}


def titled(exchange: Exchange) -> str:
    """` titled '...'`, where a page stands in the place of data; empty where there is none."""
    found = _TITLE.search(exchange.text[:65536]) if exchange.media_type == "text/html" else None
    title = " ".join(found.group(1).split()) if found else ""
    return f" titled {_short(title)!r}" if title else ""


def values(path: str, data: Any) -> list[Any]:
    """All that a JSONPath finds."""
    return jsonpaths.found(path, data).values() if isinstance(data, dict | list) else []


def satisfies(path: str, wanted: Any, data: Any) -> Mismatch | None:
    """Whether every value at the path satisfies a condition, or equals a plain value."""
    found = values(path, data)
    condition = wanted if isinstance(wanted, Condition) else Condition.model_construct({"equals"}, equals=wanted)
    if condition.absent:
        return Mismatch(Reason.WRONG_CONTENT, f"{path} is there: {_short(found[0])}") if found else None
    if not found:
        return Mismatch(Reason.WRONG_CONTENT, f"{path} is not there")
    for value in found:
        expected = _unsatisfied(condition, value)
        if expected:
            empty_is_due = "equals" in condition.model_fields_set and _is_empty(condition.equals)
            reason = Reason.EMPTY if _is_empty(value) and not empty_is_due else Reason.WRONG_CONTENT
            return Mismatch(reason, f"{path}: expected {expected}, got {_short(value)}")
    return None


def _unsatisfied(condition: Condition, value: Any) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    stated = condition.model_fields_set
    if "equals" in stated and not _same(value, condition.equals):
        return _short(condition.equals)
    if condition.one_of and not any(_same(value, one) for one in condition.one_of):
        return f"one of {_short(condition.one_of)}"
    if condition.at_least is not None and not (number and value >= condition.at_least):
        return f"at least {condition.at_least:g}"
    if condition.at_most is not None and not (number and value <= condition.at_most):
        return f"at most {condition.at_most:g}"
    if condition.matches is not None and not (isinstance(value, str) and re.search(condition.matches, value)):
        return f"a match of {condition.matches!r}"
    if condition.not_empty and not value:
        return "something"
    return ""


def _same(value: Any, wanted: Any) -> bool:
    # In Python True equals 1; in JSON it does not, at any depth.
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(_same, value, wanted))
    if isinstance(value, dict) and isinstance(wanted, dict):
        return value.keys() == wanted.keys() and all(_same(value[key], wanted[key]) for key in value)
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _is_empty(value: Any) -> bool:
    return value is not False and (value is None or value in (0, "", [], {}))


def is_login_page(exchange: Exchange) -> bool:
    return bool(re.search(r"<input[^>]+type=[\"']?password", exchange.text[:65536], re.IGNORECASE))


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= 160 else f"{text[:157]}..."
