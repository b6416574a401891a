"""Files of a report: what is written is there whole, whatever the system takes at once."""

import os
from pathlib import Path

import pytest

from stagecheck.reports import files


def test_replaces_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("longer than what comes")

    files.write(tmp_path / "one", b"short")

    assert (tmp_path / "one").read_bytes() == b"short"


def test_what_the_system_takes_in_parts_is_there_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda file, data: whole(file, data[:3]))

    files.write(tmp_path / "one", b"ten bytes.")

    assert (tmp_path / "one").read_bytes() == b"ten bytes."


def test_appends(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"first\n")

    file = files.to_append(tmp_path / "lines")
    files.put(file, b"second\n")
    os.close(file)

    assert (tmp_path / "lines").read_bytes() == b"first\nsecond\n"


def test_a_full_disk_is_an_error() -> None:
    with pytest.raises(OSError, match="No space left"):
        files.write(Path("/dev/full"), b"x")
