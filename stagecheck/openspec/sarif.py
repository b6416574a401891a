"""Findings as SARIF 2.1.0 (OASIS), which code scanning reads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from stagecheck import __version__
from stagecheck.openspec.finding import Finding, Rule
from stagecheck.openspec.markdown import Place

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def log(findings: Sequence[Finding], rules: Iterable[Rule], path: Callable[[str], str]) -> dict[str, Any]:
    """One run with all rules, also those that found nothing; `path` gives the path of a place's file."""
    known = list(rules)
    index = {rule.id: number for number, rule in enumerate(known)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "stagecheck spec lint", "version": __version__, "rules": list(map(_rule, known))}
                },
                "results": [_result(one, index, path) for one in findings],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": " ".join((rule.check.__doc__ or rule.title).split())},
        "defaultConfiguration": {"level": rule.level},
        "properties": {"faults": list(rule.rows)},
    }


def _result(one: Finding, index: dict[str, int], path: Callable[[str], str]) -> dict[str, Any]:
    # Without the line: what moves within its file is the same finding.
    same = hashlib.sha256("\n".join((one.rule, one.place.file, one.message)).encode()).hexdigest()
    return {
        "ruleId": one.rule,
        "ruleIndex": index[one.rule],
        "level": one.level,
        "message": {"text": one.message},
        "locations": [_location(one.place, path)],
        "relatedLocations": [
            {"id": number, **_location(place, path), "message": {"text": "contradicts this"}}
            for number, place in enumerate(one.others, 1)
        ],
        "partialFingerprints": {"finding/v1": same},
    }


def _location(place: Place, path: Callable[[str], str]) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": path(place.file)},
            "region": {"startLine": place.line},
        }
    }
