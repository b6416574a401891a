"""`stagecheck spec`, as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from selftest.sampled import SAMPLES, unpacked
from stagecheck.__main__ import main

SMALL = Path(__file__).parents[1] / "openspec" / "small"
TARGETS = Path(__file__).parents[1] / "openspec" / "small-targets"

Told = pytest.CaptureFixture[str]


def test_import_writes_targets_that_validate(tmp_path: Path, capsys: Told) -> None:
    code = main(["spec", "import", str(SMALL), "--out", str(tmp_path / "made")])
    out = capsys.readouterr().out

    assert code == 0
    assert out.endswith("5 targets of 5 services, 6 endpoints\n")
    assert f"{tmp_path}/made/shop.yaml: backend, 4 endpoints, from backend/02-shop.md\n" in out


def test_lint_names_place_level_and_rule_and_fails_on_errors(tmp_path: Path, capsys: Told) -> None:
    bad = unpacked((SAMPLES / "port-claimed-twice.bad.md").read_text(), tmp_path)
    code = main(["spec", "lint", str(bad), "--sarif", str(tmp_path / "out" / "lint.sarif")])
    lines = capsys.readouterr().out.splitlines()

    assert code == 1
    assert lines[0].startswith(f"{tmp_path}/backend/02-crm.md:8: error: crm claims the host's port 8010")
    assert lines[0].endswith("[port-claimed-twice]")
    assert lines[-1].startswith("2 services, 1 errors, 0 warnings, ")
    assert json.loads((tmp_path / "out" / "lint.sarif").read_text())["runs"][0]["results"]


def test_lint_passes_with_warnings_only(tmp_path: Path, capsys: Told) -> None:
    bad = unpacked((SAMPLES / "image-floating.bad.md").read_text(), tmp_path)

    assert main(["spec", "lint", str(bad)]) == 0
    assert "1 services, 0 errors, 1 warnings" in capsys.readouterr().out


def test_lint_compares_compose_files_and_targets(tmp_path: Path, capsys: Told) -> None:
    compose = unpacked((SAMPLES / "compose-image-differs.bad.md").read_text(), tmp_path / "a")
    main(["spec", "lint", str(compose), "--compose", str(compose / "compose.yml")])
    aims = unpacked((SAMPLES / "target-reference-wrong.bad.md").read_text(), tmp_path / "b")
    main(["spec", "lint", str(aims), "--targets", str(aims / "targets")])
    out = capsys.readouterr().out

    assert "[compose-image-differs]" in out
    assert "[target-reference-wrong]" in out


def test_the_value_of_a_credential_is_in_no_output(tmp_path: Path, capsys: Told) -> None:
    bad = unpacked((SAMPLES / "credential-in-text.bad.md").read_text(), tmp_path)
    written = [tmp_path / "lint.sarif", tmp_path / "spec.json"]
    main(["spec", "lint", str(bad), "--sarif", str(written[0]), "--snapshot", str(written[1])])
    told = capsys.readouterr().out + "".join(path.read_text() for path in written)

    assert "[credential-in-text]" in told
    assert "4711" not in told


def test_lint_says_what_changed_since_a_snapshot(tmp_path: Path, capsys: Told) -> None:
    unpacked((SAMPLES / "image-floating.clean.md").read_text(), tmp_path / "spec")
    snapshot, page = tmp_path / "spec.json", tmp_path / "spec" / "backend" / "01-shop.md"
    main(["spec", "lint", str(tmp_path / "spec"), "--snapshot", str(snapshot)])
    page.write_text(page.read_text().replace("8010:8000", "8011:8000"))
    code = main(["spec", "lint", str(tmp_path / "spec"), "--since", str(snapshot)])
    out = capsys.readouterr().out

    assert code == 0
    assert f"since {snapshot}: 1 changes\n  changed  shop ports: 8010:8000 -> 8011:8000\n" in out


def test_a_folder_of_history_keeps_the_last_look(tmp_path: Path, capsys: Told) -> None:
    unpacked((SAMPLES / "image-floating.clean.md").read_text(), tmp_path / "spec")
    page, history = tmp_path / "spec" / "backend" / "01-shop.md", tmp_path / "history"
    asked = ["spec", "lint", str(tmp_path / "spec"), "--history", str(history)]
    codes = [main(asked)]
    page.write_text(page.read_text().replace("8010:8000", "8011:8000"))
    codes += [main(asked), main(asked)]
    said = [line for line in capsys.readouterr().out.splitlines() if "history" in line]

    assert codes == [0, 0, 0]
    assert said == [
        f"{history}: nothing to compare with yet",
        f"since {history}/specification.json: 1 changes",
        f"since {history}/specification.json: 0 changes",
    ]


def test_coverage_names_a_check_or_none_and_holds_the_floor(capsys: Told) -> None:
    asked = ["spec", "coverage", str(SMALL), "--targets", str(TARGETS), "--env", "local"]
    codes = [main(asked), main([*asked, "--floor", "53"]), main([*asked, "--floor", "54"])]
    out = capsys.readouterr().out

    assert codes == [0, 0, 1]
    assert "backend/02-shop.md:11): routing[shop/items/answers] and 1 more\n" in out
    assert "backend/02-shop.md:13): none\n" in out
    assert "specification: 8 of 15 statements covered (53 %)\n" in out
    assert out.endswith("the floor is 54 %\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["lint", "no-such-folder"], "no-such-folder: no such folder of a specification"),
        (["lint", str(SMALL), "--compose", "none.yml"], "none.yml: cannot be read: No such file or directory"),
        (["lint", str(SMALL), "--since", "none.json"], "none.json: cannot be read: No such file or directory"),
        (
            ["lint", str(SMALL), "--history", "h", "--since", "s"],
            "--history: is --since and --snapshot in one; give it alone",
        ),
        (["coverage", str(SMALL), "--floor", "many"], "--floor: expected a percentage from 0 to 100, got 'many'"),
        (["coverage", str(SMALL), "--floor", "nan"], "--floor: expected a percentage from 0 to 100, got 'nan'"),
    ],
)
def test_bad_input_is_one_line_and_code_4(arguments: list[str], sentence: str, capsys: Told) -> None:
    code = main(["spec", *arguments])

    assert code == 4
    assert capsys.readouterr().err == f"{sentence}\n"
