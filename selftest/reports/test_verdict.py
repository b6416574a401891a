from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from selftest.project import ROOT
from selftest.told import check
from stagecheck import record
from stagecheck.gate import judge
from stagecheck.outcome import Outcome, Reason, failed
from stagecheck.plan import Plan
from stagecheck.reports import verdict

SCHEMA = json.loads((ROOT / "docs/verdict.schema.json").read_text())
PLAN = Plan((check("answers", expect={"status": 200}),), (("saleor", "it writes"),), "0123456789abcdef")


def written(path: Path, *records: record.Record) -> dict[str, Any]:
    occasion = verdict.Occasion("staging", "0a1b2c3d", verdict.now(), PLAN)
    verdict.end(path, verdict.of(occasion, judge(PLAN, records), {PLAN.checks[0].id: "evidence/x.json"}))
    return json.loads(path.read_text())


def test_first_act_is_inconclusive(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "verdict.json"
    verdict.begin(path, verdict.Occasion("staging", "", verdict.now(), Plan((), (), "")), "the run has no end yet")
    data = json.loads(path.read_text())

    jsonschema.validate(data, SCHEMA)
    assert (data["verdict"], data["ended"]) == ("inconclusive", None)


@pytest.mark.parametrize(
    "records",
    [
        [record.of(PLAN.checks[0], None, attempts=2, seconds=0.25)],
        [record.of(PLAN.checks[0], failed(Reason.STATUS, "a", "b", "c"))],
        [record.crashed(PLAN.checks[0], "the worker died")],
        [],
    ],
)
def test_the_end_is_as_documented(tmp_path: Path, records: list[record.Record]) -> None:
    data = written(tmp_path / "verdict.json", *records)

    jsonschema.validate(data, SCHEMA)
    assert data["plan"] == PLAN.digest
    assert data["left_out"] == [{"what": "saleor", "why": "it writes"}]
    assert [row["id"] for row in data["checks"]] == [PLAN.checks[0].id]


def test_a_row_has_no_exchanges(tmp_path: Path) -> None:
    (row,) = written(tmp_path / "verdict.json", record.of(PLAN.checks[0], None, exchanges=[{"step": "answer"}]))[
        "checks"
    ]

    assert "exchanges" not in row
    assert row["evidence"] == "evidence/x.json"


def test_no_draft_is_left(tmp_path: Path) -> None:
    written(tmp_path / "verdict.json")

    assert [path.name for path in tmp_path.iterdir()] == ["verdict.json"]


def test_the_schema_knows_every_word() -> None:
    assert SCHEMA["$defs"]["reason"]["enum"] == ["", *(str(reason) for reason in Reason)]
    assert SCHEMA["$defs"]["check"]["properties"]["outcome"]["enum"] == [str(outcome) for outcome in Outcome]


@pytest.mark.parametrize("change", [{"reasons": ["but"]}, {"filtered": True}, {"checks": []}, {"ended": None}])
def test_the_schema_refuses_a_promote_that_is_none(tmp_path: Path, change: dict[str, Any]) -> None:
    data = written(tmp_path / "verdict.json", record.of(PLAN.checks[0], None))
    jsonschema.validate(data, SCHEMA)

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**data, **change}, SCHEMA)
