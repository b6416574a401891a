"""Real runs on several machines, as far as one machine has them, and the one verdict that is made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from selftest import shops
from selftest.naming import name_server
from selftest.project import ROOT
from selftest.speaker import reply, speaking
from selftest.whole_run import Folder
from selftest.yesterday import plain, shard
from stagecheck.__main__ import main

SCHEMA = json.loads((ROOT / "docs/verdict.schema.json").read_text())


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Folder]:
    """A platform with a front page, of whose name each vantage asks a resolver of its own."""
    with speaking(lambda asked, _: reply(200)) as gateway:
        made = shops.folder(
            tmp_path / "p", gateway.address, domains={"front": "front.acme.test"}, resolver="${RESOLVER}"
        )
        made.target("front", checks=[{"id": "home", "kind": "domain", "proofs": {"dns": {}}}])
        yield made


@pytest.fixture
def resolver() -> Iterator[str]:
    with name_server() as address:
        yield address


def verdict(path: Path) -> dict[str, Any]:
    told = json.loads((path / "verdict.json").read_text())
    jsonschema.validate(told, SCHEMA)
    return told


def merge(project: Folder, *files: str, more: tuple[str, ...] = ()) -> int:
    paths = [str(project.path / "reports" / file) for file in files]
    return main(["merge", *paths, "--reports", str(project.path / "reports"), *more])


def test_three_shards_are_a_whole_run(
    project: Folder, resolver: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = project.run("--reports", "whole", RESOLVER=resolver)
    files = []
    for number in (1, 2, 3):
        ran = project.run("--shard", f"{number}/3", "--reports", f"reports/{number}", RESOLVER=resolver)
        assert ran.code == 0, ran.out
        files.append(f"{number}/verdict-{number}-of-3.json")
    code = merge(project, *files, more=("--history", str(tmp_path / "runs")))
    one, other = verdict(project.path / "whole"), verdict(project.path / "reports")

    assert (whole.code, code, other["verdict"], other["partial"]) == (0, 0, "promote", False)
    assert [row["id"] for row in other["checks"]] == [row["id"] for row in one["checks"]]
    assert all(other[key] == one[key] for key in ("plan", "counts", "environment", "profile", "left_out", "filtered"))
    assert all((project.path / "reports" / row["evidence"]).is_file() for row in other["checks"])
    assert len(list((tmp_path / "runs").glob("*.json"))) == 1
    assert "verdict: PROMOTE" in capsys.readouterr().out
    assert "# local: PROMOTE" in (project.path / "reports" / "summary.md").read_text()
    properties = (project.path / "reports" / "allure-results" / "environment.properties").read_text()
    assert {"environment=local", "verdict=promote", f"plan={one['plan']}"} <= set(properties.splitlines())

    assert merge(project, *files[:2]) == 6
    assert verdict(project.path / "reports")["reasons"] == ["1 of 3 shards missing: shard 3/3"]
    assert "1 of 3 shards missing: shard 3/3" in capsys.readouterr().out


def test_a_name_that_one_of_two_resolvers_does_not_know(
    project: Folder, resolver: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with name_server("front.acme.test") as other:
        codes = [
            project.run("--vantage", place, "--reports", f"reports/{place}", RESOLVER=address).code
            for place, address in (("eu", resolver), ("us", other))
        ]
    code = merge(project, "eu/verdict.json", "us/verdict.json")
    told = verdict(project.path / "reports")
    (row,) = (row for row in told["checks"] if row["service"] == "front")

    assert (*codes, code) == (0, 1, 1)
    assert told["vantages"] == ["eu", "us"]
    assert told["reasons"] == [
        "domain[front/home/dns]: passes from eu, dns fails from us",
        "from us: 1 required check failed: domain[front/home/dns]",
    ]
    assert row["message"]["seen"].startswith("from us: ")
    assert "domain[front/home/dns]: passes from eu, dns fails from us" in capsys.readouterr().out
    assert "# local, from eu and us: HOLD" in (project.path / "reports" / "summary.md").read_text()


def written(folder: Path, name: str, **changes: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(plain(**changes)))
    return path


def test_what_is_refused_leaves_no_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = written(tmp_path, "verdict-1-of-2.json", partial=True, shard=shard(1, 2))
    old = written(tmp_path, "verdict.json")
    code = main(["merge", str(one), str(one), "--reports", str(tmp_path)])

    assert (code, old.exists()) == (4, False)
    assert "shard 1/2 is there twice" in capsys.readouterr().err


def test_what_is_merged_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = written(tmp_path, "verdict.json", vantages=["eu"])

    assert main(["merge", str(old), "--reports", str(tmp_path)]) == 4
    assert old.exists()
    assert "would replace what is merged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        (["--vantage", "eu"], 0, "verdict: PROMOTE"),
        (["--vantage", "eu", "--vantage", "us"], 6, "nothing was heard from us"),
        (["--vantage", "E U"], 4, "--vantage: expected a name"),
    ],
)
def test_vantages_that_must_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], code: int, sentence: str
) -> None:
    here = written(tmp_path, "eu.json", vantages=["eu"])

    assert main(["merge", str(here), "--reports", str(tmp_path / "out"), *more]) == code
    told = capsys.readouterr()
    assert sentence in told.out + told.err
