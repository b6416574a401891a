from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from selftest.project import ROOT
from selftest.yesterday import issue, plain, row
from stagecheck import past
from stagecheck.errors import BadInput

SCHEMA = json.loads((ROOT / "docs/verdict.schema.json").read_text())


def test_the_keys_are_those_of_the_documented_file() -> None:
    def keys(word: type[past.Told]) -> set[str]:
        return {name.rstrip("_") for name in word.model_fields}

    assert keys(past.PastRun) == set(SCHEMA["properties"])
    assert keys(past.Row) == set(SCHEMA["$defs"]["check"]["properties"])
    assert keys(past.Issue) == set(SCHEMA["$defs"]["issue"]["properties"])
    jsonschema.validate(plain(row(ledger=issue())), SCHEMA)


def test_a_folder_of_reports_is_its_verdict(tmp_path: Path) -> None:
    (tmp_path / "verdict.json").write_text(json.dumps(plain()))

    assert past.read(tmp_path) == past.read(tmp_path / "verdict.json")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not JSON: Expecting value"),
        ("[" * 100_000, "not JSON: "),
        ("[]", "not a verdict: expected a mapping"),
        ("{}", "not a verdict of this version: schema: Input should be 1"),
        (json.dumps({**plain(), "schema": 2}), "not a verdict of this version: schema: Input should be 1"),
        (json.dumps(plain(ended="2030-05-10T12:00:00")), "ended: Value error, a moment without its zone"),
        (json.dumps(plain(row(outcome="green"))), "checks[0].outcome: Input should be 'passed', 'failed'"),
    ],
    ids=["empty", "deep", "list", "nothing", "other version", "no zone", "unknown outcome"],
)
def test_what_is_no_verdict_is_one_line(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "verdict.json"
    path.write_text(text)

    with pytest.raises(BadInput) as refused:
        past.read(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_no_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere: cannot be read: No such file or directory"):
        past.read(tmp_path / "nowhere")
