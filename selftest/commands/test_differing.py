from __future__ import annotations

import json
from pathlib import Path

import pytest

from selftest.yesterday import plain, row
from stagecheck.__main__ import main


def test_two_runs_and_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = tmp_path / "a.json", tmp_path / "b.json"
    before.write_text(json.dumps(plain(revision="one")))
    after.write_text(json.dumps(plain(row(outcome="failed"), run="r2", verdict="hold", reasons=["x"], revision="two")))
    code = main(["diff", str(before), str(after)])

    assert (code, capsys.readouterr().out.splitlines()) == (
        0,
        [
            "from r1 2030-05-10 11:54 UTC, staging, promotion, revision one: promote",
            "to   r2 2030-05-10 11:54 UTC, staging, promotion, revision two: hold",
            "new failures (1): routing[shop/things/answers]",
        ],
    )
    assert main(["diff", str(before), str(before)]) == 0
    assert capsys.readouterr().out.endswith("nothing changed\n")


def test_no_file_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(tmp_path / "a"), str(tmp_path / "b")]) == 4
    assert capsys.readouterr().err.count("\n") == 1
