from pathlib import Path

from stagecheck.reports import old


def test_what_is_named_otherwise_stays(tmp_path: Path) -> None:
    for name in ("a-result.json", "a-attachment.png", "mine.txt", "history"):
        (tmp_path / name).touch()

    old.remove(tmp_path, "*-result.json", "*-attachment.*")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["history", "mine.txt"]
