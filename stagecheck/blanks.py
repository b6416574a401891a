"""Refuses a placeholder of a target that nothing fills, is oddly spelled, or is not there, before the first request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stagecheck import refusal
from stagecheck.document import Document, Loc
from stagecheck.errors import BadInput
from stagecheck.model import Filter, Request, Step, Stored, Target
from stagecheck.placeholders import Unfilled, braced, fill, names, odd
from stagecheck.plan import Plan
from stagecheck.runner import procedure_of
from stagecheck.setting import Setting
from stagecheck.targets import Loaded

# What seeding fills in; see `seed`.
SEEDED = ("sentinel", "tenant", "host")
# What a placeholder stands for, where a request without it would ask the same of every record.
NEEDED = {
    "needle": "what is looked for",
    "marker": "what the written record is known by",
    "id": "the id of the record",
}
# The operations of a resource, with what they need.
OPERATIONS = {
    "read": ("id",),
    "create": ("marker",),
    "create_into": ("marker",),
    "update": ("id", "marker"),
    "replace": ("id", "marker"),
    "delete": ("id",),
}


def refuse(plan: Plan, loaded: Sequence[Loaded], setting: Setting) -> None:
    """Raises `BadInput`, with file and line, for the first name in braces that no value belongs to, or that is lacking.

    Steps that a check asks only after it heard something (`follow`) are made of what was heard, and not looked at.
    """
    documents = {one.path: one.document for one in loaded}
    for check in plan.checks:
        path, _, begins = check.source.rpartition(":")
        known: dict[str, str] = {}
        for step in procedure_of(check).steps(check, setting):
            if blank := _blank(step, known, check.id):
                raise blank.refused(documents[path], int(begins))
            known |= {name: "0" for name, _ in step.capture}
    for one, line, step in _seeds(loaded):
        if blank := _blank(step, {}, "a seed"):
            raise blank.refused(one.document, line)
    for one in loaded:
        for loc, request, needed in _needs(one.target):
            for name in needed:
                if name not in names(request):
                    raise one.document.refuse(loc, f"nothing in it says {{{name}}}, {NEEDED[name]}")


def _needs(target: Target) -> Iterator[tuple[Loc, Request, Sequence[str]]]:
    """Each request that is nothing without its placeholders, where it stands, and their names."""
    for index, entry in enumerate(target.checks):
        for name, proof in entry.proofs.named():
            loc = ("checks", index, "proofs", name)
            if isinstance(proof, Filter):
                yield (*loc, "request"), proof.request, ("needle",)
            if isinstance(proof, Stored):
                yield (*loc, "create"), proof.create, ("marker",)
                yield (*loc, "read"), proof.read, ("id",)
                yield (*loc, "delete"), proof.delete, ("id",)
    for index, resource in enumerate(target.resources):
        for name, needed in OPERATIONS.items():
            operation = getattr(resource, name)
            if operation is not None:
                yield ("resources", index, name, "request"), operation.request, needed


@dataclass(frozen=True)
class _Blank:
    """What stands in the file, and what is wrong with it."""

    piece: str
    sentence: str

    def refused(self, document: Document, line: int) -> BadInput:
        """`line` is that of who asks; the piece itself may stand above it, in the request that all its proofs share."""
        return document.refuse_at(*(document.saying(self.piece, line) or (line, ())), self.sentence)


def _blank(step: Step, captured: dict[str, str], where: str) -> _Blank | None:
    """The first piece of a request that no value comes into; `where` says who asks it."""
    if not braced(step):
        return None
    known = {*captured, *dict(step.fill)}
    for piece in odd(step.request):
        bare = piece.strip("${} ").lower()
        hint = f"did you mean {{{bare}}}?" if bare in known else "a placeholder is {name}, in small letters"
        return _Blank(piece, f"{piece} is no placeholder; {hint}")
    try:
        fill(step, captured)
    except Unfilled as lacking:
        piece = f"{{{lacking.name}}}"
        return _Blank(piece, f"in {where} nothing fills {piece}{refusal.suggestion(lacking.name, known)}")
    return None


def _seeds(loaded: Sequence[Loaded]) -> Iterator[tuple[Loaded, int, Step]]:
    """What plants each sentinel: its target, its line, and the request."""
    for one in loaded:
        for index, resource in enumerate(one.target.resources):
            if resource.seed is not None:
                step = Step("seed", resource.seed.request, fill=tuple((name, "") for name in SEEDED))
                yield one, one.line_of("resources", index, "seed"), step
