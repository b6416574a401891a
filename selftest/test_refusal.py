"""Names near to a wrong one; the sentences themselves are pinned in test_targets.py and test_environment.py."""

import pytest
from pydantic import BaseModel

from stagecheck import document, refusal
from stagecheck.errors import BadInput


@pytest.mark.parametrize(
    ("name", "known", "text"),
    [
        ("staus", ["status", "schema"], "; did you mean 'status'?"),
        ("zzz", ["b", "a"], "; there is a, b"),
        ("zzz", [], ""),
        ("zzz", [f"name-{number}" for number in range(13)], ""),
    ],
)
def test_the_nearest_name_is_suggested_or_all_are_told(name, known, text):
    assert refusal.suggestion(name, known) == text


class Inner(BaseModel, extra="forbid", strict=True):
    number: int


class Outer(BaseModel, extra="forbid", strict=True):
    items: list[int | Inner] = []


def read(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(BadInput) as raised:
        refusal.parse(document.read(tmp_path / "x.yaml"), Outer)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("items:\n  - x\n", "x.yaml:2: items[0]: expected a whole number or a mapping, got a string 'x'"),
        ("items:\n  - {nmber: 1}\n", "x.yaml:2: items[0].nmber: unknown key; did you mean 'number'?"),
        ("items:\n  - {number: [1]}\n", "x.yaml:2: items[0].number: expected a whole number, got a list"),
        ("items:\n  - 1.5\n", "x.yaml:2: items[0]: expected a whole number or a mapping, got the number 1.5"),
        ("items:\n  - \n", "x.yaml:2: items[0]: expected a whole number or a mapping, got nothing"),
    ],
)
def test_a_union_is_refused_by_the_member_that_came_furthest(tmp_path, monkeypatch, text, sentence):
    assert read(tmp_path, monkeypatch, text) == sentence


def test_a_long_value_is_cut(tmp_path, monkeypatch):
    told = read(tmp_path, monkeypatch, f"items: {'x' * 5000}")

    assert told == f"x.yaml:1: items: expected a list, got a string '{'x' * 60}...'"


@pytest.mark.parametrize("login", ["user:hunter2", "user:hun/ter2", "user:p@ss"])
def test_user_and_password_of_an_address_are_not_shown(tmp_path, monkeypatch, login):
    assert read(tmp_path, monkeypatch, f"items: http://{login}@gateway").endswith("got a string 'http://***@gateway'")
