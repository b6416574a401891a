"""A placeholder that nothing fills, is oddly spelled or is lacking is refused before the first request, by its line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stagecheck import blanks, plan, targets
from stagecheck import environment as environments
from stagecheck.errors import BadInput
from stagecheck.setting import Setting

HERE = Path(__file__).parent
BAD = HERE / "bad" / "blanks"
OURS = HERE.parent / "targets"
SENTENCES = {
    "capital": "9: checks[0].proofs.filter.request.query.search: {Needle} is no placeholder; did you mean {needle}?",
    "create-into-without-marker": (
        "10: resources[0].create_into.request: nothing in it says {marker}, what the written record is known by"
    ),
    "create-without-marker": (
        "9: resources[0].create.request: nothing in it says {marker}, what the written record is known by"
    ),
    "delete-without-id": "13: resources[0].delete.request: nothing in it says {id}, the id of the record",
    "dollar": "9: checks[0].proofs.filter.request.query.search: ${needle} is no placeholder; did you mean {needle}?",
    "doubled": "9: checks[0].proofs.filter.request.query.search: {{needle}} is no placeholder; did you mean {needle}?",
    "filter-without-needle": "9: checks[0].proofs.filter.request: nothing in it says {needle}, what is looked for",
    "graphql-in-capitals": (
        "8: checks[0].request.graphql.variables.s: {Sentinel} is no placeholder; did you mean {sentinel}?"
    ),
    "graphql": (
        "8: checks[0].request.graphql.variables.s: "
        "in routing[shop/things/sentinel@bizoholic] nothing fills {sentinal}; "
        "did you mean 'sentinel'?"
    ),
    "id-in-capitals": "8: resources[0].read.request.path: {ID} is no placeholder; did you mean {id}?",
    "isolation": (
        "8: resources[0].read.request.path: "
        "in isolation[shop/things/conditional@bizoholic:coreldove] nothing fills {idd}; "
        "did you mean 'id'?"
    ),
    "query": (
        "9: checks[0].proofs.filter.request.query.search: "
        "in routing[shop/things/filter] nothing fills {needel}; did you mean 'needle'?"
    ),
    "read-without-id": "8: resources[0].read.request: nothing in it says {id}, the id of the record",
    "replace-without-id": "12: resources[0].replace.request: nothing in it says {id}, the id of the record",
    "replace-without-marker": (
        "12: resources[0].replace.request: nothing in it says {marker}, what the written record is known by"
    ),
    "routing": (
        "10: checks[0].proofs.missing.request.path: "
        "in routing[shop/things/missing] nothing fills {nonsens}; did you mean 'nonsense'?"
    ),
    "seed": "9: resources[0].seed.request.body.name: in a seed nothing fills {marker}; there is host, sentinel, tenant",
    "workflow": (
        "9: workflows[0].steps[1].request.path: in workflow[shop/lead] nothing fills {leed}; did you mean 'lead'?"
    ),
    "workflow-expect": (
        "9: workflows[0].steps[1].expect.contains[0]: in workflow[shop/lead] nothing fills {markr}; "
        "did you mean 'marker'?"
    ),
    "spaces": "9: checks[0].proofs.filter.request.query.search: { needle } is no placeholder; did you mean {needle}?",
    "stored-delete-without-id": "13: checks[0].proofs.stored.delete: nothing in it says {id}, the id of the record",
    "stored-read-without-id": "12: checks[0].proofs.stored.read: nothing in it says {id}, the id of the record",
    "stored-without-marker": (
        "10: checks[0].proofs.stored.create: nothing in it says {marker}, what the written record is known by"
    ),
    "unclosed": "9: checks[0].proofs.filter.request.query.search: {needle is no placeholder; did you mean {needle}?",
    "update-without-id": "11: resources[0].update.request: nothing in it says {id}, the id of the record",
    "update-without-marker": (
        "11: resources[0].update.request: nothing in it says {marker}, what the written record is known by"
    ),
}


def refuse(folder: Path) -> None:
    loaded = targets.load(folder)
    environment = environments.read("local", OURS, {}, targets.load(OURS))
    blanks.refuse(plan.make(loaded, environment), loaded, Setting(environment, "", targets.schemas(loaded)))


def test_every_bad_file_has_its_sentence() -> None:
    assert sorted(path.stem for path in BAD.iterdir()) == sorted(SENTENCES)


@pytest.mark.parametrize("name", SENTENCES)
def test_what_would_stay_blank_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "targets").mkdir()
    shutil.copy(BAD / f"{name}.yaml", tmp_path / "targets" / "shop.yaml")

    with pytest.raises(BadInput) as refused:
        refuse(Path("targets"))
    assert str(refused.value) == f"targets/shop.yaml:{SENTENCES[name]}"


def test_our_own_targets_leave_nothing_blank() -> None:
    refuse(OURS)
