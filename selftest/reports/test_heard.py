from __future__ import annotations

import json
from pathlib import Path

from selftest.told import check
from stagecheck import record
from stagecheck.reports.heard import Heard

CHECK = check("answers", expect={"status": 200})


def test_a_record_is_on_disk_at_once(tmp_path: Path) -> None:
    heard = Heard(tmp_path)
    heard.begin()
    heard.add(record.of(CHECK, None, exchanges=[{"step": "answer"}]))
    (line,) = (tmp_path / "heard.jsonl").read_text().splitlines()
    told = json.loads(line)

    assert told["id"] == CHECK.id
    assert "exchanges" not in told
    assert json.loads((tmp_path / told["evidence"]).read_text()) == [{"step": "answer"}]


def test_nothing_exchanged_has_no_evidence(tmp_path: Path) -> None:
    heard = Heard(tmp_path)
    heard.begin()
    heard.add(record.crashed(CHECK, "the worker died"))

    assert heard.evidence == {}
    assert list((tmp_path / "evidence").iterdir()) == []


def test_a_new_run_begins_empty(tmp_path: Path) -> None:
    first = Heard(tmp_path)
    first.begin()
    first.add(record.of(CHECK, None, exchanges=[{"step": "answer"}]))
    Heard(tmp_path).begin()

    assert (tmp_path / "heard.jsonl").read_text() == ""
    assert list((tmp_path / "evidence").iterdir()) == []


def test_ids_that_differ_in_signs_only_have_files_of_their_own(tmp_path: Path) -> None:
    heard = Heard(tmp_path)
    heard.begin()
    for id in ("routing[shop/a-b/answers]", "routing[shop/a/b/answers]"):
        heard.add(record.of(check("answers", expect={"status": 200}, about={"id": id}), None, exchanges=[{"step": id}]))

    assert len(set(heard.evidence.values())) == 2
