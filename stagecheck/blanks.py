"""Refuses a placeholder of a target that nothing will ever fill, before the first request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stagecheck import refusal
from stagecheck.errors import BadInput
from stagecheck.model import Step
from stagecheck.placeholders import Unfilled, fill
from stagecheck.plan import Plan
from stagecheck.runner import procedure_of
from stagecheck.setting import Setting
from stagecheck.targets import Loaded

# What seeding fills in; see `seed`.
SEEDED = ("sentinel", "tenant", "host")


def refuse(plan: Plan, loaded: Sequence[Loaded], setting: Setting) -> None:
    """Raises `BadInput`, with file and line, for the first name in braces that no value belongs to.

    Steps that a check asks only after it heard something (`follow`) are made of what was heard, and not looked at.
    """
    for check in plan.checks:
        known: dict[str, str] = {}
        for step in procedure_of(check).steps(check, setting):
            _fills(step, known, f"{check.source}: {check.id}")
            known |= {name: "0" for name, _ in step.capture}
    for where, step in _seeds(loaded):
        _fills(step, {}, where)


def _fills(step: Step, captured: dict[str, str], where: str) -> None:
    try:
        fill(step, captured)
    except Unfilled as lacking:
        known = {*captured, *dict(step.fill)}
        hint = refusal.suggestion(lacking.name, known)
        raise BadInput(f"{where}: nothing fills {{{lacking.name}}}{hint}") from None


def _seeds(loaded: Sequence[Loaded]) -> Iterator[tuple[str, Step]]:
    for one in loaded:
        for index, resource in enumerate(one.target.resources):
            if resource.seed is not None:
                where = f"{one.path}:{one.line_of('resources', index, 'seed')}: resources[{index}].seed"
                yield where, Step("seed", resource.seed.request, fill=tuple((name, "") for name in SEEDED))
