"""The words of a target file and of an environment file, as frozen data.

Each class is one mapping of the YAML, each field one key, under the name that it has there. Nothing here reads,
sends or decides; secrets are names of environment variables, never values. docs/targets.md explains every key.
"""

# Annotations are evaluated where they stand: as texts pydantic would compile each of them at every start.
import builtins
import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from stagecheck import jsonpaths

SLUG = r"^[a-z0-9][a-z0-9-]*$"
VARIABLE_NAME = r"^[A-Z][A-Z0-9_]*$"
_PORT = r"(:([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
ORIGIN = r"^https?://(\[[0-9A-Fa-f:.]+\]|[^/\s@?#:\[\]]+)" + _PORT + "$"
MEDIA_TYPE = r"^[a-z0-9.+-]+/[a-z0-9.+-]+$"
PATH = r"^/\S*$"
NAME = r"^[a-z_]+$"
HOST = r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"
DOMAIN = r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(/[A-Za-z0-9._~-]+)*$"
HOST_PORT = r"^[^/\s@]+:[0-9]{1,5}$"
COLUMN = r"^[A-Za-z_][A-Za-z0-9_]*$"
SETTING = r"^[a-z_]+\.[a-z_]+$"
ONE_QUERY = r"^[^;]+$"
A_STATUS = r"^[1-5][0-9]{2}$"

# What each pattern stands for, in the sentence of a refusal: "expected an origin ..., got ...".
SHAPES = {
    SLUG: "small letters, digits and hyphens",
    VARIABLE_NAME: "the name of an environment variable (capitals, digits and underscores), not a value",
    ORIGIN: "an origin such as http://gateway:8001, without path and credentials",
    MEDIA_TYPE: "a media type such as application/json, without parameters",
    PATH: "a path that begins with / and has no spaces",
    NAME: "small letters and underscores",
    HOST: "a host name, without scheme, port and path",
    DOMAIN: "a host name, or one with a path such as stg.example.org/login",
    HOST_PORT: "HOST:PORT",
    COLUMN: "the name of a column: letters, digits and underscores",
    SETTING: "a setting with a dot, such as app.tenant_id",
    ONE_QUERY: "one query, without a semicolon",
    A_STATUS: "an HTTP status",
}

Slug = Annotated[str, StringConstraints(pattern=SLUG)]
VariableName = Annotated[str, StringConstraints(pattern=VARIABLE_NAME)]
Url = Annotated[str, StringConstraints(pattern=ORIGIN)]
MediaType = Annotated[str, StringConstraints(pattern=MEDIA_TYPE)]
Path = Annotated[str, StringConstraints(pattern=PATH)]
Name = Annotated[str, StringConstraints(pattern=NAME)]
Host = Annotated[str, StringConstraints(pattern=HOST)]
Domain = Annotated[str, StringConstraints(pattern=DOMAIN)]
HostPort = Annotated[str, StringConstraints(pattern=HOST_PORT)]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
Port = Annotated[str, StringConstraints(pattern=r"^:[0-9]{1,5}$")]
Status = Annotated[int, Field(ge=100, le=599)]
StatusText = Annotated[str, StringConstraints(pattern=A_STATUS)]
Method = Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# What the suite itself fills in for a step of a workflow; nothing that is captured may be called so.
FILLED = frozenset({"marker", "nonsense", "tenant", "other", "sentinel", "host", "user", "password"})
CREDENTIAL_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
# Domains that nobody owns, so that no mail arrives (RFC 2606, RFC 6761).
RESERVED = re.compile(r"(?:.+\.)?(?:example(?:\.com|\.net|\.org)?|test|invalid|localhost)", re.IGNORECASE)
_MAIL_DOMAIN = re.compile(r"(?<=[\w}.+-]@)[\w-]*[.{][\w.{}-]*[\w}]")


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"the pattern does not compile: {error}") from None
    return pattern


def _is_a_jsonpath(path: str) -> str:
    if sentence := jsonpaths.refused(path):
        raise ValueError(sentence)
    return path


def _parses_as_graphql(document: str) -> str:
    from graphql import GraphQLSyntaxError, parse

    try:
        parse(document)
    except GraphQLSyntaxError as error:
        raise ValueError(f"not a GraphQL document: {error.message}") from None
    return document


def _is_a_charset(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f"no character set is called '{name}'") from None
    return name


Charset = Annotated[str, AfterValidator(_is_a_charset)]
GraphqlDocument = Annotated[str, AfterValidator(_parses_as_graphql)]
Pattern = Annotated[str, AfterValidator(_compiles)]
JsonPath = Annotated[str, AfterValidator(_is_a_jsonpath)]


def _refused(sentence: str, *loc: str | int) -> PydanticCustomError:
    """A refusal of what is at `loc` within the mapping that is being validated."""
    return PydanticCustomError("refused", "{sentence}", {"sentence": sentence, "loc": loc})


def _texts(value: Any, loc: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text within a value, with its path in the YAML."""
    if isinstance(value, str):
        yield loc, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, (*loc, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*loc, index))
    elif isinstance(value, BaseModel):
        yield from _texts(vars(value), loc)


def _says_something(value: object) -> bool:
    return value is not None and value is not False and value != [] and value != {}


class Word(BaseModel):
    """A mapping of the YAML: unknown keys and wrong types are refused, and nothing changes after reading.

    A key that stands there without a value is refused, since it would mean the same as no key: a check that its author
    believes in would be gone. `may_be_null` names the keys where null is a value like any other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    may_be_null: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _no_empty_keys(cls, data: Any) -> Any:
        for key, value in data.items() if isinstance(data, dict) else ():
            if value is None and key not in cls.may_be_null:
                raise _refused("empty: give it a value, or leave the key out", key)
        return data


# ---- what is asked --------------------------------------------------------------------------------------------------


class GraphqlOperation(Word):
    """A GraphQL document with its variables; whether it writes is read from the document."""

    document: GraphqlDocument
    variables: dict[str, JsonValue] = {}

    @model_validator(mode="after")
    def _variables_are_declared(self) -> Self:
        """What a document uses or is given it must declare; else the service would be blamed for a typo of ours."""
        from graphql import VariableDefinitionNode, VariableNode, Visitor, parse, visit

        declared: set[str] = set()
        used: set[str] = set()

        class Names(Visitor):
            def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
                declared.add(node.variable.name.value)

            def enter_variable(self, node: VariableNode, *_: Any) -> None:
                used.add(node.name.value)

        visit(parse(self.document), Names())
        for name in sorted(used - declared):
            raise _refused(f"${name} is used and not declared", "document")
        for name in self.variables:
            if name not in declared:
                there = ", ".join(f"${each}" for each in sorted(declared)) or "none"
                raise _refused(f"the document declares no ${name}; it declares {there}", "variables", name)
        return self

    @property
    def writes(self) -> bool:
        """Whether any operation of the document is not a query."""
        return _writes(self.document)


@lru_cache(maxsize=256)
def _writes(document: str) -> bool:
    """Asked of each step again and again, and reading a document takes as long as sending it."""
    from graphql import OperationDefinitionNode, OperationType, parse

    operations = (node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode))
    return any(node.operation is not OperationType.QUERY for node in operations)


class Graphql(GraphqlOperation):
    """A GraphQL operation sent as a POST; those in `beside` are sent with it in the same request, as a batch."""

    beside: list[GraphqlOperation] = []

    @property
    def writes(self) -> bool:
        """Whether any operation of the request is not a query."""
        return super().writes or any(one.writes for one in self.beside)


# Commands of Redis that change nothing; docs/targets.md lists them.
REDIS_READS = frozenset({"PING", "INFO", "DBSIZE", "SCAN", "EXISTS", "TYPE", "TTL"})


class Redis(Word):
    """One command that Redis is asked over its own protocol, and that reads; `anonymous` asks without the password."""

    command: Annotated[list[str], Field(min_length=1)]
    anonymous: bool = False

    @model_validator(mode="after")
    def _reads(self) -> Self:
        if self.command[0].upper() not in REDIS_READS:
            raise _refused(f"only what reads is asked: one of {', '.join(sorted(REDIS_READS))}", "command", 0)
        return self


class Sql(Word):
    """One query that PostgreSQL is asked over its own protocol, in a transaction that only reads.

    `settings` are set for that transaction alone. `pooled` asks over the pool of connections.
    """

    query: Annotated[str, StringConstraints(pattern=ONE_QUERY)]
    settings: dict[str, str] = {}
    pooled: bool = False


class Grpc(Word):
    """A service of a gRPC server, by its full name, whose health is asked; the empty name is the server as a whole.

    `namespace` is one of Temporal's, which is described instead; with `task_queue`, who polls that queue of it.
    """

    service: str = ""
    namespace: str = ""
    task_queue: str = ""

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if self.service and self.namespace:
            raise _refused("beside 'service': one of them is asked", "namespace")
        if self.task_queue and not self.namespace:
            raise _refused("a task queue is one of a 'namespace', which is not named", "task_queue")
        return self


class Request(Word):
    """One request. `{sentinel}`, `{marker}`, `{nonsense}`, `{host}`, `{tenant}` and captured names are filled in.

    A request of HTTP, unless it has a key that names another protocol: then that is its only key.
    """

    method: Method = "GET"
    path: Path = "/"
    query: dict[str, str | int | list[str | int]] = {}
    headers: dict[str, str] = {}
    body: JsonValue = None
    graphql: Graphql | None = None
    redis: Redis | None = None
    sql: Sql | None = None
    grpc: Grpc | None = None
    via: Literal["gateway", "direct", "domain"] = "gateway"
    may_be_null: ClassVar[frozenset[str]] = frozenset({"body"})

    @model_validator(mode="after")
    def _no_credential(self) -> Self:
        for name in self.headers:
            if name.lower() in CREDENTIAL_HEADERS:
                raise _refused("a credential has no place here: 'as' says who asks", "headers", name)
        return self

    @model_validator(mode="after")
    def _mail_to_nobody(self) -> Self:
        """What is written may be mailed to: only to a domain that nobody owns."""
        said = {"path": self.path, "query": self.query, "body": self.body, "graphql": self.graphql}
        for loc, text in _texts(said, ()) if self.writes else ():
            for domain in _MAIL_DOMAIN.findall(text):
                if not RESERVED.fullmatch(domain):
                    sentence = f"'{domain}' may be somebody's: what is written goes to a reserved domain; did you mean"
                    raise _refused(f"{sentence} 'example.org'?", *loc)
        return self

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.graphql is not None and self.body is not None:
            raise ValueError("a request has a body or a graphql document, not both")
        return self

    @model_validator(mode="after")
    def _one_protocol(self) -> Self:
        other = next((name for name in ("redis", "sql", "grpc") if getattr(self, name) is not None), "")
        for name in sorted(self.model_fields_set - {other}) if other else ():
            raise _refused(f"beside '{other}', which is a protocol of its own, no other key is asked", name)
        return self

    @property
    def probe(self) -> str:
        """The protocol, as the name of a probe."""
        asked = {"postgres": self.sql, "redis": self.redis, "grpc": self.grpc}
        return next((probe for probe, word in asked.items() if word is not None), "http")

    @property
    def writes(self) -> bool:
        """Whether this request may change what the platform holds."""
        if self.graphql is not None:
            return self.graphql.writes
        return self.method not in SAFE_METHODS


@dataclass(frozen=True)
class Identity:
    """Who asks: a tenant with its own token, nobody, or a token changed on purpose.

    `forge` names a change in `stagecheck.isolation.tokens`, or is empty; `other` is the tenant that the forged token
    claims to be, `keys` the issuer's JWKS as JSON, or a placeholder for it. `variable` names the variable that holds a
    token in place of the tenant's own, or without a tenant that of an administrator. `session` is a login of its own
    under that name: when it ends, no other does.
    """

    tenant: str = ""
    forge: str = ""
    other: str = ""
    keys: str = ""
    variable: str = ""
    session: str = ""

    def __str__(self) -> str:
        if not self.tenant and not self.forge:
            return "administrator" if self.variable else "anonymous"
        how = self.forge or ("administrator" if self.variable else "new login" if self.session else "")
        return "+".join(part for part in (self.tenant, how) if part)


ANONYMOUS = Identity()


@dataclass(frozen=True)
class Step:
    """One request of a check, in order, under the name by which a proof finds its answer.

    `probe` is a name in `stagecheck.probes.PROBES`. `base` is where the request goes: an origin such as
    `https://stg.example.org`, or the name of the variable that holds a database's URL. `capture` takes values out of
    the answer for later steps; those that `secrets` names no report shows. `raw` sends a bearer credential as it
    stands, in place of the identity's own. `follow` lets redirects be followed. `cleanup` steps are asked even when an
    earlier one failed. `timeout` is in seconds; None means the environment's. `fill` gives values to the placeholders
    of this step's request before the common ones; `retry` off forbids a second try. `expect` is what its answer must
    be, where that is the step's own; with `eventually` it is asked again until it is. `check` is the id of the check
    that asks, sent along so that the gateway's log line is one search away. `service` is whose budget it takes from;
    `paced` off takes from none and heeds no limiter, for the proof that wants to be refused. `awaits` is set while a
    run waits for the platform: that it still fails does not stop the run. `shared` lets the answer be one that another
    check heard moments ago: for a question that means the same, whatever was asked right before it. `pause` is how many
    seconds pass before it is asked. `line_host` is a host that stands in the request line itself, as proxies are asked
    (RFC 9112, 3.2.2), while the request goes where it would go without. `bare` is without the header of a service that
    the environment names: nobody has that either.
    `beside` are the tenants as which the interleaved probe asks; `landmark` is the CSS selector of what the browser
    probe looks for.
    """

    name: str
    request: Request = field(default_factory=Request)
    base: str = ""
    probe: str = "http"
    identity: Identity = ANONYMOUS
    capture: tuple[tuple[str, str], ...] = ()
    secrets: frozenset[str] = frozenset()
    raw_authorization: str | None = None
    extra_headers: tuple[tuple[str, str], ...] = ()
    extra_query: tuple[tuple[str, str], ...] = ()
    follow: bool = False
    cleanup: bool = False
    timeout: float | None = None
    fill: tuple[tuple[str, str], ...] = ()
    retry: bool = True
    expect: "Expect | None" = None
    eventually: "Eventually | None" = None
    check: str = ""
    service: str = ""
    paced: bool = True
    awaits: bool = False
    shared: bool = False
    pause: float = 0.0
    line_host: str = ""
    bare: bool = False
    beside: tuple[str, ...] = ()
    landmark: str = "main"


# ---- what must hold -------------------------------------------------------------------------------------------------


class Condition(Word):
    """What every value that a JSONPath finds must satisfy; a path that finds nothing fails, unless `absent`."""

    equals: JsonValue = None
    one_of: list[JsonValue] = []
    at_least: float | None = None
    at_most: float | None = None
    matches: Pattern | None = None
    not_empty: bool = False
    absent: bool = False
    may_be_null: ClassVar[frozenset[str]] = frozenset({"equals"})

    @model_validator(mode="after")
    def _asserts(self) -> Self:
        if "equals" not in self.model_fields_set and not any(_says_something(value) for _, value in self):
            raise ValueError("a condition that asserts nothing")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise _refused(f"nothing is at least {self.at_least:g} and at most {self.at_most:g}", "at_most")
        return self


class Expect(Word):
    """What the answer must be; each key is the name of its function in `stagecheck.matchers`."""

    status: Status | Annotated[list[Status], Field(min_length=1)] | None = None
    type: MediaType | None = None
    charset: Charset | None = None
    service: str | None = None
    json_: dict[JsonPath, Condition | str | int | float | bool] = Field(default={}, alias="json")
    json_schema: str | None = Field(default=None, alias="schema")
    contains: list[str] = []
    lacks: list[str] = []
    matches: Pattern | None = None
    headers: dict[str, Pattern] = {}
    graphql_ok: bool = False
    no_error_body: bool = True
    within: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _asserts(self) -> Self:
        if not any(_says_something(value) for name, value in self if name != "no_error_body"):
            raise ValueError("a check that asserts nothing")
        return self


class Eventually(Word):
    """The check is asked again until it holds, for a platform that needs its time; only what reads can be.

    `until` and `halt_if` are about the answer to the check's first request: the first is waited for besides the check's
    own judgement, the second fails at once. No try begins after `timeout` seconds; the first pause is `backoff`.
    """

    until: Expect | None = None
    halt_if: Expect | None = None
    timeout: float = Field(default=30.0, gt=0)
    backoff: float = Field(default=1.0, gt=0)


# ---- proofs: one class each, one file each in stagecheck/proofs/ -----------------------------------------------------


class Proof(Word):
    """What every proof may say of itself over its check. `probe` is how its class asks, no key of the YAML.

    `stands_on` names other checks of the same target, as `entry/proof`: while one of them is red, this one is blocked.
    It takes the place of the entry's own.
    """

    probe: ClassVar[str] = "http"
    required: bool | None = None
    slow: bool | None = None
    title: str = ""
    stands_on: list[str] | None = None

    def asks(self) -> list[Request]:
        """All that the proof itself may ask."""
        values = (value for _, value in self)
        items = (item for value in values for item in (value if isinstance(value, list) else [value]))
        return [item for item in items if isinstance(item, Request)]


class TenantProof(Proof):
    """A proof that needs a tenant to ask as, since it looks for that tenant's sentinel."""


class DomainProof(Proof):
    """A proof about a public name, and so one of `kind: domain` only."""


class Answers(Proof):
    """The request is answered as `expect` says. `root: true` makes all other checks of the service stand on it."""

    root: bool = False


class Components(Proof):
    """Every component that the health body names is good, whatever the body's own status says.

    `names` must be among the keys on the way to what `at` finds. Anywhere else in the body a word of `bad` fails too.
    """

    at: JsonPath
    good: list[str] = ["up", "ok", "healthy", "connected", "ready"]
    bad: list[str] = [
        "down", "unhealthy", "unavailable", "disconnected", "unreachable", "degraded", "error", "mock_mode",
    ]  # fmt: skip
    names: list[str] = []


class Honest(Proof):
    """What the health body claims of each service agrees with what a request to that service says."""

    claims: Annotated[dict[Slug, JsonPath], Field(min_length=1)]
    good: list[str] = ["up", "ok", "healthy", "connected", "ready"]


class Openapi(Proof):
    """The routes that the platform needs are in the service's own OpenAPI document."""

    routes: Annotated[list[str], Field(min_length=1)]


class Signature(Proof):
    """The answer has the shape and the ids that only the service itself gives.

    A wrong shape is another program; the right shape with ids that the service would not give is a canned answer.
    """

    json_schema: str | None = Field(default=None, alias="schema")
    json_: dict[JsonPath, Condition | str | int | float | bool] = Field(default={}, alias="json")

    @model_validator(mode="after")
    def _asserts(self) -> Self:
        if self.json_schema is None and not self.json_:
            raise ValueError("a check that asserts nothing")
        return self


class Sentinel(TenantProof):
    """The record that was planted once for the tenant is in the answer, and no other tenant's is.

    `seed_by_hand` says how a person plants it; `{sentinel}` in it stands for the string.
    """

    at: JsonPath
    request: Request | None = None
    seed_by_hand: str = ""


class Missing(Proof):
    """An id, slug or name that cannot exist is not found: by status, or with null at a path for GraphQL."""

    request: Request
    status: Annotated[list[Status], Field(min_length=1)] = [404]
    null_at: JsonPath | None = None


class Filter(TenantProof):
    """A filter that matches nothing gives nothing, one that matches the sentinel gives it.

    `{needle}` in the request stands for what is looked for; `items` finds one value for each item of the answer.
    """

    request: Request
    items: JsonPath


class Varies(Proof):
    """Different questions get different answers: the constant body of a canned answer is told apart."""

    requests: Annotated[list[Request], Field(min_length=2)]
    at: JsonPath


class Repeated(Proof):
    """Both values of a repeated query key arrive: the answer for both is the union of the answers for each.

    `items` finds one value for each item; the request asks for all items on one page.
    """

    request: Request
    key: str
    values: Annotated[list[str], Field(min_length=2, max_length=2)]
    items: JsonPath


class Methods(Proof):
    """The method arrives: OPTIONS is answered by the upstream itself, and not as if it were a GET."""

    request: Request
    expect: Expect


class Kept(Proof):
    """An error of the upstream keeps its status on the way through the gateway."""

    request: Request
    status: Annotated[list[Status], Field(min_length=1)]


class Protected(TenantProof):
    """Without a credential the route refuses: 401 or 403, and nothing else."""


class Refused(Proof):
    """Nobody gets in without a credential, be it that the route is shut or that it is not there."""

    status: Annotated[list[Status], Field(min_length=1)] = [401, 403, 404]


class Whole(Proof):
    """The whole body arrives and parses, with and without compression."""

    request: Request | None = None


class Direct(Proof):
    """The same record, asked of the service itself, is the same: `at` is compared value by value."""

    request: Request
    at: JsonPath
    gateway_at: JsonPath | None = None


class Stored(Proof):
    """What is created through the gateway is read back, and is removed again; not where `writes: never`."""

    create: Request
    id: JsonPath
    read: Request
    delete: Request
    expect: Expect
    expect_created: Expect | None = None
    gone: Annotated[list[Status], Field(min_length=1)] = [404, 410]
    null_at: JsonPath | None = None

    @model_validator(mode="after")
    def _what_writes_writes(self) -> Self:
        for name in ("create", "delete"):
            request: Request = getattr(self, name)
            if not request.writes:
                raise _refused(f"{request.method} writes nothing: no record would come of it or go by it", name)
        return self


class Limited(Proof):
    """The limiter answers 429 with Retry-After once a tenant is over its limit, and other tenants go on."""

    limit: Annotated[int, Field(ge=1)]


class Password(Proof):
    """Without the password the server answers nothing; with it, it does."""

    probe: ClassVar[str] = "redis"


class TenantKeys(Proof):
    """Each key of the cache names the tenant whose answer it keeps.

    `pattern` is that of the keys, as SCAN knows it; `tenant` finds the tenant in such a key.
    """

    probe: ClassVar[str] = "redis"
    pattern: str
    tenant: Pattern


class RowSecurity(Proof):
    """Each table with the tenant's column has row level security, enabled and forced."""

    probe: ClassVar[str] = "postgres"
    column: Annotated[str, StringConstraints(pattern=COLUMN)]


class PlainRole(Proof):
    """The role that the platform connects as is bound by row level security: no superuser, no BYPASSRLS."""

    probe: ClassVar[str] = "postgres"


class TenantRows(Proof):
    """With a tenant set no row of another is read, and with none set no row at all.

    `column` holds a row's tenant, `setting` is the one that names the tenant of a transaction.
    """

    probe: ClassVar[str] = "postgres"
    column: Annotated[str, StringConstraints(pattern=COLUMN)]
    setting: Annotated[str, StringConstraints(pattern=SETTING)]
    pooled: bool = False


class Dns(DomainProof):
    """The name has at least one address."""

    probe: ClassVar[str] = "dns"


class Tcp(DomainProof):
    """Every address of the name accepts a connection."""

    probe: ClassVar[str] = "tcp"


class Tls(DomainProof):
    """The chain that is presented is trusted, names the host, has days left, and the protocol is current."""

    probe: ClassVar[str] = "tls"
    days_left: Annotated[int, Field(ge=0)] = 14
    minimum: Literal["TLSv1.2", "TLSv1.3"] = "TLSv1.2"


class Https(DomainProof):
    """Plain HTTP leads to HTTPS on the same host, without a loop."""


class Brand(DomainProof):
    """The page carries this brand's fingerprint and none of the other brands'."""


class Distinct(DomainProof):
    """The page differs from those of the other domains."""


class Assets(DomainProof):
    """Each script and style sheet of the page is 200, of the right type, and not HTML."""

    at_least: Annotated[int, Field(ge=1)] = 1


class Production(DomainProof):
    """The page is a production build: no development server, no hot reload, no development chunks.

    On production it may be found by search engines, too, and says nowhere that it is a staging.
    """


class Internal(DomainProof):
    """Neither page nor script names an internal host, localhost or a container."""

    names: list[Pattern] = []


class Census(Proof):
    """A registry holds as many as it must, each under an id of its own, so many of each kind, and none that pretends.

    `ids` finds one id for each entry, `kinds` its kind; `each` says how many there must be of a kind. `claimed` is the
    total that the service states. A word of `pretends` anywhere in an entry is one that does not really work.
    """

    count: Annotated[int, Field(ge=1)]
    ids: JsonPath
    claimed: JsonPath | None = None
    kinds: JsonPath | None = None
    each: dict[str, Annotated[int, Field(ge=0)]] = {}
    pretends: list[str] = ["mock", "mock_mode", "simulated", "fallback"]

    @model_validator(mode="after")
    def _kinds_are_found(self) -> Self:
        if self.each and self.kinds is None:
            raise ValueError("'each' counts kinds, and no 'kinds' says where they stand")
        return self


class Containers(Proof):
    """Each container of the platform runs, is not unhealthy, and does not begin anew.

    `names` finds the platform's own among those of the host; the name of one at least holds each word of `expected`.
    They are looked at a second time after `pause` seconds.
    """

    names: Pattern = "."
    expected: list[str] = []
    pause: float = Field(default=10.0, gt=0, le=60)


class Hidden(Proof):
    """Paths that are nobody's business answer nobody, though the host answers others; asked by GET alone."""

    paths: Annotated[list[Path], Field(min_length=1)] = [
        "/.env", "/.git/HEAD", "/.git/config", "/metrics", "/debug/", "/__debug__/", "/server-status", "/phpinfo.php",
        "/actuator/env", "/create-superuser/",
    ]  # fmt: skip


class Maps(DomainProof):
    """The source maps of the page's scripts are not served: they hold the source as it was written."""


class Rendered(DomainProof):
    """A browser shows the page: nothing it needs fails, no script complains, and nothing of another brand is there.

    `landmark` is the CSS selector of what must be visible, and not empty.
    """

    probe: ClassVar[str] = "browser"
    landmark: Annotated[str, StringConstraints(min_length=1)] = "main"


class Cors(Proof):
    """The pages of the domains of `allowed` may call the API from a browser, and those of strangers may not."""

    allowed: Annotated[list[Slug], Field(min_length=1)]


class Cookies(DomainProof):
    """The cookies that `names` finds are kept from scripts, from plain HTTP, and from every other host."""

    names: Annotated[list[Pattern], Field(min_length=1)]


class Closed(DomainProof):
    """Ports that belong to services within the platform accept no connection at the public name.

    `ports` are those of each service: the one that it listens on, and the one that its container is published under.
    """

    probe: ClassVar[str] = "tcp"
    ports: Annotated[dict[Slug, Annotated[list[PortNumber], Field(min_length=1)]], Field(min_length=1)]


class Proofs(Word):
    """The proofs of one check entry; each that is named becomes one check."""

    answers: Answers | None = None
    components: Components | None = None
    honest: Honest | None = None
    openapi: Openapi | None = None
    signature: Signature | None = None
    sentinel: Sentinel | None = None
    missing: Missing | None = None
    missing_slug: Missing | None = None
    filter: Filter | None = None
    varies: Varies | None = None
    repeated: Repeated | None = None
    methods: Methods | None = None
    kept: Kept | None = None
    protected: Protected | None = None
    refused: Refused | None = None
    whole: Whole | None = None
    direct: Direct | None = None
    stored: Stored | None = None
    limited: Limited | None = None
    password: Password | None = None
    tenant_keys: TenantKeys | None = None
    row_security: RowSecurity | None = None
    plain_role: PlainRole | None = None
    tenant_rows: TenantRows | None = None
    dns: Dns | None = None
    tcp: Tcp | None = None
    tls: Tls | None = None
    https: Https | None = None
    brand: Brand | None = None
    distinct: Distinct | None = None
    assets: Assets | None = None
    production: Production | None = None
    internal: Internal | None = None
    closed: Closed | None = None
    census: Census | None = None
    hidden: Hidden | None = None
    maps: Maps | None = None
    cors: Cors | None = None
    cookies: Cookies | None = None
    rendered: Rendered | None = None
    containers: Containers | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: Any) -> Any:
        """`dns:` alone is the proof with its defaults, as `dns: {}` is."""
        return {name: {} if word is None else word for name, word in data.items()} if isinstance(data, dict) else data

    def named(self) -> list[tuple[str, Proof]]:
        """The proofs that the YAML names, in the order of this class."""
        return [(name, proof) for name, proof in vars(self).items() if proof is not None]


class Entry(Word):
    """One thing asked of a service, with the proofs that it must bear: a list item under `checks:`.

    `stands_on` is that of each of its proofs that has none of its own, but not of a root. `causes` says what a status
    means where the service gives it a meaning of its own. `keyed` is what the service answers to its own header alone,
    which the environment names; where it does not, nothing is asked.
    """

    id: Slug
    kind: Literal["health", "routing", "domain", "isolation"]
    title: str = ""
    required: bool = True
    slow: bool = False
    serial: Slug | None = None
    owner: str = ""
    runbook: str = ""
    spec: str = ""
    as_: Literal["first", "each", "anonymous"] | Slug = Field(default="first", alias="as")
    stands_on: list[str] = []
    request: Request = Request()
    keyed: bool = False
    expect: Expect | None = None
    causes: dict[StatusText, str] = {}
    eventually: Eventually | None = None
    proofs: Proofs

    @field_validator("kind", mode="before")
    @classmethod
    def _is_of_a_check(cls, kind: Any) -> Any:
        if kind == "workflow":
            raise ValueError("a workflow is no check of its own: it stands under 'workflows:', with its steps")
        return kind

    @model_validator(mode="after")
    def _asserts(self) -> Self:
        if not self.proofs.named():
            raise ValueError("a check that asserts nothing: name at least one proof")
        if self.proofs.answers is not None and self.expect is None:
            raise ValueError("the proof 'answers' needs an 'expect'")
        for name, proof in self.proofs.named():
            if isinstance(proof, DomainProof) and self.kind != "domain":
                raise _refused("a proof of 'kind: domain' only", "proofs", name)
            if isinstance(proof, TenantProof) and (self.kind == "domain" or self.as_ == "anonymous"):
                raise _refused("looks for a tenant's sentinel, and nobody asks here", "proofs", name)
            if self.request.probe != "http" and not isinstance(proof, Answers):
                raise _refused("asks in its own way: only 'answers' is about a request of another protocol", "request")
        return self

    @model_validator(mode="after")
    def _keyed_directly(self) -> Self:
        if self.keyed and self.request.via != "direct":
            raise _refused("the header of a service goes with 'via: direct' alone", "keyed")
        return self

    @model_validator(mode="after")
    def _asked_again(self) -> Self:
        if self.eventually is None:
            return self
        for name, proof in self.proofs.named():
            if any(request.writes for request in (self.request, *proof.asks())):
                raise _refused(f"asked again and again, so it must not write, as 'proofs.{name}' does", "eventually")
            if proof.probe != "http" and (self.eventually.until or self.eventually.halt_if):
                raise _refused(f"'proofs.{name}' asks no HTTP: without 'until' and 'halt_if'", "eventually")
        return self

    def cause(self, status: int | None) -> str:
        """What that status means here; empty where it is not said."""
        return self.causes.get(str(status), "")

    def below(self, proof: Proof) -> list[str]:
        """What a proof of this entry stands on, as `entry/proof`."""
        if proof.stands_on is not None:
            return proof.stands_on
        return [] if getattr(proof, "root", False) else self.stands_on


# ---- isolation ------------------------------------------------------------------------------------------------------


class Operation(Word):
    """One way to reach a resource; `{id}` is the record's, `{marker}` a random string of this run.

    `id` finds the record's id in the answer, `items` one value for each record, `count` the total that a list states;
    `capture` takes more values, which the resource's other requests use by their names (`{name}`, and `{victim_name}`
    in `create_into`). `done` is what shows that a write took place, where a status does not (GraphQL).
    """

    request: Request
    items: JsonPath | None = None
    count: JsonPath | None = None
    id: JsonPath | None = None
    capture: dict[str, JsonPath] = {}
    done: dict[JsonPath, Condition | str | int | float | bool] = {}


class Denied(Word):
    """How this resource says no: with a status, or with null at a path under 200 as GraphQL does."""

    status: Annotated[list[Status], Field(min_length=1)] = [403, 404]
    null_at: JsonPath | None = None


class Paging(Word):
    """How a list is gone through: the query keys, or the variables of a GraphQL request, that turn its pages.

    `size` sets how many records a page has, `largest` is the most that the service grants. Exactly one of the others
    says where a page begins: `number` counts pages from 1, `offset` the records left out, `cursor` takes what `next`
    finds on the page before.
    """

    size: str
    largest: Annotated[int, Field(ge=1)]
    number: str | None = None
    offset: str | None = None
    cursor: str | None = None
    next: JsonPath | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if len([key for key in (self.number, self.offset, self.cursor) if key]) != 1:
            raise ValueError("pages are turned by 'number', 'offset' or 'cursor', exactly one of them")
        if (self.cursor is None) != (self.next is None):
            raise ValueError("'cursor' and 'next' belong together: one takes what the other finds")
        return self

    @property
    def key(self) -> str:
        """The key that says where a page begins."""
        return str(self.number or self.offset or self.cursor)


class Logout(Word):
    """How a session is ended, what must refuse its token from then on, and within how many seconds.

    `stands_on` names checks of the same target, as `entry/proof`, without which no refusal says anything.
    """

    request: Request
    asks: Annotated[list[Request], Field(min_length=1)]
    within: Annotated[float, Field(gt=0, le=60)] = 1.0
    stands_on: list[str] = []


class Whoami(Word):
    """Where a service says whose token it was given, and the roles that a plain tenant user may have.

    `check` names the check of this target, as `entry/proof`, that shows that tokens are accepted: all that ask as a
    tenant stand on it. `keys` gives the public keys (a JWKS), `keys_stand_on` names the checks that show that these
    are the issuer's own, `logout` ends a session.
    """

    request: Request
    tenant: JsonPath
    roles: JsonPath
    plain: list[str] = ["client"]
    check: str | None = None
    keys: Request | None = None
    keys_stand_on: list[str] = []
    logout: Logout | None = None


class Way(Word):
    """One more way to a record: `{id}` is the record's, `{whose}` its tenant's, `{wanted}` that tenant's sentinel."""

    id: Slug
    request: Request


class Ways(Word):
    """Ways to a record beside `read`, by what they try; the owner must see its sentinel on each of them."""

    global_id: list[Way] = []
    argument: list[Way] = []
    nested: list[Way] = []
    channel: list[Way] = []
    bulk: list[Way] = []
    file: list[Way] = []


class Child(Word):
    """Records that hang on one of this resource: `{id}` is the one they hang on, in `read` and `delete` their own."""

    create: Operation
    list: Operation
    read: Operation
    delete: Operation

    @model_validator(mode="after")
    def _its_id_is_found(self) -> Self:
        if self.create.id is None:
            raise _refused("missing key 'id': where the record's id stands in the answer", "create")
        return self


class Resource(Word):
    """A kind of record that belongs to tenants; the isolation checks of it are planned from its operations.

    `find` finds the sentinel of a tenant and its id. `owner_field` is the field of a body that names the tenant.
    `create_into` is a creation that tries to own the record to `{victim}`; without it, `create` with the owner field
    added. `page` says how the list is gone through; `more_lists` are other ways to the same records (another order, an
    export, suggestions), each of which must hold the sentinel. `overrides` are query keys by which the service might
    choose a tenant, with what names one: `{tenant}` or `{host}`. `by_host` finds the sentinel where the service itself
    chooses the tenant by Host, for everybody. `etags` off says that it sends none. `seed` plants the sentinel;
    `seed_by_hand` says how a person does.
    `stands_on` names checks of the same target, as `entry/proof`, without which the isolation checks prove nothing;
    `writes_stand_on` those that the writing ones need besides. `ways` are other ways to a record, `child` is what hangs
    on one. `record` finds the record in the answer to `read`; `public_fields` are those that it may show, `kept_fields`
    map one that nobody may write to what is tried. `unique` is a creation of which one `{marker}` may be there once.
    `behind` names the resource that is the same records asked through the gateway: what is red there is blocked here.
    `public` and `public_by_id` are policies: whoever it is may read it, or may read what he knows the id of.
    """

    id: Slug
    required: bool = True
    slow: bool = False
    serial: Slug | None = None
    owner: str = ""
    spec: str = ""
    public: bool = False
    public_by_id: bool = False
    find: Operation
    list: Operation
    read: Operation
    create: Operation | None = None
    create_into: Operation | None = None
    update: Operation | None = None
    replace: Operation | None = None
    delete: Operation | None = None
    denied: Denied = Denied()
    owner_field: str = "tenant_id"
    page: Paging | None = None
    more_lists: dict[Slug, Operation] = {}
    overrides: dict[str, str] = {}
    by_host: Operation | None = None
    etags: bool = True
    seed: Operation | None = None
    seed_by_hand: str = ""
    stands_on: builtins.list[str] = []
    writes_stand_on: builtins.list[str] = []
    behind: Slug | None = None
    ways: Ways = Ways()
    child: Child | None = None
    record: JsonPath = "$"
    public_fields: builtins.list[str] = []
    kept_fields: dict[str, JsonValue] = {}
    unique: Operation | None = None

    @model_validator(mode="after")
    def _ids_are_found(self) -> Self:
        """Without an id no control can hold, and every check of the resource would be inconclusive for ever."""
        for name in ("find", "create", "create_into", "unique", "by_host"):
            operation = getattr(self, name)
            if operation is not None and operation.id is None:
                raise _refused("missing key 'id': where the record's id stands in the answer", name)
        if self.kept_fields and (self.update is None or not isinstance(self.update.request.body, dict)):
            raise _refused("needs an 'update' with a body, to which they are added", "kept_fields")
        if self.page is not None and self.list.items is None:
            raise _refused("missing key 'items': without it no page can be told to be full", "list")
        return self


# ---- workflows ------------------------------------------------------------------------------------------------------


class WorkflowStep(Word):
    """One exchange of a workflow: what is asked, as whom, and what the answer must be.

    `service` is whose step it is: whose address `via: direct` and `via: domain` mean, and who is blamed. `as: own` is
    the workflow's tenant, `other` another one; `bearer` names a secret of an earlier step that is sent as the token
    instead. `cause` is what it means when this step is not as it must be. `creates`, `capture` and `secrets` take
    values out of the answer for later steps: the ids of records that the step creates, others, and those that no report
    may show.
    """

    id: Slug
    title: str = ""
    cause: str = ""
    service: Slug | None = None
    as_: Literal["own", "other", "anonymous"] = Field(default="own", alias="as")
    bearer: Name | None = None
    request: Request
    expect: Expect
    eventually: Eventually | None = None
    creates: dict[Name, JsonPath] = {}
    capture: dict[Name, JsonPath] = {}
    secrets: dict[Name, JsonPath] = {}

    @model_validator(mode="after")
    def _asked_again(self) -> Self:
        if self.eventually is not None and self.request.writes:
            raise _refused("asked again and again, so it must not write", "eventually")
        if self.eventually is not None and self.eventually.until is not None:
            raise _refused("a step waits for what its own 'expect' says", "eventually", "until")
        return self

    @model_validator(mode="after")
    def _own_names(self) -> Self:
        for key in ("creates", "capture", "secrets"):
            for name in FILLED.intersection(getattr(self, key)):
                raise _refused(f"{{{name}}} is filled in by the suite itself: choose another name", key, name)
        return self


class Leftover(Resource):
    """Records that a killed workflow may leave, and how the janitor removes them; nothing else is planned of it."""

    service: Slug | None = None
    delete: Operation


class Workflow(Word):
    """What a user of the platform does, step by step; becomes one check. The first step that fails ends it.

    The steps of `cleanup` are asked whatever happened; each is left out whose captured names are not there. `stays` is
    what no service deletes: such a workflow is only for an environment with `writes: allowed`.
    """

    id: Slug
    title: str
    required: bool = True
    slow: bool = False
    owner: str = ""
    runbook: str = ""
    spec: str = ""
    as_: Literal["first", "each", "anonymous"] | Slug = Field(default="first", alias="as")
    stands_on: builtins.list[str] = []
    steps: Annotated[list[WorkflowStep], Field(min_length=2)]
    cleanup: list[WorkflowStep] = []
    stays: str = ""
    leaves: list[Leftover] = []

    @model_validator(mode="after")
    def _reads_back(self) -> Self:
        if any(step.request.writes for step in self.steps) and self.steps[-1].request.writes:
            raise _refused("the last step writes: what a workflow did is read back at its end", "steps")
        return self

    @model_validator(mode="after")
    def _looks_after(self) -> Self:
        """What is created is read once more at the end: gone, or in a state in which it may stay."""
        for index, step in enumerate(self.steps):
            for name in step.creates:
                later = (one.request for one in (*self.steps[index + 1 :], *self.cleanup) if not one.request.writes)
                if not any(f"{{{name}}}" in request.model_dump_json() for request in later):
                    raise _refused("no later step reads how this record ends", "steps", index, "creates", name)
        return self

    @model_validator(mode="after")
    def _bearers_are_secret(self) -> Self:
        known: set[str] = set()
        for key in ("steps", "cleanup"):
            for index, step in enumerate(getattr(self, key)):
                if step.bearer is not None and step.bearer not in known:
                    raise _refused("no secret of an earlier step is called so", key, index, "bearer")
                known |= set(step.secrets)
        return self

    @model_validator(mode="after")
    def _somebody_asks(self) -> Self:
        for key in ("steps", "cleanup"):
            for index, step in enumerate(getattr(self, key)):
                if self.as_ == "anonymous" and step.bearer is None and step.as_ != "anonymous":
                    raise _refused("the workflow is nobody's: its steps are 'as: anonymous'", key, index)
        return self

    @property
    def all_steps(self) -> builtins.list[WorkflowStep]:
        """The steps and those of the clean-up, in the order of asking."""
        return [*self.steps, *self.cleanup]


class Revision(Word):
    """Where a service says which release it runs: in a header, at a path of a JSON body, or by a pattern in a page.

    The release is the pattern's group, or without one all that it matches. Exactly one of the three places is named.
    """

    request: Request
    as_: Literal["first", "anonymous"] = Field(default="first", alias="as")
    header: str | None = None
    at: JsonPath | None = None
    pattern: Pattern | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.header, self.at, self.pattern)) != 1:
            raise ValueError("a release stands in a 'header', 'at' a path or in a 'pattern', exactly one of them")
        if self.request.writes:
            raise _refused("asked again and again while the run waits, so it must not write", "request")
        return self


class Privileged(Word):
    """A route that only an administrator may ask; `{whose}` is the tenant that it is about.

    `stands_on` names checks of the same target, as `entry/proof`, without which no refusal says anything.
    """

    id: Slug
    request: Request
    stands_on: list[str] = []

    @model_validator(mode="after")
    def _reads(self) -> Self:
        if self.request.writes:
            raise _refused("asked in many spellings, so it must not write", "request")
        return self


class Target(Word):
    """One YAML file under targets/: a service of the platform and what must hold for it.

    `apart` is what could be asked about tenants and is not, each with the reason, which the plan tells.
    """

    service: Slug
    title: str
    owner: str
    runbook: str = ""
    spec: str = ""
    needs: list[Slug] = []
    fingerprint: list[str] = []
    personal: list[str] = []
    p95: float | None = Field(default=None, gt=0)
    whoami: Whoami | None = None
    revision: Revision | None = None
    checks: list[Entry] = []
    resources: list[Resource] = []
    privileged: list[Privileged] = []
    administered: list[Privileged] = []
    apart: dict[Slug, str] = {}
    workflows: list[Workflow] = []

    @model_validator(mode="after")
    def _asserts(self) -> Self:
        if not self.checks and not self.resources and not self.workflows:
            raise ValueError("a target that asserts nothing: it needs checks, resources or workflows")
        return self


# ---- environments ---------------------------------------------------------------------------------------------------


class Login(Word):
    """Where a token is fetched, and the names of the variables that hold the user and the password."""

    path: Path
    user: VariableName
    password: VariableName
    token: JsonPath = "$.access_token"  # noqa: S105  a path, no password

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the login's body, with the name of each one's variable."""
        return {"email": self.user, "password": self.password}


class Stale(Word):
    """Names of the variables with tokens that the issuer has signed for this tenant, and that nobody may accept now."""

    expired: VariableName | None = None
    not_yet: VariableName | None = None
    other_audience: VariableName | None = None
    other_issuer: VariableName | None = None

    def named(self) -> dict[str, str]:
        """What is wrong with a token -> the variable that holds it."""
        return {name: value for name, value in self if value is not None}


class Tenant(Word):
    """A tenant of the platform: its host, its sentinel (planted once, no secret), and how to get its token."""

    id: Slug
    host: Host
    sentinel: Annotated[str, StringConstraints(min_length=24)]
    token: VariableName | None = None
    login: Login | None = None
    stale: Stale = Stale()
    administrator: VariableName | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.token is None) == (self.login is None):
            raise ValueError("a tenant has a 'token' or a 'login', exactly one of them")
        return self

    @property
    def variables(self) -> frozenset[str]:
        """The names of the variables that tell who this tenant is."""
        return frozenset({self.login.user if self.login else str(self.token)})


class Basic(Word):
    """Names of the variables with the user and the password of HTTP basic authentication."""

    user: VariableName
    password: VariableName


class HeaderCredential(Word):
    """A header that the edge wants, and the name of the variable with its value."""

    name: str
    value: VariableName


class ClientCertificate(Word):
    """Names of the variables with the paths of a client certificate and of its key."""

    certificate: VariableName
    key: VariableName


class Edge(Word):
    """What stands in front of a staging: sent to the environment's own domains and gateway, and to nobody else."""

    basic: Basic | None = None
    header: HeaderCredential | None = None
    client_certificate: ClientCertificate | None = None


class ServiceAddress(Word):
    """Where one service is asked directly, and the Host to say there, if not the address's own.

    `header` is one that the service itself wants, such as that of an API key.
    """

    direct: Url
    host: str = ""
    header: HeaderCredential | None = None


class Database(Word):
    """A database that is asked by its own protocol: the name of the variable with its URL.

    `pooled` is that of its pool of connections, in transaction mode; `tenants` what its rows call the tenants.
    `programs` are those of this machine without which a platform that the run starts itself has no such database: found
    on the PATH, or a path that may hold wildcards.
    """

    url: VariableName
    pooled: VariableName | None = None
    tenants: dict[Slug, str] = {}
    programs: list[str] = []


class Budgets(Word):
    """How much a run may ask: requests a minute for each tenant and service, seconds for one request, connections.

    `flaky` is the share of a service's answers that may fail and come at another time. `interleaved` is how often two
    tenants ask at the same time, both counted, where it is looked whether answers are mixed up; no more than a
    minute's requests of each.
    """

    requests_per_minute: Annotated[int, Field(ge=1)] = 100
    timeout: Annotated[float, Field(gt=0)] = 10.0
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    flaky: Annotated[float, Field(ge=0, le=1)] = 0.1
    connections: Annotated[int, Field(ge=1)] = 8
    connections_in_all: Annotated[int, Field(ge=1)] = 32
    interleaved: Annotated[int, Field(ge=2)] = 1000


class Ready(Word):
    """When the platform counts as ready, and how it is looked at until then; times in seconds.

    `stable` is how often in a row everything must be good. The pause after a look that was not good begins at
    `interval` and grows by half each time, up to `longest`. `asks` is how often each address is asked its release, each
    time over a new connection: one replica of several may still be on the old one.
    """

    stable: Annotated[int, Field(ge=1)] = 3
    interval: Annotated[float, Field(gt=0)] = 1.0
    longest: Annotated[float, Field(gt=0)] = 10.0
    asks: Annotated[int, Field(ge=1)] = 5

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if self.interval > self.longest:
            raise _refused(f"shorter than 'interval', which is {self.interval:g}", "longest")
        return self


class Environment(Word):
    """One YAML file under targets/environments/: where the platform is and what is allowed there.

    `connect` works as curl's --connect-to: `HOST:PORT` is dialled at `ADDRESS:PORT`, or with `:PORT` at that port of
    the addresses that the resolver has for it; the Host header and the TLS server name stay. `start` is a command that
    starts the platform; it prints one line of JSON with more `connect`, `resolver`, `ca_file` and `variables`, and ends
    when its standard input closes. `by_hand` starts one that stays, for people.
    """

    name: Slug
    title: str = ""
    production: bool = False
    start: list[str] = []
    by_hand: str = ""
    gateway: Url
    services: dict[Slug, ServiceAddress] = {}
    domains: dict[Slug, Domain] = {}
    databases: dict[Slug, Database] = {}
    connect: dict[HostPort, HostPort | Port] = {}
    only_connect: bool = False
    resolver: HostPort | Literal[""] = ""
    ca_file: str = ""
    edge: Edge = Edge()
    proxy: Url | Literal[""] = ""
    tenants: Annotated[list[Tenant], Field(min_length=1)]
    administrator: VariableName | None = None
    budgets: Budgets = Budgets()
    ready: Ready = Ready()
    stale_after: Annotated[float, Field(ge=0)] = 3600.0
    writes: Literal["allowed", "removable", "never"]

    def host(self, service: str) -> str:
        """The host of a service's public name; empty where it has none."""
        return self.domains.get(service, "").partition("/")[0]

    def own_header(self, step: Step) -> HeaderCredential | None:
        """The header that a service wants where it is asked directly, unless the step is a bare one."""
        there = self.services.get(step.service)
        return there.header if there is not None and step.request.via == "direct" and not step.bare else None

    def at_domain(self, service: str, path: str) -> str:
        """A path of a service as its public name has it: at `HOST/login`, `/` is `/login` and `/x` is `/login/x`."""
        _, slash, below = self.domains[service].partition("/")
        return f"{slash}{below}{path if path != '/' else ''}" if slash else path

    @field_validator("services", mode="before")
    @classmethod
    def _with_an_address(cls, services: Any) -> Any:
        """Without those whose address is that of a variable which is not set, `${NAME:-}`: here they have none."""
        if not isinstance(services, dict):
            return services
        return {name: one for name, one in services.items() if not isinstance(one, dict) or one.get("direct") != ""}

    @model_validator(mode="after")
    def _no_writes_in_production(self) -> Self:
        if self.production and self.writes != "never":
            raise _refused("a production environment allows no writes: set 'writes: never'", "writes")
        return self

    @model_validator(mode="after")
    def _tenants_differ(self) -> Self:
        """Two tenants that are one, by id, sentinel, host or credential, would let every isolation check pass."""
        for index, tenant in enumerate(self.tenants):
            for other in self.tenants[:index]:
                if tenant.id == other.id:
                    raise _refused(f"duplicate tenant id '{tenant.id}'", "tenants", index, "id")
                if tenant.sentinel in other.sentinel or other.sentinel in tenant.sentinel:
                    raise _refused(f"the sentinel of '{other.id}' again", "tenants", index, "sentinel")
                if tenant.host == other.host:
                    raise _refused(f"the host of '{other.id}' again", "tenants", index, "host")
                if tenant.variables & other.variables:
                    raise _refused(f"the credential of '{other.id}' again", "tenants", index)
        return self
