"""reports/isolation.md: for an auditor, what was tried between which tenants on which records, and what came of it.

It tells where something of another tenant stood, and never what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stagecheck.isolation import caches, crowded
from stagecheck.outcome import Outcome, Reason
from stagecheck.plan import PROBES, Asks, Check, Plan
from stagecheck.record import Record
from stagecheck.reports.summary import plain

NAME = "isolation.md"
# What a cell says of an outcome; what is wrong stands out.
CELLS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "**FAILED**",
    Outcome.INCONCLUSIVE: "*inconclusive*",
    Outcome.BLOCKED: "*blocked*",
    Outcome.KNOWN: "known",
}
NOT_HEARD, NOT_APPLICABLE, LEFT_OUT = "*not heard*", "n/a", "left out"
# The numbers of what is asked apart from the resources, by proof, whatever area of the suite it is in.
BESIDES = {
    "preflight": "T0",
    "refused": "T1, T38",
    "logged-out": "T20",
    "privileged": "T28",
    "administered": "T29",
    "cors": "T35",
    "cookies": "T36",
    "closed": "T38",
    "hidden": "T38",
    "limited": "T45",
}
OF_TENANTS = frozenset({Reason.LEAK, Reason.FOREIGN_WRITE, Reason.OPEN_DATA, Reason.FORGED_TOKEN})


def write(path: Path, environment: str, plan: Plan, records: Sequence[Record]) -> None:
    """Write the page anew."""
    path.write_text("\n".join(lines(environment, plan, records)) + "\n", encoding="utf-8")


def carriers(plan: Plan) -> list[str]:
    """The ids of the checks whose results carry the page: those of the tokens, on which all of isolation stands."""
    return [check.id for check in plan.checks if check.proof == "preflight"]


def lines(environment: str, plan: Plan, records: Sequence[Record]) -> Iterator[str]:
    """Figures, what leaked, a table for each resource, one of the rest, what is left out, and what the probes are."""
    heard = {one["id"]: one for one in records}
    checks = [check for check in plan.checks if check.kind == "isolation"]
    yield f"# {environment}: tenant isolation"
    yield ""
    yield _figures(checks, heard)
    yield from _leaks(records)
    for resource in dict.fromkeys(_resource(check) for check in checks if check.resource):
        yield from _table(resource, [check for check in checks if _resource(check) == resource], plan, heard)
    yield from _besides(plan, heard)
    yield from _measured(checks, heard)
    yield from _absent(plan)
    yield from ("", "## Probes", "", "| probe | number | what must hold |", "|---|---|---|")
    for name, probe in PROBES.items():
        yield f"| {name} | {probe.number} | {probe.title.format(tenant='a tenant', victim='another')} |"


def _figures(checks: Sequence[Check], heard: Mapping[str, Record]) -> str:
    told = [heard[check.id]["outcome"] if check.id in heard else "not heard" for check in checks]
    counts = {word: told.count(word) for word in (*map(str, Outcome), "not heard")}
    figures = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{len(checks)} checks: {figures or 'none'}."


def _leaks(records: Iterable[Record]) -> Iterator[str]:
    """What was seen of another tenant, on whatever route: the place, and whose it was."""
    found = [one for one in records if one["reason"] in OF_TENANTS and one["outcome"] != Outcome.BLOCKED]
    yield from ("", "## Leaks", "")
    yield from [f"- `{one['id']}` {one['reason']}: {plain(one['message']['seen'])}" for one in found] or [
        "None was seen."
    ]


def _table(resource: str, checks: Sequence[Check], plan: Plan, heard: Mapping[str, Record]) -> Iterator[str]:
    """One row for each tenant, and for each pair; one column for each probe."""
    absent = dict(_unplanned(plan, resource))
    for kind, rows in _rows(checks).items():
        names = [name for name in PROBES if any(check.proof == name for row in rows.values() for check in row)]
        if kind == "pair":
            names += [name for name in PROBES if absent.get(name) == NOT_APPLICABLE]
        yield from ("", f"## {resource}, each {kind}", "")
        yield f"| {kind} | {' | '.join(names)} |"
        yield f"|---{'|---' * len(names)}|"
        for row, asked in rows.items():
            cells = {check.proof: _cell(heard.get(check.id)) for check in asked}
            told = (cells.get(name) or absent.get(name) or LEFT_OUT for name in names)
            yield f"| {row} | {' | '.join(told)} |"


def _rows(checks: Sequence[Check]) -> dict[str, dict[str, list[Check]]]:
    rows: dict[str, dict[str, list[Check]]] = {}
    for check in checks:
        kind, row = ("pair", f"{check.tenant} → {check.victim}") if check.victim else ("tenant", check.tenant)
        rows.setdefault(kind, {}).setdefault(row, []).append(check)
        if check.victim and PROBES[check.proof].asks is Asks.TOGETHER:
            rows[kind].setdefault(f"{check.victim} → {check.tenant}", []).append(check)
    return rows


def _besides(plan: Plan, heard: Mapping[str, Record]) -> Iterator[str]:
    """What is asked of tokens, routes, databases and pages, and not of a resource."""
    checks = [check for check in plan.checks if not check.resource and _is_besides(check.kind, check.proof)]
    if checks:
        yield from ("", "## Besides the resources", "")
        yield from ("| check | number | what must hold | outcome |", "|---|---|---|---|")
    for check in checks:
        number = BESIDES.get(check.proof, "")
        title = plain(check.title.removeprefix(f"{number}: "))
        yield f"| `{check.id}` | {number} | {title} | {_cell(heard.get(check.id))} |"


def _is_besides(kind: str, proof: str) -> bool:
    return kind == "isolation" or proof in BESIDES


def _cell(one: Record | None) -> str:
    if one is None:
        return NOT_HEARD
    if one["attempts"] == 0 and one["outcome"] == Outcome.INCONCLUSIVE:
        return NOT_HEARD
    return CELLS[Outcome(one["outcome"])]


def _unplanned(plan: Plan, resource: str) -> Iterator[tuple[str, str]]:
    for label, _ in plan.left_out:
        name = label.partition("[")[2].partition("]")[0]
        if label.startswith("isolation[") and label.endswith("]") and name.rpartition("/")[0] == resource:
            yield name.rpartition("/")[2], NOT_APPLICABLE


def _absent(plan: Plan) -> Iterator[str]:
    told = [(label, reason) for label, reason in plan.left_out if _is_besides(*_kind_and_proof(label))]
    if told:
        yield from ("", "## Not applicable, or left out", "")
        yield from (f"- `{label}`: {plain(reason)}" for label, reason in told)


def _kind_and_proof(label: str) -> tuple[str, str]:
    """Of a label of what is left out: `routing[gateway/calls/cors]` is a cors of routing."""
    kind, _, rest = label.partition("[")
    return kind, rest.partition("]")[0].rpartition("/")[2].partition("@")[0]


def _measured(checks: Sequence[Check], heard: Mapping[str, Record]) -> Iterator[str]:
    """What a passed check does not say by itself: whether a cache was seen at all, and how sure the absence is."""
    told = [f"- `{check.id}`: {note}" for check in checks if (note := _note(check, heard.get(check.id)))]
    if told:
        yield from ("", "## How much was measured", "", *told)


def _note(check: Check, one: Record | None) -> str:
    if one is None or one["outcome"] != Outcome.PASSED:
        return ""
    if check.proof == "cache":
        return "a cache answered" if caches.cached(one["exchanges"]) else "no cache was observed, so none was tried"
    if check.proof == "interleaved" and one["exchanges"]:
        facts: Mapping[str, Any] = one["exchanges"][0]["facts"]
        answered = sum(facts["answered"].values())
        return f"0 of {answered} answers mixed up: below {crowded.bound(facts):.2%} with 95 % certainty"
    return ""


def _resource(check: Check) -> str:
    return f"{check.service}/{check.resource.id}" if check.resource else ""
