from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from selftest.yesterday import NOW, plain, row
from stagecheck import history


def kept(folder: Path, number: int, **changes: object) -> Path:
    path = folder.parent / "verdict.json"
    started = (NOW + timedelta(hours=number)).isoformat()
    path.write_text(json.dumps(plain(row(flaky=True), run=f"r{number}", started=started, **changes)))
    return history.keep(folder, path)


def test_runs_are_plain_files_in_order(tmp_path: Path) -> None:
    for number in (2, 1):
        kept(tmp_path / "h", number)
    runs, troubles = history.runs(tmp_path / "h")

    assert ([run.run for run in runs], troubles) == (["r1", "r2"], ())
    assert sorted(path.name for path in (tmp_path / "h").iterdir()) == [
        "20300510T130000Z-r1.json",
        "20300510T140000Z-r2.json",
    ]


def test_the_last_promoted_run_is_of_this_profile_where_there_is_one(tmp_path: Path) -> None:
    kept(tmp_path / "h", 1)
    kept(tmp_path / "h", 2, profile="nightly")
    kept(tmp_path / "h", 3, verdict="hold", reasons=["x"])
    kept(tmp_path / "h", 4, environment="local")
    runs, _ = history.runs(tmp_path / "h")

    found = [history.last_promoted(runs, "staging", profile) for profile in ("promotion", "nightly", "post-deploy")]
    assert [run.run for run in found if run] == ["r1", "r2", "r2"]
    assert history.last_promoted(runs, "production", "promotion") is None


def test_a_file_that_cannot_be_read_is_told_and_hides_no_other(tmp_path: Path) -> None:
    kept(tmp_path / "h", 1)
    (tmp_path / "h" / "broken.json").write_text("{")
    runs, troubles = history.runs(tmp_path / "h")

    assert len(runs) == 1
    assert len(troubles) == 1
    assert "broken.json: not JSON" in troubles[0]


def test_no_folder_is_no_history(tmp_path: Path) -> None:
    assert history.runs(tmp_path / "nowhere") == ((), ())


def test_old_runs_go_but_for_the_last_promoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT", 2)
    kept(tmp_path / "h", 1)
    for number in (2, 3, 4, 5):
        kept(tmp_path / "h", number, verdict="hold", reasons=["x"])

    assert [run.run for run in history.runs(tmp_path / "h")[0]] == ["r1", "r4", "r5"]


def test_flakes_and_trends(tmp_path: Path) -> None:
    for number, p95 in ((1, 0.1), (2, 0.2)):
        kept(tmp_path / "h", number, latency=[{"service": "shop", "answers": 30, "p95": p95, "limit": None}])
    runs, _ = history.runs(tmp_path / "h")

    assert history.flakes(runs, "staging") == ({"routing[shop/things/answers]": 2}, 2)
    assert history.trend(runs, "staging") == {"shop": [0.1, 0.2]}
