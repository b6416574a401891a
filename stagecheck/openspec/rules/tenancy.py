"""Tenants and rights: who says which tenant it is, what keeps tenants apart, who may do what."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.openspec.finding import Case, Found, Rule
from stagecheck.openspec.markdown import Block, Place
from stagecheck.openspec.tree import Tree

_SOURCES = {
    "a header": re.compile(
        r"\bif x_tenant_id\b|return UUID\(x_tenant_id\)|headers\.get\([\"']x-tenant-id", re.IGNORECASE
    ),
    "the token": re.compile(r"(?:payload|claims|decoded)(?:\[[\"']|\.)tenant_id|tenant\w*_from_(?:jwt|token)"),
    "a query": re.compile(r"[?&]tenant_id=\{"),
}
_SUPERUSER = re.compile(r"postgres(?:ql)?(?:\+\w+)?://postgres[:@]")
_SET = re.compile(r"\bSET (?!LOCAL\b)(?:SESSION )?app\.\w+\s*=")
_SQL = re.compile(
    r"f(\"\"\"|'''|\"|')(?:(?!\1).){0,400}?\b(?:SET|SELECT|INSERT|UPDATE|DELETE)\b(?:(?!\1).){0,400}?'\{(\w+)\}'",
    re.DOTALL,
)
_CACHE_KEY = re.compile(r"\b(\w*cache_key\w*)\s*=\s*f[\"']([^\n]*)[\"']\s*$", re.MULTILINE)
_OF_CONTENT = re.compile(r"\{hash\(\w+\)\}$")
_REFUSES = re.compile(
    r"headers\.get\([\"']authorization[\"']\)[^@]{0,400}?if not \w+:[^@]{0,400}?status_code=401", re.IGNORECASE
)


def sources_differ(case: Case) -> Iterator[Found]:
    """One thing says which tenant it is: the token, which cannot be made up."""
    first = {name: place for name, pattern in _SOURCES.items() if (place := _first(case.tree, pattern))}
    if len(first) > 1:
        names, places = list(first), list(first.values())
        sentence = f"the tenant is taken from {', '.join(names[:-1])} and {names[-1]}"
        yield Found(places[0], sentence, tuple(places[1:]))


def call_without_token(case: Case) -> Iterator[Found]:
    """Where every request without a token is refused, every call sends one."""
    refuses = _first(case.tree, _REFUSES)
    told: set[str] = set()
    for call in case.tree.calls if refuses else ():
        if call.token is False and call.path not in told and refuses:
            told.add(call.path)
            sentence = f"{call.method} {call.path} is asked without a token, and the gateway refuses what has none"
            yield Found(call.place, sentence, (refuses,))


def superuser_with_rls(case: Case) -> Iterator[Found]:
    """Row-level security does not bind a superuser (PostgreSQL's documentation, "Row Security Policies")."""
    rule = _first(case.tree, re.compile(r"ENABLE ROW LEVEL SECURITY", re.IGNORECASE))
    for place in _each(case.tree, _SUPERUSER) if rule else ():
        sentence = "the connection is the superuser's, whom row-level security does not bind"
        yield Found(place, sentence, (rule,) if rule else ())


def set_in_pool(case: Case) -> Iterator[Found]:
    """Under pooling by transaction a SET of the session is lost, or the next one's (PgBouncer's documentation)."""
    pool = _first(case.tree, re.compile(r"pool_mode\s*=\s*transaction"))
    for place in _each(case.tree, _SET) if pool else ():
        sentence = "the tenant is SET for the session, but connections are pooled by transaction"
        yield Found(place, sentence, (pool,) if pool else ())


def sql_formatted(case: Case) -> Iterator[Found]:
    """A value in SQL is a parameter, unless its type leaves no room for SQL."""
    for block in _code(case.tree):
        for match in _SQL.finditer(block.text):
            if not re.search(r"\bUUID\(", block.text):
                yield Found(block.at(match.start(2)), f"'{match[2]}' is formatted into SQL")


def models_mixed(case: Case) -> Iterator[Found]:
    """Tenants are kept apart in one way: schemas of their own, or rows with policies."""
    schema = _first(case.tree, re.compile(r"\btenant_(?:<\w+>|\{\w+\})_\w+"))
    rows = _first(case.tree, re.compile(r"ENABLE ROW LEVEL SECURITY", re.IGNORECASE))
    if schema and rows:
        yield Found(schema, "tenants have schemas of their own here, and rows under policies elsewhere", (rows,))


def cache_without_tenant(case: Case) -> Iterator[Found]:
    """The key of a cached answer has the tenant in it; a key made of the content alone needs none."""
    rows = _first(case.tree, re.compile(r"\btenant_id\b"))
    for block in _code(case.tree):
        for match in _CACHE_KEY.finditer(block.text) if rows else ():
            if "tenant" not in match[2] and not _OF_CONTENT.search(match[2]):
                sentence = "the key of a cached answer has no tenant in it"
                yield Found(block.at(match.start()), sentence, (rows,) if rows else ())


def role_unknown(case: Case) -> Iterator[Found]:
    """A role that is given is one of those that are defined."""
    defined: dict[str, Place] = {}
    for block in _code(case.tree):
        for found in re.finditer(r"class \w*Role\w*\((?:str, )?Enum\):((?:\n\s+.*)+)", block.text):
            for value in re.findall(r"=\s*[\"'](\w+)[\"']", found[1]):
                defined.setdefault(value, block.at(found.start()))
    for page in case.tree.pages if defined else ():
        for block in page.blocks:
            for found in re.finditer(r"\brole \w+\([^)]*\) DEFAULT '(\w+)'", block.text, re.IGNORECASE):
                if found[1] not in defined:
                    sentence = f"the role '{found[1]}' is given, and is none of {', '.join(sorted(defined))}"
                    yield Found(block.at(found.start()), sentence, (next(iter(defined.values())),))


def wildcard_unmatched(case: Case) -> Iterator[Found]:
    """A right such as `campaigns.*` is matched as a pattern, not as a word."""
    for block in _code(case.tree):
        wild = re.search(r"[\"'](\w+)\.\*[\"']", block.text)
        exact = re.search(r"\bif \w*permission\w* in\b", block.text)
        if wild and exact and not re.search(r"fnmatch|startswith|re\.match|\.split\(", block.text):
            sentence = f"'{wild[1]}.*' is compared as a word, so it gives no right"
            yield Found(block.at(exact.start()), sentence, (block.at(wild.start()),))


def check_differs(case: Case) -> Iterator[Found]:
    """One thing says whether a token is good: who issued it, or a key."""
    owner = case.tree.gateway
    asked = _first(case.tree, re.compile(r"\bvalidate_token_with_\w+|\bintrospect_token\("))
    for block in case.tree.page_of(owner).blocks if owner and asked else ():
        decoded = re.search(r"\bjwt\.decode\(", block.text)
        if decoded and asked:
            sentence = "a token is only decoded here, and shown to its issuer elsewhere: a revoked one passes here"
            yield Found(block.at(decoded.start()), sentence, (asked,))


RULES = (
    Rule("tenant-sources-differ", "several things say which tenant it is", sources_differ, rows=("F92",)),
    Rule("call-without-token", "a call sends no token where one is wanted", call_without_token),
    Rule("superuser-with-rls", "row-level security, and a superuser's connection", superuser_with_rls, rows=("F98",)),
    Rule("set-in-transaction-pool", "a session's setting under pooling by transaction", set_in_pool, rows=("F98",)),
    Rule("sql-formatted", "a value is formatted into SQL", sql_formatted),
    Rule("isolation-models-mixed", "tenants are kept apart in two ways", models_mixed, level="warning"),
    Rule("cache-key-without-tenant", "a cached answer is anybody's", cache_without_tenant),
    Rule("role-unknown", "a role is given that is not defined", role_unknown),
    Rule("permission-wildcard-unmatched", "a right with a wildcard is compared as a word", wildcard_unmatched),
    Rule("token-check-differs", "a token is checked in two ways", check_differs),
)


def _code(tree: Tree) -> Iterator[Block]:
    for page in tree.pages:
        yield from (block for block in page.blocks if block.language in ("python", "py"))


def _each(tree: Tree, pattern: re.Pattern[str]) -> Iterator[Place]:
    for page in tree.pages:
        for block in page.blocks:
            yield from (block.at(match.start()) for match in pattern.finditer(block.text) if not block.example)


def _first(tree: Tree, pattern: re.Pattern[str]) -> Place | None:
    return next(_each(tree, pattern), None)
