"""Variables and other settings: two values, an internal name in a browser, a host that nobody has, shared databases."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck import listing
from stagecheck.openspec import identity, needs
from stagecheck.openspec.drawing import Node
from stagecheck.openspec.facts import Variable
from stagecheck.openspec.finding import Case, Found, Rule
from stagecheck.openspec.markdown import Page, Place
from stagecheck.openspec.tree import Tree

_PUBLIC = re.compile(r"(NEXT_PUBLIC|VITE|REACT_APP|PUBLIC|NUXT_PUBLIC)_")
_NOT_ANOTHER = re.compile(r"localhost|host|test|\d+")
_REDIS = re.compile(r"redis://[^\s/'\"]+:\d+/(\d+)")
_HIDDEN = re.compile(r"pass|secret|token|key|pwd", re.IGNORECASE)
_UNKNOWN = re.compile(r"\$\{|REDACTED|<|\.\.\.|^$", re.IGNORECASE)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def differ(case: Case) -> Iterator[Found]:
    """The variables that a page lists are those that its compose block sets."""
    for service in case.tree.services:
        blocks = [one for one in identity.own(service) if one.environment]
        listed = {one.name for one in service.variables}
        placed = {name for one in blocks for name in one.environment}
        only_set, only_listed = sorted(placed - listed), sorted(listed - placed)
        if listed and only_set and only_listed:
            sentence = f"the compose block of {service.id} sets {listing.some(only_set, 3)}, which the list lacks; "
            sentence += f"the list has {listing.some(only_listed, 3)}, which the block does not set"
            yield Found(blocks[0].at("environment"), sentence, (service.variables[0].place,))


def two_values(case: Case) -> Iterator[Found]:
    """A variable has one value; that of a credential is not told."""
    for service in case.tree.services:
        first: dict[str, Variable] = {}
        for one in needs.settings(service):
            known = first.setdefault(one.name, one)
            if known.value != one.value and not (_UNKNOWN.search(known.value) or _UNKNOWN.search(one.value)):
                values = "" if _HIDDEN.search(one.name) else f": {known.value} and {one.value}"
                yield Found(one.place, f"{one.name} of {service.id} has two values{values}", (known.place,))


def inner_host_in_browser(case: Case) -> Iterator[Found]:
    """What is built into a page names no host that only containers know."""
    for service in case.tree.services:
        for one in needs.settings(service):
            inner = [host for host, _ in needs.hosts(one.value) if "." not in host]
            if _PUBLIC.match(one.name) and inner:
                yield Found(one.place, f"{one.name} carries the internal host '{inner[0]}' into the browser")


def host_undeclared(case: Case) -> Iterator[Found]:
    """A host without a dot is a container that the specification describes."""
    known = set(case.tree.by_container) | {one.key for service in case.tree.services for one in service.composed}
    for service in case.tree.services:
        for variable in needs.settings(service):
            for host, _ in needs.hosts(variable.value):
                if "." not in host and host not in known and not _NOT_ANOTHER.fullmatch(host):
                    sentence = f"{variable.name} of {service.id} names the host '{host}', which no service has"
                    yield Found(variable.place, sentence)


def database_shared(case: Case) -> Iterator[Found]:
    """Two services, or two uses, do not share one numbered Redis database."""
    first: dict[int, Place] = {}
    for page in case.tree.pages:
        for number, line in enumerate(page.lines, 1):
            for match in _REDIS.finditer(line):
                place = Place(page.file, number)
                known = first.setdefault(int(match[1]), place)
                if known.file != place.file:
                    yield Found(place, f"Redis database {match[1]} is used twice", (known,))


def lifetime_differs(case: Case) -> Iterator[Found]:
    """An access token lives as long in each place that says so."""
    found = sorted(_lifetimes(case.tree), key=lambda pair: pair[1])
    for seconds, place in found[1:]:
        if seconds != found[0][0]:
            yield Found(place, f"an access token lives {seconds} s here, and {found[0][0]} s elsewhere", (found[0][1],))


def secret_path_differs(case: Case) -> Iterator[Found]:
    """A secret's path is one of the drawn tree of secrets."""
    mounts = {node.label: node for node in case.tree.drawn if re.fullmatch(r"\w+/", node.label)}
    told: set[str] = set()
    for path, place in _secret_paths(case.tree):
        mount, *parts = path.split("/")
        node = mounts.get(f"{mount}/")
        if node is None or path in told:
            continue
        if not _leads(case.tree, node, parts):
            told.add(path)
            yield Found(place, f"the secret {path} is not in the drawn tree of secrets", (node.place,))


def extension_differs(case: Case) -> Iterator[Found]:
    """A database extension is created under the name under which it is looked for."""
    for page in case.tree.pages:
        created = dict(_in_blocks(page, r"CREATE EXTENSION (?:IF NOT EXISTS )?\"?([\w-]+)\"?"))
        for name, place in _in_blocks(page, r"extname\s*=\s*'([\w-]+)'"):
            if created and name not in created:
                near = next((one for one in created if name in one), next(iter(created)))
                sentence = f"the extension '{name}' is looked for, but '{near}' is created"
                yield Found(place, sentence, (created[near],))


def dev_mode_with_storage(case: Case) -> Iterator[Found]:
    """A Vault in dev mode keeps all in memory (Vault's own documentation), so it has no storage to speak of."""
    for service in case.tree.services:
        stated: dict[str, Variable] = {}
        for one in needs.settings(service):
            stated.setdefault(one.name, one)
        dev = next((one for name, one in stated.items() if name.startswith("VAULT_DEV_")), None)
        kept = stated.get("VAULT_STORAGE") or stated.get("VAULT_STORAGE_PATH")
        if dev and kept:
            sentence = f"{dev.name} starts {service.id} in dev mode, which keeps nothing; {kept.name} is stated too"
            yield Found(dev.place, sentence, (kept.place,))


RULES = (
    Rule("variables-differ", "the listed variables are not those that are set", differ, "warning", rows=("F35",)),
    Rule("variable-two-values", "a variable has two values", two_values),
    Rule("public-variable-inner-host", "a browser is given an internal host", inner_host_in_browser, rows=("F45",)),
    Rule("host-undeclared", "a setting names a host that no service has", host_undeclared, rows=("F34",)),
    Rule("database-shared", "two services share one Redis database", database_shared),
    Rule("token-lifetime-differs", "a token's lifetime differs between places", lifetime_differs),
    Rule("secret-path-differs", "a secret's path is not in the drawn tree", secret_path_differs),
    Rule("extension-name-differs", "a database extension has two names", extension_differs),
    Rule("dev-mode-with-storage", "a server in dev mode is given storage", dev_mode_with_storage, rows=("F65",)),
)


def _lifetimes(tree: Tree) -> Iterator[tuple[int, Place]]:
    for service in tree.services:
        for one in needs.settings(service):
            if re.search(r"ACCESS_TOKEN_EXPIRE_MINUTES$", one.name) and one.value.isdigit():
                yield int(one.value) * 60, one.place
    for page in tree.pages:
        for text, place in _in_blocks(page, r"[\"']expires_in[\"']:\s*(\d+)"):
            yield int(text), place
        for block in page.blocks:
            for command in re.finditer(r"kv put \S*jwt\S*((?:[^\n]*\\\n)*[^\n]*)", block.text):
                expiry = re.search(r"(?:expiry|ttl)=\"?(\d+)([smhd])", command[1])
                if expiry:
                    yield int(expiry[1]) * _UNITS[expiry[2]], block.at(command.start(1) + expiry.start())


def _in_blocks(page: Page, pattern: str) -> list[tuple[str, Place]]:
    return [(match[1], block.at(match.start())) for block in page.blocks for match in re.finditer(pattern, block.text)]


def _secret_paths(tree: Tree) -> Iterator[tuple[str, Place]]:
    for page in tree.pages:
        for pattern in (
            r"vault kv put ([\w/-]*[\w-])(?=[\s\\])",
            r"vault:([\w/-]+)#",
            r"\b(secret/[\w/-]+/\{\w+\}[\w/{}-]*)",
        ):
            yield from _in_blocks(page, pattern)


def _leads(tree: Tree, node: Node, parts: list[str]) -> bool:
    """Whether the parts are drawn below a node; `[...]` in a drawn folder stands for any more."""
    for part in parts:
        path = (*node.above, node.label)
        below = [one for one in tree.drawn if one.above == path and one.place.file == node.place.file]
        found = next((one for one in below if one.label.strip("/") == part), None)
        if found is None:
            return any(one.label.startswith("[") for one in below)
        node = found
    return True
