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


def test_the_next_round_adds_what_stood_on_the_first_and_keeps_what_a_person_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(tmp_path)
    file, path = tmp_path / known.FILE, tmp_path / "verdict.json"
    file.write_text(file.read_text() + "# looked at on Monday\n")
    above = row("routing[shop/things/whole]", "failed", reason="truncated")
    path.write_text(json.dumps(plain(row(outcome="known"), above, verdict="hold", reasons=["x"])))

    codes = [main(["known", "add", "--from", str(path), "--targets", str(tmp_path), "--owner", "a", "--ticket", "b"])]

    assert codes == [0]
    assert "known-issues.yaml: 1 added" in capsys.readouterr().out
    assert "# looked at on Monday" in file.read_text()
    issues = known.load(tmp_path, datetime.date.today(), "staging").issues
    assert [one.check for one in issues] == ["routing[shop/things/answers]", "routing[shop/things/whole]"]
    path.write_text(json.dumps(plain(row(outcome="known"), {**above, "outcome": "known"}, verdict="promote")))
    main(["known", "add", "--from", str(path), "--targets", str(tmp_path), "--owner", "a", "--ticket", "b"])
    assert capsys.readouterr().out == "nothing to add\n"


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
