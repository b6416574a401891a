"""Findings for code scanning."""

from __future__ import annotations

from stagecheck.openspec import sarif
from stagecheck.openspec.finding import Finding
from stagecheck.openspec.markdown import Place
from stagecheck.openspec.rules import RULES


def test_a_finding_has_its_rule_its_place_and_what_it_contradicts() -> None:
    one = Finding("port-claimed-twice", "error", Place("a.md", 8), "two claim it", (Place("b.md", 9),))
    (run,) = sarif.log([one], RULES.values(), lambda file: f"openspec/{file}")["runs"]
    (result,) = run["results"]

    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "port-claimed-twice"
    assert (result["level"], result["message"]["text"]) == ("error", "two claim it")
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "openspec/a.md"},
        "region": {"startLine": 8},
    }
    assert result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "openspec/b.md"


def test_all_rules_are_told_also_when_nothing_is_found() -> None:
    log = sarif.log([], RULES.values(), str)
    rules = log["runs"][0]["tool"]["driver"]["rules"]

    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in rules] == list(RULES)
    assert all(rule["fullDescription"]["text"] for rule in rules)


def test_a_finding_that_moves_within_its_file_is_the_same() -> None:
    here, there = (Finding("image-floating", "warning", Place("a.md", line), "no version") for line in (3, 30))
    results = sarif.log([here, there], RULES.values(), str)["runs"][0]["results"]

    assert results[0]["partialFingerprints"] == results[1]["partialFingerprints"]
