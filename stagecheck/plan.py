"""From targets and an environment to checks: what this occasion needs, fixed before the first request."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from operator import attrgetter

from pydantic_core import to_json

from stagecheck import extras
from stagecheck.model import (
    Cors,
    Entry,
    Environment,
    Operation,
    Privileged,
    Proof,
    Request,
    Resource,
    Revision,
    Target,
    Tenant,
    TenantRows,
    Whoami,
    Word,
    Workflow,
)
from stagecheck.targets import Loaded


@dataclass(frozen=True)
class Check:
    """One thing that must hold; becomes one pytest item under the stable `id`.

    `roots` are the ids of the checks that this one stands on, lowest rung first. `tenant` is who asks, `victim` whose
    data must stay out of reach. `witnesses` are (service, entry) pairs whose own answer is compared with a claim,
    `own_health` what these services say of themselves; `foreign` are the fingerprints of the other brands and
    `siblings` the services of the other domains. `revision` says where the service states its release, which must be
    `release`. `issuer` is the service that `whoami` is of, which gives out the tokens. Checks with the same
    `serial` key are asked one after the other.
    """

    id: str
    kind: str
    service: str
    name: str
    proof: str
    title: str
    required: bool
    owner: str
    runbook: str
    source: str
    tenant: str = ""
    victim: str = ""
    roots: tuple[str, ...] = ()
    entry: Entry | None = None
    word: Proof | None = None
    resource: Resource | None = None
    workflow: Workflow | None = None
    privileged: Privileged | None = None
    whoami: Whoami | None = None
    fingerprint: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()
    witnesses: tuple[tuple[str, Entry], ...] = ()
    own_health: tuple[tuple[str, Entry], ...] = ()
    personal: tuple[str, ...] = ()
    revision: Revision | None = None
    release: str = ""
    issuer: str = ""
    slow: bool = False
    spec: str = ""
    serial: str = ""


@dataclass(frozen=True)
class Plan:
    """The checks of one occasion, sorted by id; `left_out` says what is not covered here and why.

    `p95` is the latency that targets promise of their services, in seconds; `flaky` the share of a service's answers
    that may fail and come when asked again. `part_of` is the plan of which this is a shard's part: its checks may stand
    on those of other shards, and find them by `get`.
    """

    checks: tuple[Check, ...]
    left_out: tuple[tuple[str, str], ...]
    digest: str
    p95: Mapping[str, float] = field(default_factory=dict)
    flaky: float = 0.1
    part_of: Plan | None = None

    @property
    def whole(self) -> Plan:
        """The plan of all shards."""
        return self.part_of or self

    @property
    def below(self) -> dict[str, str]:
        """For each service the one that all of its checks stand on; itself where some stand on another, or on none."""
        lowest: dict[str, set[str]] = {}
        for check in self.checks:
            lowest.setdefault(check.service, set()).update(self.get(root).service for root in check.roots[:1])
        return {service: those.pop() if len(those) == 1 else service for service, those in lowest.items()}

    def get(self, id: str) -> Check:
        """The check of that id."""
        return self.whole._by_id[id]

    def find(self, id: str) -> Check | None:
        """The check of that id, None where it is not planned."""
        return self._by_id.get(id)

    @cached_property
    def _by_id(self) -> dict[str, Check]:
        return {check.id: check for check in self.checks}


class Asks(Enum):
    """Who asks in the checks that a probe becomes."""

    EACH = "each tenant, what concerns itself alone"
    EACH_AGAINST_ALL = "each tenant, judged against all others"
    PAIRS = "each tenant against each other"
    TOGETHER = "each two tenants, once"


@dataclass(frozen=True)
class Probe:
    """An isolation probe as the plan sees it: its number, its sentence, and what a resource must offer for it.

    `needs` are keys of the resource. One that is `fronted` looks at what stands before a service, so it is asked
    through the gateway alone; one that is `fetched` needs what is asked with GET. `stands_on` names probes of the same
    resource without which this one would name the wrong cause: when any id can be read, that a header changes nothing
    cannot be seen. `way` names the ways of a resource that are tried. One of the `caller` looks at who asks, which is
    judged before it is looked what is asked for: the first resource of a service speaks for all. One of `keys` makes or
    reads tokens with the issuer's public keys. One that is `by_id` means nothing where whoever knows an id may read
    its record. One that is only `told` does not hold the promotion: what a clock says is no proof.
    """

    number: str
    title: str
    needs: tuple[str, ...] = ()
    asks: Asks = Asks.PAIRS
    writes: bool = False
    slow: bool = False
    fronted: bool = False
    fetched: str = ""
    stands_on: tuple[str, ...] = ()
    way: str = ""
    caller: bool = False
    keys: bool = False
    by_id: bool = False
    told: bool = False


# Above it, each tenant attacks one other for each probe, and not all of them.
MOST_TENANTS_IN_PAIRS = 6

_CREATE = ("create", "read", "delete")
_CHANGE = (*_CREATE, "update")
_SEEN = ("read-by-id", "search")
_FOUND = (*_SEEN, "list")

# Where anybody is let in, what one tenant can reach of another's says nothing: all other probes stand on this one.
CANARY = "no-credential"
PROBES: dict[str, Probe] = {
    "no-credential": Probe("T1", "without a credential nothing of {tenant} is answered", asks=Asks.EACH),
    "read-by-id": Probe("T2", "{tenant} cannot read a record of {victim} by its id", ("read",), by_id=True),
    "update-by-id": Probe("T3", "{tenant} cannot change a record of {victim}", _CHANGE, writes=True),
    "delete-by-id": Probe("T4", "{tenant} cannot delete a record of {victim}", _CREATE, writes=True),
    "create-into": Probe(
        "T5", "{tenant} cannot create a record that belongs to {victim}", _CREATE, writes=True, stands_on=_SEEN
    ),
    "search": Probe("T9", "a search of {tenant} finds no record of {victim}"),
    "list": Probe("T6", "lists of {tenant} hold no record of another tenant", ("list",), asks=Asks.EACH_AGAINST_ALL),
    "count": Probe(
        "T7",
        "the totals of {tenant}'s lists count its own records alone",
        ("list.count",),
        asks=Asks.EACH_AGAINST_ALL,
        stands_on=("list",),
    ),
    "page-tampering": Probe(
        "T8",
        "no place in a list and no size of a page gives {tenant} a record of {victim}",
        ("page",),
        stands_on=("list",),
    ),
    "more-lists": Probe(
        "T9",
        "other orders and exports of {tenant}'s lists hold no record of another tenant",
        ("more_lists",),
        asks=Asks.EACH_AGAINST_ALL,
    ),
    "tenant-header": Probe(
        "T10",
        "a header that names {victim} changes nothing for {tenant}",
        ("read",),
        stands_on=_SEEN,
        caller=True,
        by_id=True,
    ),
    "odd-header": Probe(
        "T11, T39",
        "an empty, doubled or oddly spelled tenant header never gives data of {victim}, nor any without a token",
        stands_on=("search",),
        caller=True,
    ),
    "override": Probe(
        "T12, T39", "a query that names {victim} changes nothing for {tenant}", stands_on=("search",), caller=True
    ),
    "host-header": Probe(
        "T13",
        "a host of {victim} changes nothing for {tenant}, and a made-up one is in no link",
        fronted=True,
        stands_on=_SEEN,
        caller=True,
    ),
    "unknown-host": Probe("T14", "a host that is nobody's shows nothing of {tenant}", ("by_host",), asks=Asks.EACH),
    "site-by-host": Probe("T40", "the host of {tenant} shows its site, and nothing of {victim}", ("by_host",)),
    "cache": Probe(
        "T30",
        "no cache gives what {victim} was answered to {tenant} or to nobody",
        fronted=True,
        fetched="list",
        stands_on=("list",),
    ),
    "conditional": Probe(
        "T31",
        "{tenant} is not told whether a record of {victim} changed",
        ("read", "etags"),
        fetched="read",
        stands_on=("read-by-id",),
        by_id=True,
    ),
    "interleaved": Probe(
        "T44",
        "{tenant} and {victim}, asking at the same time, each get their own answers",
        asks=Asks.TOGETHER,
        fronted=True,
        slow=True,
        stands_on=("list",),
    ),
    "alg-none": Probe("T15", "an unsigned token that names {victim} is refused", caller=True),
    "edited-token": Probe("T16", "a token edited to name {victim} is refused", caller=True),
    "foreign-key": Probe(
        "T17, T18",
        "a token that names {victim} and is signed with another key is refused",
        stands_on=("edited-token",),
        caller=True,
        keys=True,
    ),
    "stale-token": Probe(
        "T19",
        "an expired token of {tenant}, or one for elsewhere, is refused",
        asks=Asks.EACH,
        stands_on=("edited-token",),
        caller=True,
        keys=True,
    ),
    "global-id": Probe(
        "T22",
        "by another id or name {tenant} reads no record of {victim}",
        stands_on=_FOUND,
        way="global_id",
        by_id=True,
    ),
    "argument": Probe("T23", "an argument that names {victim} is not obeyed", stands_on=_FOUND, way="argument"),
    "nested": Probe("T24", "no record of {victim} hangs on one of {tenant}", stands_on=_FOUND, way="nested"),
    "channel": Probe("T25", "the channel of {victim} is shut for {tenant}", stands_on=_FOUND, way="channel"),
    "shown-fields": Probe(
        "T26", "a record of {tenant} shows its public fields only", ("public_fields",), asks=Asks.EACH
    ),
    "kept-fields": Probe(
        "T27",
        "{tenant} cannot write the fields of its record that are not its own to write, nor give it to {victim}",
        (*_CHANGE, "kept_fields"),
        writes=True,
        stands_on=_SEEN,
    ),
    "existence": Probe(
        "T33",
        "a denial does not tell {tenant} that {victim} has such a record",
        ("read",),
        stands_on=_SEEN,
        by_id=True,
    ),
    "timing": Probe(
        "T33",
        "how long a denial takes does not tell {tenant} that {victim} has such a record",
        ("read",),
        stands_on=(*_SEEN, "existence"),
        slow=True,
        caller=True,
        by_id=True,
        told=True,
    ),
    "method-override": Probe(
        "T28",
        "no header makes a removal of a question of {tenant}",
        _CREATE,
        asks=Asks.EACH,
        writes=True,
        fetched="read",
        caller=True,
    ),
    "unique": Probe(
        "T34", "{tenant} can take a name that {victim} has", ("unique", "delete"), writes=True, stands_on=_SEEN
    ),
    "mistakes": Probe("T32, T46", "errors tell {tenant} nothing of the inside", ("read",), asks=Asks.EACH),
    "file": Probe("T37", "{tenant} cannot fetch a file of {victim}", stands_on=_FOUND, way="file"),
    "bulk": Probe("T42", "a list of ids gives {tenant} no record of {victim}", stands_on=_FOUND, way="bulk"),
    "child": Probe("T43", "{tenant} cannot hang a record on one of {victim}", ("child",), writes=True, stands_on=_SEEN),
    "second-credential": Probe(
        "T21",
        "a token of {victim} beside that of {tenant} gives nothing of {victim}",
        stands_on=("search",),
        caller=True,
    ),
}

# Probes that ask a database, whose URL the environment names.
DATABASES = frozenset({"redis", "postgres"})
# The rungs of a domain's ladder: what stands on what.
RUNGS = ("dns", "tcp", "tls", "answers")
# These look at the way itself, so they stand on fewer rungs than the page does.
STANDS_ON = {"dns": 0, "tcp": 1, "tls": 2, "https": 1, "answers": 3}
# These ask as two tenants, so they mean nothing while both have the same token.
COMPARE_TENANTS = frozenset({"varies", "limited"})


def make(loaded: Sequence[Loaded], environment: Environment) -> Plan:
    """Plan all that the targets ask of this environment."""
    maker = _Maker(loaded, environment)
    checks = sorted(maker.checks(), key=lambda check: check.id)
    by_id = {check.id: check for check in checks}
    checks = [_ordered(check, by_id) for check in checks]
    # A promise about a service that nothing is asked of here could not be judged.
    asked = {check.service for check in checks}
    targets = (one.target for one in loaded)
    p95 = {one.service: one.p95 for one in targets if one.p95 is not None and one.service in asked}
    return Plan(tuple(checks), tuple(maker.left_out), digest_of(checks, p95), p95, environment.budgets.flaky)


def _ordered(check: Check, by_id: Mapping[str, Check]) -> Check:
    roots = tuple(_lowest_first(check.roots, by_id, {}))
    return check if roots == check.roots else replace(check, roots=roots)


def _lowest_first(roots: Iterable[str], by_id: Mapping[str, Check], found: dict[str, None]) -> dict[str, None]:
    """`found`, and the planned ones of these roots, before each what it stands on: what is blocked is never a cause."""
    for root in roots:
        if root in by_id and root not in found:
            _lowest_first(by_id[root].roots, by_id, found)
            found[root] = None
    return found


def digest_of(checks: Sequence[Check], p95: Mapping[str, float]) -> str:
    """What tells two plans apart: the ids of their checks, and the words of the targets that these are made of."""
    digest = hashlib.sha256()
    said: dict[int, bytes] = {}  # by the word's identity: many checks are made of the same few
    for check in checks:
        digest.update(json.dumps([check.id, check.required]).encode())
        for word in _words(check):
            if id(word) not in said:
                said[id(word)] = to_json(word)
            digest.update(said[id(word)])
    digest.update(json.dumps(sorted(p95.items())).encode())
    return digest.hexdigest()[:16]


def _words(check: Check) -> tuple[Word | None, ...]:
    """The words of the target that a check is made of."""
    return check.entry, check.word, check.resource, check.workflow, check.privileged, check.whoami, check.revision


@dataclass
class _Maker:
    loaded: Sequence[Loaded]
    environment: Environment
    left_out: list[tuple[str, str]] = field(default_factory=list)

    @cached_property
    def _by_service(self) -> dict[str, Loaded]:
        return {one.target.service: one for one in self.loaded}

    def checks(self) -> Iterator[Check]:
        for loaded in self.loaded:
            yield from self._entries(loaded)
            yield from self._preflight(loaded)
            yield from self._logout(loaded)
            for index, route in enumerate(loaded.target.privileged):
                yield from self._privileged(loaded, index, route)
            for index, route in enumerate(loaded.target.administered):
                yield from self._administered(loaded, index, route)
            for index, resource in enumerate(loaded.target.resources):
                yield from self._isolation(loaded, index, resource)
            for index, workflow in enumerate(loaded.target.workflows):
                yield from self._workflow(loaded, index, workflow)
            self.left_out += [
                (f"isolation[{loaded.target.service}/{name}]", why) for name, why in loaded.target.apart.items()
            ]

    # -- routing, health, domains

    def _entries(self, loaded: Loaded) -> Iterator[Check]:
        target = loaded.target
        fingerprint, foreign = tuple(target.fingerprint), self._foreign(target.service)
        siblings = self._siblings(target.service)
        for index, entry in enumerate(target.checks):
            for name, word in entry.proofs.named():
                label = f"{entry.kind}[{target.service}/{entry.id}/{name}]"
                reason = self._not_covered(target.service, entry, name, word)
                if reason:
                    self.left_out.append((label, reason))
                    continue
                if word.probe == "browser" and (sentence := extras.lacking("playwright", "browser")):
                    raise loaded.document.refuse(("checks", index, "proofs", name), sentence)
                witnesses = self._witnesses(word)
                for tenant in self._askers(entry):
                    suffix = f"@{tenant}" if entry.as_ == "each" else ""
                    full, line = f"{entry.id}/{name}{suffix}", ("checks", index, "proofs", name)
                    yield replace(
                        _begun(loaded, entry.kind, full, name, word.title or _sentence(word), line),
                        required=entry.required if word.required is None else word.required,
                        slow=entry.slow if word.slow is None else word.slow,
                        serial=entry.serial or "",
                        owner=entry.owner or target.owner,
                        runbook=entry.runbook or target.runbook,
                        tenant=tenant,
                        roots=self._roots(loaded, entry, name, word, [tenant]),
                        entry=entry,
                        word=word,
                        fingerprint=fingerprint,
                        foreign=foreign,
                        siblings=siblings,
                        witnesses=witnesses,
                        own_health=self._own_health(witnesses),
                        personal=self._personal(target.service, *(service for service, _ in witnesses)),
                    )

    def _askers(self, entry: Entry | Workflow) -> list[str]:
        if entry.as_ == "anonymous" or (isinstance(entry, Entry) and entry.kind == "domain"):
            return [""]
        tenants = [tenant.id for tenant in self.environment.tenants]
        if entry.as_ == "each":
            return tenants
        return tenants[:1] if entry.as_ == "first" else [entry.as_]

    def _not_covered(self, service: str, entry: Entry, name: str, word: Proof) -> str:
        direct = service in self.environment.services
        by_domain = entry.kind == "domain" or entry.request.via == "domain"
        if by_domain and service not in self.environment.domains:
            return f"the environment '{self.environment.name}' names no domain for {service}"
        if (name == "direct" or entry.request.via == "direct" or entry.request.grpc is not None) and not direct:
            return f"the environment '{self.environment.name}' gives no direct address of {service}"
        if entry.keyed and self.environment.services[service].header is None:
            return f"the environment '{self.environment.name}' names no key of {service}"
        if entry.request.probe in DATABASES or word.probe in DATABASES:
            return self._no_database(service, entry, word)
        if self.environment.writes == "never" and any(request.writes for request in _requests(entry, word)):
            return "it writes, and the environment allows no writes"
        if isinstance(word, Cors) and not any(one in self.environment.domains for one in word.allowed):
            return f"the environment '{self.environment.name}' names no domain that may call"
        if word.probe == "browser":
            return self._no_browser()
        if name == "distinct" and not self._siblings(service):
            return "there is no other domain to differ from"
        return ""

    def _no_database(self, service: str, entry: Entry, word: Proof) -> str:
        """Why the database of a service is not asked; empty where it is."""
        database = self.environment.databases.get(service)
        if database is None:
            return f"the environment '{self.environment.name}' names no database of {service}"
        pooled = getattr(word, "pooled", False) or (entry.request.sql is not None and entry.request.sql.pooled)
        if pooled and database.pooled is None:
            return f"the environment '{self.environment.name}' names no pool of {service}"
        if isinstance(word, TenantRows) and not {one.id for one in self.environment.tenants} <= set(database.tenants):
            return f"the environment '{self.environment.name}' does not say what {service} calls its tenants"
        absent = extras.absent(database.programs)
        return f"this machine does not have what its own {service} needs: {', '.join(absent)}" if absent else ""

    def _no_browser(self) -> str:
        """Why no page is shown in a browser; empty where it is."""
        if self.environment.proxy or self.environment.edge.client_certificate:
            return f"the environment '{self.environment.name}' has a proxy or a client certificate, and no browser has"
        return "" if extras.browser() else "this machine does not have what shows a page: chromium"

    def _roots(self, loaded: Loaded, entry: Entry, name: str, word: Proof, tenants: Sequence[str]) -> tuple[str, ...]:
        target = loaded.target
        if entry.kind == "domain":
            rungs = self._rungs(loaded)
            below = [rungs[rung] for rung in RUNGS[: STANDS_ON.get(name, len(RUNGS))] if rung in rungs]
            return (*below, *self._named(target, entry.below(word), ()))
        here = f"{entry.kind}[{target.service}/{entry.id}/{name}]"
        asks_as_tenant = entry.as_ != "anonymous" or bool(self._witnesses(word))
        compares = entry.as_ == "each" or name in COMPARE_TENANTS
        roots = (
            *self._below(target.service),
            *(self._tokens() if asks_as_tenant else ()),
            _root_id(loaded),
            *((_preflight_id(issuer.target.service) for issuer in self._issuers()) if compares else ()),
            *self._named(target, entry.below(word), tenants),
        )
        return tuple(dict.fromkeys(root for root in roots if root and root != here))

    def _rungs(self, loaded: Loaded) -> dict[str, str]:
        """The ladder of a target. The lower rungs of a path domain are those of the service that has the whole host."""
        domains = self.environment.domains
        host, _, path = domains.get(loaded.target.service, "").partition("/")
        owner = next((one for one in self.loaded if domains.get(one.target.service) == host), None) if path else None
        below = {rung: id for rung, id in _rung_ids(owner).items() if rung != "answers"} if owner else {}
        return {**below, **_rung_ids(loaded)}

    def _tokens(self) -> Iterator[str]:
        """The roots of all that is asked with a tenant's token, lowest first."""
        for issuer in self._issuers():
            yield from self._below(issuer.target.service)
            yield _root_id(issuer)
            named = issuer.target.whoami.check if issuer.target.whoami else None
            yield from self._named(issuer.target, [named] if named else [], ())

    def _keys(self) -> Iterator[str]:
        """The checks that show that the public keys are the issuers' own."""
        for issuer in self._issuers():
            whoami = issuer.target.whoami
            yield from self._named(issuer.target, whoami.keys_stand_on if whoami else [], ())

    def _issuers(self) -> list[Loaded]:
        """The targets whose service gives out the tokens."""
        return [loaded for loaded in self.loaded if loaded.target.whoami]

    def _named(self, target: Target, names: Iterable[str], tenants: Iterable[str]) -> Iterator[str]:
        """The ids of checks by `entry/proof`, those of another target by `service/entry/proof`; each tenant's too."""
        for name in names:
            *service, entry, proof = name.split("/")
            whose = self._by_service[service[0]].target if service else target
            kind = next(one.kind for one in whose.checks if one.id == entry)
            label = f"{kind}[{whose.service}/{entry}/{proof}"
            yield f"{label}]"
            yield from (f"{label}@{tenant}]" for tenant in tenants)

    def _below(self, service: str) -> tuple[str, ...]:
        """The roots of all that a service needs, lowest first."""
        roots: list[str] = []
        for needed in self._by_service[service].target.needs:
            for root in (*self._below(needed), _root_id(self._by_service[needed])):
                if root and root not in roots:
                    roots.append(root)
        return tuple(roots)

    def _foreign(self, service: str) -> tuple[str, ...]:
        others = (loaded.target for loaded in self.loaded if loaded.target.service != service)
        return tuple(mark for target in others for mark in target.fingerprint)

    def _siblings(self, service: str) -> tuple[str, ...]:
        with_pages = (loaded.target.service for loaded in self.loaded if loaded.target.fingerprint)
        return tuple(name for name in with_pages if name != service and name in self.environment.domains)

    def _witnesses(self, word: Proof) -> tuple[tuple[str, Entry], ...]:
        claims = getattr(word, "claims", None) or {}
        known = self._by_service
        found = ((service, known[service].root) for service in claims if service in known)
        return tuple((service, entry) for service, entry in found if entry is not None)

    def _own_health(self, witnesses: Sequence[tuple[str, Entry]]) -> tuple[tuple[str, Entry], ...]:
        """The health entry of each claimed service that this environment can ask directly."""
        asked = [(service, self._target(service)) for service, _ in witnesses]
        own = ((service, _direct_health(target)) for service, target in asked if service in self.environment.services)
        return tuple((service, entry) for service, entry in own if entry is not None)

    def _target(self, service: str) -> Target:
        return next(loaded.target for loaded in self.loaded if loaded.target.service == service)

    # -- workflows

    def _workflow(self, loaded: Loaded, index: int, workflow: Workflow) -> Iterator[Check]:
        target = loaded.target
        for tenant in self._askers(workflow):
            suffix = f"@{tenant}" if workflow.as_ == "each" else ""
            id = f"workflow[{target.service}/{workflow.id}{suffix}]"
            reason = self._not_possible(target.service, workflow, tenant)
            if reason:
                self.left_out.append((id, reason))
                continue
            full, line = f"{workflow.id}{suffix}", ("workflows", index)
            yield replace(
                _begun(loaded, "workflow", full, "workflow", workflow.title, line),
                required=workflow.required,
                slow=workflow.slow,
                owner=workflow.owner or target.owner,
                runbook=workflow.runbook or target.runbook,
                tenant=tenant,
                roots=self._workflow_roots(loaded, workflow, tenant),
                workflow=workflow,
                personal=self._personal(
                    target.service, *(step.service or target.service for step in workflow.all_steps)
                ),
            )

    def _not_possible(self, service: str, workflow: Workflow, tenant: str) -> str:
        name = f"the environment '{self.environment.name}'"
        if workflow.stays and self.environment.writes == "removable":
            return f"{workflow.stays} stays, and the environment allows only writes that can be removed"
        for step in workflow.all_steps:
            whose, via = step.service or service, step.request.via
            if step.request.writes and self.environment.writes == "never":
                return "it writes, and the environment allows no writes"
            if via == "direct" and whose not in self.environment.services:
                return f"{name} gives no direct address of {whose}"
            if via == "domain" and whose not in self.environment.domains:
                return f"{name} names no domain for {whose}"
            if step.as_ == "other" and len(self.environment.tenants) < 2:
                return f"{name} has no other tenant"
            if "{password}" in step.request.model_dump_json() and not self._logs_in(tenant):
                return f"{name} has no login of {tenant or 'anybody'}"
        return ""

    def _logs_in(self, tenant: str) -> bool:
        return any(one.id == tenant and one.login is not None for one in self.environment.tenants)

    def _workflow_roots(self, loaded: Loaded, workflow: Workflow, tenant: str) -> tuple[str, ...]:
        """The roots of every service on its way, and of the tokens where a tenant's own is sent."""
        roots: list[str] = []
        if any(step.as_ != "anonymous" and step.bearer is None for step in workflow.all_steps):
            roots += self._tokens()
        for step in workflow.all_steps:
            there = self._by_service[step.service or loaded.target.service]
            rungs = self._rungs(there) if step.request.via == "domain" else {}
            ladder = (rungs[rung] for rung in RUNGS if rung in rungs)
            roots += [*self._below(there.target.service), *ladder, _root_id(there)]
        if any(step.as_ == "other" for step in workflow.all_steps):
            roots += [_preflight_id(issuer.target.service) for issuer in self._issuers()]
        roots += self._named(loaded.target, workflow.stands_on, [tenant])
        return tuple(dict.fromkeys(filter(None, roots)))

    def _personal(self, *services: str) -> tuple[str, ...]:
        """The personal fields of these services and of all that they need: an answer may be one of theirs."""
        needed = {need for service in services for need in self._by_service[service].target.needs}
        fields = (self._by_service[service].target.personal for service in sorted({*services, *needed}))
        return tuple(dict.fromkeys(itertools.chain.from_iterable(fields)))

    # -- isolation

    def _preflight(self, loaded: Loaded) -> Iterator[Check]:
        if loaded.target.whoami is None:
            return
        target = loaded.target
        title = "T0: the tenants' tokens are alive, name their own tenant and carry no more than a plain role"
        yield replace(
            _begun(loaded, "isolation", "tokens/preflight", "preflight", title, ("whoami",)),
            roots=tuple(dict.fromkeys(filter(None, (*self._below(target.service), *self._tokens(), _root_id(loaded))))),
            whoami=target.whoami,
            issuer=target.service,
            personal=self._personal(target.service),
        )

    def _logout(self, loaded: Loaded) -> Iterator[Check]:
        target = loaded.target
        if target.whoami is None:
            return
        label = f"isolation[{target.service}/tokens/logged-out]"
        if target.whoami.logout is None:
            self.left_out.append((label, "the target says no way to log out"))
        elif self.environment.writes == "never":
            self.left_out.append((label, "it writes, and the environment allows no writes"))
        else:
            for tenant in self._with_login(label):
                title = f"T20: a token of {tenant.id} is refused once it has logged out"
                line, below = ("whoami", "logout"), target.whoami.logout.stands_on
                yield self._of_tokens(loaded, "tokens/logged-out", title, line, below, tenant)

    def _privileged(self, loaded: Loaded, index: int, route: Privileged) -> Iterator[Check]:
        name = f"{route.id}/privileged"
        if self.environment.administrator is None or not self._issuers():
            reason = f"the environment '{self.environment.name}' names no administrator's token, so none can be let in"
            self.left_out.append((f"isolation[{loaded.target.service}/{name}]", reason))
            return
        for tenant in self.environment.tenants:
            title = f"T28: {route.request.path} is shut for {tenant.id}, however its address is spelled"
            yield self._of_tokens(loaded, name, title, ("privileged", index), route.stands_on, tenant, route=route)

    def _administered(self, loaded: Loaded, index: int, route: Privileged) -> Iterator[Check]:
        name = f"{route.id}/administered"
        administered = [tenant for tenant in self.environment.tenants if tenant.administrator]
        if len(administered) < 2 or not self._issuers():
            reason = f"the environment '{self.environment.name}' names no two tenants' own administrators"
            self.left_out.append((f"isolation[{loaded.target.service}/{name}]", reason))
            return
        for tenant, victim in itertools.permutations(administered, 2):
            title = f"T29: whoever administers {tenant.id} is denied {route.request.path} of {victim.id}"
            line, below = ("administered", index), route.stands_on
            yield self._of_tokens(loaded, name, title, line, below, tenant, victim, route)

    def _with_login(self, label: str) -> Iterator[Tenant]:
        """The tenants that can log in anew, so that ending a session does not end the run's own."""
        for tenant in self.environment.tenants:
            if tenant.login is not None:
                yield tenant
            else:
                self.left_out.append((f"{label[:-1]}@{tenant.id}]", f"{tenant.id} has a token and no login"))

    def _of_tokens(
        self,
        loaded: Loaded,
        name: str,
        title: str,
        line: tuple[str | int, ...],
        below: Sequence[str],
        tenant: Tenant,
        victim: Tenant | None = None,
        route: Privileged | None = None,
    ) -> Check:
        """A check about what a tenant's token is good for; `name` ends with the name of its probe.

        `line` is where it stands in the target, `below` names the checks that it stands on besides.
        """
        target = loaded.target
        issuer = next(iter(self._issuers()))
        suffix = f"@{tenant.id}:{victim.id}" if victim else f"@{tenant.id}"
        preflight = _preflight_id(issuer.target.service)
        named = self._named(target, below, [tenant.id])
        roots = (*self._below(target.service), *self._tokens(), _root_id(loaded), preflight, *named)
        return replace(
            _begun(loaded, "isolation", f"{name}{suffix}", name.rpartition("/")[2], title, line),
            tenant=tenant.id,
            victim=victim.id if victim else "",
            roots=tuple(dict.fromkeys(filter(None, roots))),
            privileged=route,
            whoami=issuer.target.whoami,
            issuer=issuer.target.service,
            personal=self._personal(*self._by_service),
        )

    def _isolation(self, loaded: Loaded, index: int, resource: Resource) -> Iterator[Check]:
        target = loaded.target
        issuer = next(iter(self._issuers()), None)
        for name, probe in PROBES.items():
            reason = self._not_applicable(target.service, resource, probe) or _spoken_for(target, resource, probe)
            if reason:
                self.left_out.append((f"isolation[{target.service}/{resource.id}/{name}]", reason))
                continue
            self._tell_of_the_ring(f"isolation[{target.service}/{resource.id}/{name}]", probe)
            for tenant, victim in self._pairs(name):
                if name == "stale-token" and not tenant.stale.named():
                    continue
                suffix = f"@{tenant.id}:{victim.id}" if victim else f"@{tenant.id}"
                sentence = probe.title.format(tenant=tenant.id, victim=victim.id if victim else "")
                full, line = f"{resource.id}/{name}{suffix}", ("resources", index)
                yield replace(
                    _begun(loaded, "isolation", full, name, f"{probe.number}: {sentence}", line),
                    required=resource.required and not probe.told,
                    slow=resource.slow or probe.slow,
                    serial=resource.serial or "",
                    owner=resource.owner or target.owner,
                    tenant=tenant.id,
                    victim=victim.id if victim else "",
                    roots=self._isolation_roots(loaded, resource, name, tenant, victim),
                    resource=resource,
                    whoami=issuer.target.whoami if issuer else None,
                    issuer=issuer.target.service if issuer else "",
                    personal=self._personal(target.service),
                )

    def _isolation_roots(
        self, loaded: Loaded, resource: Resource, name: str, tenant: Tenant, victim: Tenant | None
    ) -> tuple[str, ...]:
        target, probe = loaded.target, PROBES[name]
        label = f"isolation[{target.service}/{resource.id}"
        pair = [tenant.id, victim.id] if victim else [tenant.id]
        about = [one.id for one in self.environment.tenants] if probe.asks is Asks.EACH_AGAINST_ALL else pair
        named = [*resource.stands_on, *(resource.writes_stand_on if probe.writes else ())]
        roots = (
            *self._below(target.service),
            *self._tokens(),
            _root_id(loaded),
            *(_preflight_id(issuer.target.service) for issuer in self._issuers()),
            *(self._keys() if probe.keys else ()),
            *self._named(target, named, about),
            f"isolation[{target.service}/{resource.behind}/{name}@{':'.join(pair)}]",
            *(f"{label}/{CANARY}@{one}]" for one in pair if name != CANARY),
            *(f"{label}/{other}@{side}]" for other in probe.stands_on for side in self._sides(other, pair)),
        )
        return tuple(dict.fromkeys(filter(None, roots)))

    def _not_applicable(self, service: str, resource: Resource, probe: Probe) -> str:
        absent = [need for need in probe.needs if not attrgetter(need)(resource)]
        if absent:
            return f"the target names no {' and no '.join(absent)}"
        if probe.way and not getattr(resource.ways, probe.way):
            return f"the target names no way '{probe.way}' to it"
        direct = any(way.request.via == "direct" for way in getattr(resource.ways, probe.way, ()))
        if direct and service not in self.environment.services:
            return f"the environment '{self.environment.name}' gives no direct address of {service}"
        asked = [resource.find, *(resource.by_host for need in probe.needs if need == "by_host")]
        direct = any(one is not None and one.request.via == "direct" for one in asked)
        if direct and service not in self.environment.services:
            return f"the environment '{self.environment.name}' gives no direct address of {service}"
        if direct and probe.fronted:
            return "it is asked of the service itself, past what this probe looks at"
        if probe.fetched and _method(attrgetter(probe.fetched)(resource)) != "GET":
            return f"its {probe.fetched} is no GET"
        if probe.writes and self.environment.writes == "never":
            return "it writes, and the environment allows no writes"
        if probe.number == "T1" and resource.public:
            return "the resource is public by policy"
        if probe.by_id and resource.public_by_id:
            return "whoever knows the id of a record may read it, by policy"
        return self._no_stale_token() if probe.number == "T19" else ""

    def _no_stale_token(self) -> str:
        """Why no token that was good once can be tried: another one would be refused for its signature alone."""
        if not any(issuer.target.whoami and issuer.target.whoami.keys for issuer in self._issuers()):
            return "no target says where the public keys are, so that a stale token cannot be told from a forged one"
        if not any(tenant.stale.named() for tenant in self.environment.tenants):
            return f"the environment '{self.environment.name}' names no stale token of a tenant"
        return ""

    def _pairs(self, name: str) -> Iterable[tuple[Tenant, Tenant | None]]:
        tenants, asks = self.environment.tenants, PROBES[name].asks
        if asks in (Asks.EACH, Asks.EACH_AGAINST_ALL):
            return [(tenant, None) for tenant in tenants if len(tenants) > 1 or asks is Asks.EACH]
        if len(tenants) > MOST_TENANTS_IN_PAIRS:
            return _ring(tenants, f"{self.environment.name} {name}")
        return list((itertools.permutations if asks is Asks.PAIRS else itertools.combinations)(tenants, 2))

    def _sides(self, name: str, pair: Sequence[str]) -> Iterator[str]:
        """How those checks of a probe end that look at the same pair, or at whomever the tenant attacks."""
        yield from (":".join(pair), ":".join(reversed(pair)), *pair)
        if len(pair) == 1 or len(self.environment.tenants) > MOST_TENANTS_IN_PAIRS:
            yield from (f"{one.id}:{other.id}" for one, other in self._pairs(name) if other and one.id == pair[0])

    def _tell_of_the_ring(self, label: str, probe: Probe) -> None:
        number = len(self.environment.tenants)
        pairs = {Asks.PAIRS: number * (number - 1), Asks.TOGETHER: number * (number - 1) // 2}.get(probe.asks, 0)
        if pairs and number > MOST_TENANTS_IN_PAIRS:
            asked = f"each of {number} tenants attacks the next of a ring"
            self.left_out.append((f"{label}, {pairs - number} of {pairs} pairs", asked))


def _begun(loaded: Loaded, kind: str, name: str, proof: str, title: str, line: tuple[str | int, ...]) -> Check:
    """A check with what all have: `name` is its own within the service, `line` where it stands in the target."""
    target = loaded.target
    return Check(
        id=f"{kind}[{target.service}/{name}]",
        kind=kind,
        service=target.service,
        name=f"{target.service}/{name}",
        proof=proof,
        title=title,
        required=True,
        owner=target.owner,
        runbook=target.runbook,
        spec=target.spec,
        source=f"{loaded.path}:{loaded.line_of(*line)}",
    )


def _spoken_for(target: Target, resource: Resource, probe: Probe) -> str:
    """Why a probe of the caller is not asked of that resource: another that is asked the same way speaks for it."""
    via = resource.find.request.via
    first = next(one for one in target.resources if one.find.request.via == via)
    return f"the first resource speaks for all: see {first.id}" if probe.caller and first != resource else ""


def _ring(tenants: Sequence[Tenant], seed: str) -> list[tuple[Tenant, Tenant | None]]:
    """Each tenant with the next, in an order that is the seed's own and the same for every run."""
    order = sorted(tenants, key=lambda tenant: hashlib.sha256(f"{seed} {tenant.id}".encode()).digest())
    return list(zip(order, [*order[1:], order[0]], strict=True))


def _method(operation: Operation) -> str:
    return operation.request.method if operation.request.graphql is None else "POST"


def _preflight_id(service: str) -> str:
    return f"isolation[{service}/tokens/preflight]"


def _direct_health(target: Target) -> Entry | None:
    asked = (e for e in target.checks if e.kind == "health" and e.request.via == "direct" and e.as_ == "anonymous")
    return next((entry for entry in asked if entry.proofs.answers is not None), None)


def _root_id(loaded: Loaded) -> str:
    entry = loaded.root
    return f"{entry.kind}[{loaded.target.service}/{entry.id}/answers]" if entry else ""


def _requests(entry: Entry, word: Proof) -> Iterator[Request]:
    """All that a proof of that entry may ask."""
    yield entry.request
    yield from word.asks()


def _rung_ids(loaded: Loaded) -> dict[str, str]:
    """The domain ladder of a target: rung -> id of its check."""
    service = loaded.target.service
    rungs: dict[str, str] = {}
    for entry in loaded.target.checks:
        for name, word in entry.proofs.named():
            if entry.kind == "domain" and name in RUNGS and (name != "answers" or getattr(word, "root", False)):
                rungs.setdefault(name, f"domain[{service}/{entry.id}/{name}]")
    return rungs


def _sentence(word: Proof) -> str:
    """The proof's own sentence: the first line of what its class says of itself."""
    return (type(word).__doc__ or "").strip().splitlines()[0].rstrip(".").lower()
