from __future__ import annotations

import json
from pathlib import Path

from selftest.yesterday import plain, row
from stagecheck.chronicle import Chronicle


def test_without_a_history_there_is_nothing_to_tell(tmp_path: Path) -> None:
    chronicle = Chronicle(None, tmp_path)
    chronicle.compare(plain())
    chronicle.keep()

    assert (chronicle.lines(), list(tmp_path.iterdir())) == ([], [])


def test_a_run_is_told_beside_the_last_promoted_one(tmp_path: Path) -> None:
    speed = {"service": "shop", "answers": 30, "p95": 0.1, "limit": None}
    for number, one in ((1, row()), (2, row(flaky=True)), (3, row(outcome="failed"))):
        hold = {"verdict": "hold", "reasons": ["x"]} if one["outcome"] == "failed" else {}
        told = plain(one, run=f"r{number}", started=f"2030-05-10T10:0{number}:00+00:00", latency=[speed], **hold)
        chronicle = Chronicle(tmp_path / "history", tmp_path)
        chronicle.compare(told)
        (tmp_path / "verdict.json").write_text(json.dumps(told))
        chronicle.keep()

    assert chronicle.lines() == [
        "since the last promoted run, r2 of 2030-05-10 10:02 UTC:",
        "new failures (1): routing[shop/things/answers]",
        "flaky in 1 of the last 3 runs: routing[shop/things/answers]",
    ]
    assert chronicle.trends() == ["p95 of shop over the last runs: 0.100 0.100 0.100 s"]


def test_the_first_run_says_that_it_is_the_first(tmp_path: Path) -> None:
    chronicle = Chronicle(tmp_path / "history", tmp_path)
    chronicle.compare(plain())

    assert chronicle.lines() == ["no promoted run before this one to compare with"]
