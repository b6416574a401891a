"""Reads the target files of a folder, and refuses what does not hold together."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from stagecheck import document, refusal
from stagecheck.document import Document, Loc
from stagecheck.errors import BadInput
from stagecheck.model import (
    Answers,
    Closed,
    Cors,
    Entry,
    Expect,
    Honest,
    Leftover,
    Proof,
    Signature,
    Target,
    Word,
    Workflow,
    WorkflowStep,
)

# Files of the folder that are no targets: each has a reader of its own.
NOT_TARGETS = frozenset({"known-issues.yaml", "profiles.yaml"})
# Words whose `stands_on` may name a check of another target, as `service/entry/proof`.
ELSEWHERE = (Entry, Proof, Workflow)


# Every mapping of a target with its path in the YAML, outermost first.
Words = Sequence[tuple[Loc, Word]]


@dataclass(frozen=True)
class Loaded:
    """A target, where it stands, the JSON Schemas that it names, by name, and its mappings with their paths."""

    target: Target
    document: Document
    schemas: Mapping[str, Any]
    words: Words

    @property
    def path(self) -> str:
        """The file, relative to the working directory when inside it."""
        return self.document.path

    @cached_property
    def root(self) -> Entry | None:
        """The check on which all others of the target stand; None where there is none."""
        return next((e for e in self.target.checks if e.proofs.answers is not None and e.proofs.answers.root), None)

    def line_of(self, *loc: str | int) -> int:
        """The line of a key or list item: `line_of('checks', 0, 'proofs', 'missing')`."""
        return self.document.line_of(*loc)


def load(folder: Path) -> tuple[Loaded, ...]:
    """All targets of a folder, by file name; raises `BadInput` with one line for the first thing that is wrong."""
    if not folder.is_dir():
        raise BadInput(f"{document.relative(folder)}: no such folder of targets")
    paths = sorted(path for path in folder.glob("*.y*ml") if path.name not in NOT_TARGETS)
    if not paths:
        raise BadInput(f"{document.relative(folder)}: no target (*.yaml) in this folder")
    loaded = tuple(_load(path, folder / "schemas") for path in paths)
    _services_differ(loaded)
    known = {one.target.service for one in loaded}
    by_service = {one.target.service: one for one in loaded}
    for one in loaded:
        _services_known(one, known)
        _claims_have_roots(one, by_service)
    _no_circle(loaded)
    for one in loaded:
        _stand_elsewhere(one, by_service)
    return loaded


def schemas(loaded: Sequence[Loaded]) -> dict[str, Any]:
    """All JSON Schemas that the targets name, by name."""
    return {name: schema for one in loaded for name, schema in one.schemas.items()}


def _load(path: Path, folder: Path) -> Loaded:
    file = document.read(path)
    meant = difflib.get_close_matches(path.name, NOT_TARGETS, n=1, cutoff=0.8)
    if meant and "service" not in file.data:
        raise BadInput(f"{file.path}: this is no target, and is read under the name '{meant[0]}' only")
    target = refusal.parse(file, Target)
    _ids_differ(file, "check", "checks", [entry.id for entry in target.checks])
    _ids_differ(file, "resource", "resources", [resource.id for resource in target.resources])
    _ids_differ(file, "workflow", "workflows", [workflow.id for workflow in target.workflows])
    _steps_differ(file, target)
    _proofs_stand(file, target)
    words = tuple(_words(target, ()))
    _others_stand(file, target, words)
    named = {}
    for loc, word in words:
        if isinstance(word, Expect | Signature) and word.json_schema is not None:
            named[word.json_schema] = _schema(file, (*loc, "schema"), word.json_schema, folder)
    return Loaded(target, file, named, words)


def _ids_differ(file: Document, what: str, key: str, ids: Sequence[str]) -> None:
    for index, id in enumerate(ids):
        first = ids.index(id)
        if first < index:
            line = file.line_of(key, first, "id")
            raise file.refuse((key, index, "id"), f"duplicate {what} id '{id}'; the first is in line {line}")


def _steps_differ(file: Document, target: Target) -> None:
    for index, workflow in enumerate(target.workflows):
        first: set[str] = set()
        for key in ("steps", "cleanup"):
            for place, step in enumerate(getattr(workflow, key)):
                if step.id in first:
                    loc = ("workflows", index, key, place, "id")
                    raise file.refuse(loc, f"duplicate step id '{step.id}' of this workflow")
                first.add(step.id)


def _proofs_stand(file: Document, target: Target) -> None:
    """A proof has what it needs to prove anything, and a target one root."""
    for index, entry in enumerate(target.checks):
        for name, proof in entry.proofs.named():
            loc = ("checks", index, "proofs", name)
            if name == "brand" and not target.fingerprint:
                raise file.refuse(loc, "a check that asserts nothing: the target has no 'fingerprint'")
            if isinstance(proof, Answers) and proof.root and entry.as_ == "each":
                raise file.refuse((*loc, "root"), "a root is one check: 'as: each' would make several of it")
            if isinstance(proof, Answers) and proof.root and index != _root(target):
                raise file.refuse((*loc, "root"), f"a second root: the first is 'checks[{_root(target)}]'")


def _root(target: Target) -> int | None:
    """The index of the check that all others of the service stand on."""
    roots = (index for index, entry in enumerate(target.checks) if entry.proofs.answers and entry.proofs.answers.root)
    return next(roots, None)


def _others_stand(file: Document, target: Target, words: Words) -> None:
    """What another is named by is in the same target, and nothing stands on itself, also not by way of others."""
    proofs = {
        f"{entry.id}/{name}": [other for other in entry.below(proof) if other.count("/") == 1]
        for entry in target.checks
        for name, proof in entry.proofs.named()
    }
    for loc, word in words:
        for key in ("stands_on", "writes_stand_on", "keys_stand_on"):
            for index, name in enumerate(vars(word).get(key) or ()):
                if key == "stands_on" and isinstance(word, ELSEWHERE) and name.count("/") == 2:
                    continue  # another target's: see `_stand_elsewhere`
                _is_one_of(file, (*loc, key, index), "check", name, proofs)
    if target.whoami is not None and target.whoami.check is not None:
        _is_one_of(file, ("whoami", "check"), "check", target.whoami.check, proofs)
    for index, resource in enumerate(target.resources):
        if resource.behind is not None:
            others = [one.id for one in target.resources if one is not resource]
            _is_one_of(file, ("resources", index, "behind"), "other resource", resource.behind, others)
    for entry_index, entry in enumerate(target.checks):
        for name, _ in entry.proofs.named():
            here = f"{entry.id}/{name}"
            if any(here in _all_needed(other, proofs) for other in proofs[here]):
                loc = ("checks", entry_index, "proofs", name)
                raise file.refuse(loc, "stands on itself, by way of what it stands on")


def _stand_elsewhere(one: Loaded, by_service: Mapping[str, Loaded]) -> None:
    """What stands on a check of another target finds it there; a check only on what it needs, so in no circle."""
    for loc, word in one.words:
        for index, name in enumerate(vars(word).get("stands_on") or () if isinstance(word, ELSEWHERE) else ()):
            if name.count("/") != 2:
                continue
            here, service = (*loc, "stands_on", index), name.partition("/")[0]
            known = [each for other in by_service.values() for each in _named_proofs(other.target)]
            if name not in known:
                raise one.document.refuse(here, f"no check is '{name}'{refusal.suggestion(name, known)}")
            needs = {other: loaded.target.needs for other, loaded in by_service.items()}
            below = _all_needed(one.target.service, needs) - {one.target.service}
            if not isinstance(word, Workflow) and service not in below:
                raise one.document.refuse(here, f"'{service}' is none of what {one.target.service} needs")


def _named_proofs(target: Target) -> list[str]:
    return [f"{target.service}/{entry.id}/{name}" for entry in target.checks for name, _ in entry.proofs.named()]


def _is_one_of(file: Document, loc: Loc, what: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise file.refuse(loc, f"no {what} of this target is '{name}'{refusal.suggestion(name, known)}")


def _schema(file: Document, loc: Loc, name: str, folder: Path) -> Any:
    from jsonschema import SchemaError  # takes long to import, and few targets have one
    from jsonschema.validators import validator_for

    path = folder / f"{name}.json"
    known = {found.stem for found in folder.glob("*.json")}
    if name not in known:
        where = document.relative(path)
        raise file.refuse(loc, f"unknown schema '{name}': {where} is not there{refusal.suggestion(name, known)}")
    try:
        schema = json.loads(path.read_bytes())
        validator_for(schema).check_schema(schema)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{document.relative(path)}: not JSON: {error}") from None
    except SchemaError as error:
        raise BadInput(f"{document.relative(path)}: not a JSON Schema: {error.json_path}: {error.message}") from None
    for reference in _references(schema):
        if not reference.startswith("#"):
            raise BadInput(
                f"{document.relative(path)}: $ref {reference!r}: only references within the file are followed"
            )
    return schema


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str):
                yield item
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _services_differ(loaded: Sequence[Loaded]) -> None:
    first: dict[str, Loaded] = {}
    for one in loaded:
        other = first.setdefault(one.target.service, one)
        if other is not one:
            sentence = f"duplicate service '{one.target.service}'; the first is in {other.path}"
            raise one.document.refuse(("service",), sentence)


def _services_known(one: Loaded, known: set[str]) -> None:
    for index, service in enumerate(one.target.needs):
        if service not in known:
            raise _unknown_service(one.document, ("needs", index), service, known)
    for loc, word in one.words:
        if isinstance(word, WorkflowStep | Leftover) and word.service is not None and word.service not in known:
            raise _unknown_service(one.document, (*loc, "service"), word.service, known)
        for index, service in enumerate(word.allowed if isinstance(word, Cors) else ()):
            if service not in known:
                raise _unknown_service(one.document, (*loc, "allowed", index), service, known)
        for service in word.ports if isinstance(word, Closed) else ():
            if service not in known:
                raise _unknown_service(one.document, (*loc, "ports", service), service, known)
        for service in word.claims if isinstance(word, Honest) else ():
            if service not in known:
                raise _unknown_service(one.document, (*loc, "claims", service), service, known)


def _claims_have_roots(one: Loaded, by_service: Mapping[str, Loaded]) -> None:
    """A claim is held against the root of the service that it is about: it lacks there, and not where it is claimed."""
    for loc, word in one.words:
        for service in word.claims if isinstance(word, Honest) else ():
            claimed = by_service[service]
            if _root(claimed.target) is None:
                where = f"{one.path}:{one.line_of(*loc, 'claims', service)}"
                sentence = f"no check has 'answers: {{root: true}}', which the claim in {where} is held against"
                raise claimed.document.refuse(("checks",), sentence)


def _unknown_service(file: Document, loc: Loc, service: str, known: set[str]) -> BadInput:
    return file.refuse(loc, f"unknown service '{service}'{refusal.suggestion(service, known)}")


def _no_circle(loaded: Sequence[Loaded]) -> None:
    needs = {one.target.service: one.target.needs for one in loaded}
    for one in loaded:
        for index, service in enumerate(one.target.needs):
            if one.target.service in _all_needed(service, needs):
                raise one.document.refuse(("needs", index), f"'{one.target.service}' would need itself")


def _all_needed(service: str, needs: Mapping[str, Sequence[str]]) -> set[str]:
    found, left = set(), [service]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left.extend(needs[name])
    return found


_HOLDS_NONE = (str, int, float, type(None))  # whether something is a Word is asked of pydantic, and takes longer


def _words(value: Any, loc: Loc) -> Iterator[tuple[Loc, Word]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if item and not isinstance(item, _HOLDS_NONE):
                yield from _words(item, (*loc, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if item and not isinstance(item, _HOLDS_NONE):
                yield from _words(item, (*loc, index))
    elif isinstance(value, Word):
        yield loc, value
        fields = type(value).model_fields
        for name, inner in vars(value).items():
            if inner and not isinstance(inner, _HOLDS_NONE):
                yield from _words(inner, (*loc, fields[name].alias or name))
