"""Reads an environment file, fills in its variables, and refuses what does not fit the targets."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagecheck import document, extras, refusal
from stagecheck.document import Document, Loc
from stagecheck.errors import BadInput
from stagecheck.model import Environment
from stagecheck.targets import Loaded

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_UNCLOSED = re.compile(r"\$\{[A-Za-z0-9_]*")
_BARE = re.compile(r"\$\w+")
_NAME_AND_DEFAULT = re.compile(r"([A-Z][A-Z0-9_]*)(?::-(.*))?", re.DOTALL)


@dataclass(frozen=True)
class LoadedEnvironment:
    """An environment with its variables filled in, and where it stands."""

    environment: Environment
    document: Document

    @property
    def path(self) -> str:
        """The file, relative to the working directory when inside it."""
        return self.document.path


def load(name_or_path: str, folder: Path, variables: Mapping[str, str]) -> LoadedEnvironment:
    """The environment NAME of `folder`/environments, or the one at a path; raises `BadInput` with one line.

    `${NAME}` and `${NAME:-default}` in any value are replaced from `variables`. Secrets are not read here: an
    environment holds the names of their variables only.
    """
    file = document.read(_find(name_or_path, folder / "environments"))
    environment = refusal.parse(file, Environment, _filled(file, file.data, (), variables))
    _can_start(file, environment)
    return LoadedEnvironment(environment, file)


def read(name_or_path: str, folder: Path, variables: Mapping[str, str], loaded: Sequence[Loaded]) -> Environment:
    """`load` and `agree` in one."""
    here = load(name_or_path, folder, variables)
    agree(loaded, here)
    return here.environment


def agree(loaded: Sequence[Loaded], here: LoadedEnvironment) -> None:
    """Refuse, with `BadInput`, a service that no target describes and a tenant that the environment does not have."""
    services = {one.target.service for one in loaded}
    for key in ("services", "domains", "databases"):
        for service in getattr(here.environment, key):
            if service not in services:
                sentence = f"unknown service '{service}'{refusal.suggestion(service, services)}"
                raise here.document.refuse((key, service), sentence)
    for one in loaded:
        _installed(one, here.environment)
    tenants = {tenant.id for tenant in here.environment.tenants}
    for service, database in here.environment.databases.items():
        for id in database.tenants:
            if id not in tenants:
                sentence = f"unknown tenant '{id}'{refusal.suggestion(id, tenants)}"
                raise here.document.refuse(("databases", service, "tenants", id), sentence)
    askers = {"first", "each", "anonymous", *tenants}
    for one in loaded:
        for key in ("checks", "workflows"):
            for index, asking in enumerate(getattr(one.target, key)):
                if asking.as_ not in askers:
                    sentence = f"unknown tenant '{asking.as_}' in the environment '{here.environment.name}'"
                    hint = refusal.suggestion(asking.as_, askers)
                    raise one.document.refuse((key, index, "as"), f"{sentence}{hint}")


def _installed(one: Loaded, environment: Environment) -> None:
    """Refuse a question whose library is not there: only an environment in which it is asked needs it."""
    for index, entry in enumerate(one.target.checks):
        for name, proof in entry.proofs.named():
            probes = (proof.probe, entry.request.probe)
            sentence = ""
            if "postgres" in probes and one.target.service in environment.databases:
                sentence = extras.lacking("psycopg", "databases")
            if "grpc" in probes and one.target.service in environment.services:
                sentence = extras.lacking("grpc_health", "grpc")
            if sentence:
                raise one.document.refuse(("checks", index, "proofs", name), sentence)


def _can_start(file: Document, environment: Environment) -> None:
    """Refuse a `start` whose program is not there, or with a `$NAME`: no shell reads it, so it would stay as it is."""
    for index, word in enumerate(environment.start):
        if bare := _BARE.search(file.raw(("start", index)) or ""):
            raise file.refuse(("start", index), f"expected ${{NAME}} or ${{NAME:-default}}, got {bare.group()}")
        if index == 0 and word != "python" and "/" not in word and shutil.which(word) is None:
            raise file.refuse(("start", 0), f"no program here is '{word}'{refusal.near(word, ['python'])}")


def _find(name_or_path: str, folder: Path) -> Path:
    if re.fullmatch(r"[\w-]+", name_or_path) is None:
        return Path(name_or_path)
    path = folder / f"{name_or_path}.yaml"
    if path.is_file():
        return path
    known = {found.stem for found in folder.glob("*.yaml")}
    where = document.relative(path)
    raise BadInput(
        f"unknown environment '{name_or_path}': {where} is not there{refusal.suggestion(name_or_path, known)}"
    )


def _filled(file: Document, value: Any, loc: Loc, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(file, item, (*loc, key), variables) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(file, item, (*loc, index), variables) for index, item in enumerate(value)]
    if isinstance(value, str):
        if open_ := _UNCLOSED.search(_REFERENCE.sub("", value)):
            # Its name alone: what stands beside it may be a password.
            raise file.refuse(loc, f"expected ${{NAME}} or ${{NAME:-default}}, got {open_.group()}, which has no end")
        return _REFERENCE.sub(lambda match: _value(file, loc, match.group(1), variables), value)
    return value


def _value(file: Document, loc: Loc, reference: str, variables: Mapping[str, str]) -> str:
    parts = _NAME_AND_DEFAULT.fullmatch(reference)
    if parts is None:
        raise file.refuse(loc, f"expected ${{NAME}} or ${{NAME:-default}}, got ${{{reference}}}")
    name, default = parts.groups()
    value = variables.get(name, "")
    if value:
        return value
    if default is None:
        raise file.refuse(loc, f"the variable {name} is {'empty' if name in variables else 'not set'}")
    return default
