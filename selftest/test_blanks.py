"""A name in braces that nothing fills is refused before the first request, by file and line."""

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
    "graphql": "10: routing[shop/things/sentinel@bizoholic]: nothing fills {sentinal}; did you mean 'sentinel'?",
    "isolation": "5: isolation[shop/things/read-by-id@bizoholic:coreldove]: nothing fills {idd}; did you mean 'id'?",
    "query": "9: routing[shop/things/filter]: nothing fills {needel}; did you mean 'needle'?",
    "routing": "10: routing[shop/things/missing]: nothing fills {nonsens}; did you mean 'nonsense'?",
    "seed": "9: resources[0].seed: nothing fills {marker}; there is host, sentinel, tenant",
    "workflow": "5: workflow[shop/lead]: nothing fills {leed}; did you mean 'lead'?",
    "workflow-expect": "5: workflow[shop/lead]: nothing fills {markr}; did you mean 'marker'?",
}


def refuse(folder: Path) -> None:
    loaded = targets.load(folder)
    environment = environments.read("local", OURS, {}, targets.load(OURS))
    blanks.refuse(plan.make(loaded, environment), loaded, Setting(environment, "", targets.schemas(loaded)))


def test_every_bad_file_has_its_sentence() -> None:
    assert sorted(path.stem for path in BAD.iterdir()) == sorted(SENTENCES)


@pytest.mark.parametrize("name", SENTENCES)
def test_a_name_that_nothing_fills_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "targets").mkdir()
    shutil.copy(BAD / f"{name}.yaml", tmp_path / "targets" / "shop.yaml")

    with pytest.raises(BadInput) as refused:
        refuse(Path("targets"))
    assert str(refused.value) == f"targets/shop.yaml:{SENTENCES[name]}"


def test_our_own_targets_leave_nothing_blank() -> None:
    refuse(OURS)
