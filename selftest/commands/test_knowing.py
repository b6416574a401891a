from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from selftest.yesterday import plain, row
from stagecheck import known
from stagecheck.__main__ import main


def add(folder: Path, *more: str) -> int:
    path = folder / "verdict.json"
    leak = row("isolation[shop/x/list@a:b]", "failed", reason="leak")
    path.write_text(json.dumps(plain(row(outcome="failed"), leak, verdict="hold", reasons=["x"])))
    given = ["--owner", "shop-team", "--ticket", "SHOP-17", *more]
    return main(["known", "add", "--from", str(path), "--targets", str(folder), *given])


def test_failures_are_written_for_a_person_to_review(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = add(tmp_path, "--days", "30")
    told = capsys.readouterr().out
    (issue,) = known.load(tmp_path, datetime.date.today(), "staging").issues

    assert code == 0
    assert "known-issues.yaml: 1 added, until " in told
    assert "not added: isolation[shop/x/list@a:b]: leak can never be known: mend it" in told
    assert (issue.check, issue.reason, issue.ticket) == ("routing[shop/things/answers]", "status", "SHOP-17")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--days", "31"], "known: --days: expected 1 to 30, got 31"),
        (["--days", "0"], "known: --days: expected 1 to 30, got 0"),
        (["--owner", " "], "known: --owner: expected a name"),
    ],
)
def test_thirty_days_and_an_owner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    assert (add(tmp_path, *more), capsys.readouterr().err) == (4, f"{sentence}\n")
    assert not (tmp_path / known.FILE).exists()
