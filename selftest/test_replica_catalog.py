"""The catalogue of faults: what it holds, and what it refuses."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from replica import catalog, serve, supervisor
from stagecheck import environment, plan, targets

GOOD = "{name: a-b, rows: [F01], part: edge, text: breaks}"


def refusal(folder: Path, text: str) -> str:
    (folder / "x.yaml").write_text(text)
    with pytest.raises(catalog.CatalogError) as error:
        catalog.read(folder)
    return str(error.value)


def test_a_fault_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(f"- {GOOD}")

    assert catalog.read(tmp_path)["a-b"] == catalog.Fault("a-b", ("F01",), "edge", "breaks")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- word", "x.yaml: a fault is a mapping, got 'word'"),
        ("- {name: a-b, rows: [], part: edge}", "x.yaml: a-b: 'text' is missing"),
        ("- {name: a-b, rows: [], part: edge, text: t, tetx: u}", "x.yaml: a-b: unknown key 'tetx'"),
        ("- {name: A_b, rows: [], part: edge, text: t}", "x.yaml: A_b: a name is kebab-case"),
        ("- {name: a-b, rows: [], part: edgy, text: t}", "x.yaml: a-b: no part is called 'edgy'"),
        (f"- {GOOD}\n- {GOOD}", "x.yaml: a-b: the name is taken"),
    ],
)
def test_a_bad_catalogue_is_refused_in_one_line(tmp_path: Path, text: str, sentence: str) -> None:
    assert refusal(tmp_path, text) == sentence


def test_an_unknown_fault_is_refused_with_the_nearest() -> None:
    with pytest.raises(catalog.CatalogError, match=r"^no fault is called 'edge-dwn'; did you mean 'edge-down'[?]$"):
        catalog.check(["edge-dwn"])


@pytest.mark.parametrize("name", ["zzzz", "no-such"])
def test_a_fault_far_from_all_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(catalog.CatalogError) as refused:
        catalog.check([name])
    assert str(refused.value) == f"no fault is called '{name}'; see --list-faults and --list-traps"


def test_the_replica_has_its_faults_and_each_says_what_it_does_in_one_line() -> None:
    faults = catalog.faults()

    assert len(faults) >= 25
    assert all("\n" not in fault.line for fault in faults.values())
    assert all(fault.line.split()[:2] == [fault.name, ",".join(fault.rows) or "-"] for fault in faults.values())
    assert len({fault.text for fault in faults.values()}) == len(faults)


@pytest.mark.parametrize("part", sorted(supervisor.ADDRESSES.values()))
def test_each_service_can_be_absent(part: str) -> None:
    assert serve.DOWN.get(part, f"{part}-down") in catalog.faults()


def test_what_a_fault_expects_and_reaches_is_planned() -> None:
    folder = Path(__file__).parents[1] / "targets"
    loaded = targets.load(folder)
    local = plan.make(loaded, environment.read("local", folder, {}, loaded))
    ids = {check.id for check in local.checks} | {id for id, _ in local.left_out}
    names = [id[id.index("[") + 1 : -1] for id in ids]
    # Which release answers, and what fails only sometimes, are no checks of every run.
    told = {one.name: one.expect["check"] for one in catalog.faults().values() if one.expect}
    reached = [(one.name, pattern) for one in catalog.faults().values() for pattern in one.reach]

    assert {name: id for name, id in told.items() if id not in ids and not re.search(r"/revision/|^run\[", id)} == {}
    assert [pair for pair in reached if not any(fnmatchcase(name, pair[1]) for name in names)] == []
