"""What is not installed is named with the line that installs it."""

from __future__ import annotations

from stagecheck import extras


def test_a_package_that_is_there_lacks_nothing() -> None:
    assert extras.lacking("json", "replica") == ""


def test_one_that_is_not_there_is_named_with_its_install_line() -> None:
    assert extras.lacking("no_such_module", "grpc") == (
        "needs the package 'no_such_module': pip install 'stagecheck[grpc]'"
    )
