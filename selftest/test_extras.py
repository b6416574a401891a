"""What is not installed is named with the line that installs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagecheck import extras


def test_a_package_that_is_there_lacks_nothing() -> None:
    assert extras.lacking("json", "replica") == ""


def test_one_that_is_not_there_is_named_with_its_install_line() -> None:
    assert extras.lacking("no_such_module", "grpc") == (
        "needs the package 'no_such_module': pip install 'stagecheck[grpc]'"
    )


def test_programs_are_looked_for_on_the_path_or_as_a_path_with_wildcards(tmp_path: Path) -> None:
    (tmp_path / "15").mkdir()
    (tmp_path / "15" / "server").touch()
    there, gone = f"{tmp_path}/*/server", f"{tmp_path}/*/client"

    assert extras.absent(["sh", there]) == []
    assert extras.absent(["sh", gone, there, "no-such-program"]) == [gone, "no-such-program"]


def test_the_browser_is_the_first_that_the_path_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert extras.browser() == ""
    for name in ("google-chrome", "chromium-browser"):
        (tmp_path / name).touch(mode=0o755)
    assert extras.browser() == str(tmp_path / "chromium-browser")
