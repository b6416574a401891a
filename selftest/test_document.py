"""A YAML file as plain data with lines: what it holds, and where it stops."""

import importlib.util
import sys
from pathlib import Path

import pytest
import yaml

from stagecheck import document
from stagecheck.errors import BadInput

TARGETS = Path(__file__).parents[1] / "targets"


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text):
        (tmp_path / "x.yaml").write_text(text)
        return document.read(tmp_path / "x.yaml")

    return write


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("2025-01-31", "2025-01-31"),
        ("22:22", "22:22"),
        ("1_000", "1_000"),
        ("true", True),
        ("~", None),
        ("", None),
        ("0123", 123),
        ("-4", -4),
        ("1.5", 1.5),
        (".nan", ".nan"),
        ("'7'", "7"),
        ("[a, {b: 2}]", ["a", {"b": 2}]),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written, text, value):
    assert written(f"key: {text}").data == {"key": value}


def test_lines_are_those_of_keys_and_items(written):
    found = written("a:\n  - b: 1\n    c:\n      d: 2\n  - e\n")

    assert found.line_of("a") == 1
    assert found.line_of("a", 0, "c", "d") == 4
    assert found.line_of("a", 1) == 5


@pytest.mark.parametrize(
    ("near", "line", "path"),
    [(2, 2, "a[0].x"), (4, 4, "a[1].x"), (5, 6, "a[1].z[0]"), (7, 4, "a[1].x"), (8, 2, "a[0].x")],
)
def test_where_a_text_stands_is_looked_for_around_a_line(written, near, line, path):
    file = written("a:\n- {x: t}\n- w: 0\n  x: t\n  y: 0\n  z: [t]\n  u: 0\n- {x: 1}\n")

    found, loc = file.saying("t", near)
    assert (found, document.shown(loc)) == (line, path)
    assert file.saying("nowhere", near) is None


def test_a_part_that_is_not_there_is_passed_over(written):
    found = written("a:\n  b:\n    c: 1\n")

    assert found.within(("a", "list[str]", "b", "function-after[f(), X]", "c")) == ("a", "b", "c")
    assert found.line_of("a", "b", "nowhere") == 2


def test_an_alias_is_followed(written):
    found = written("a: &it {b: 1}\nc: *it\n")

    assert found.data["c"] == {"b": 1}


def test_a_file_of_the_largest_size_is_read(written):
    text = "a: " + "x" * (document.MAX_BYTES - 3)

    assert len(written(text).data["a"]) == document.MAX_BYTES - 3


def test_a_larger_file_is_refused(written):
    with pytest.raises(BadInput, match=r"^x.yaml: larger than 1024 KiB$"):
        written("a: " + "x" * document.MAX_BYTES)


def test_a_file_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BadInput, match=r"^x.yaml: no such file$"):
        document.read(tmp_path / "x.yaml")


def test_a_folder_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.yaml").mkdir()

    with pytest.raises(BadInput, match=r"^x.yaml: cannot be read: Is a directory$"):
        document.read(tmp_path / "x.yaml")


@pytest.mark.parametrize("end", ["", " #\t"])  # a file with a tab is composed in Python
def test_a_file_of_very_many_values_is_refused(written, end):
    with pytest.raises(BadInput, match=r"^x.yaml: more than 20000 values"):
        written("a: [" + "1," * 50_000 + "]" + end)


def test_a_very_deep_file_is_refused(written):
    with pytest.raises(BadInput, match="nested deeper than 64 levels"):
        written("a: " + "[" * 100_000)


@pytest.mark.parametrize(
    ("loc", "text"),
    [
        (("checks", 0, "expect", "status"), "checks[0].expect.status"),
        (("json", "$.id"), "json['$.id']"),
        (("json", "a\nb"), r"json['a\nb']"),
        ((), ""),
    ],
)
def test_a_path_as_people_write_it(loc, text):
    assert document.shown(loc) == text


@pytest.mark.parametrize(("most", "size"), [(2048, "2 KiB"), (16 * 1024 * 1024, "16 MiB")])
def test_a_file_is_read_up_to_its_most(most, size, tmp_path):
    path = tmp_path / "x"
    with path.open("wb") as file:
        file.truncate(most)

    assert len(document.content(path, "x", most)) == most
    with path.open("ab") as file:
        file.write(b"1")
    with pytest.raises(BadInput, match=f"^x: larger than {size}$"):
        document.content(path, "x", most)


@pytest.mark.parametrize("path", sorted(TARGETS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_both_scanners_read_the_same(path):
    text = path.read_text()

    assert told(yaml.compose(text, Loader=document._FastLoader)) == told(yaml.compose(text, Loader=document._Loader))


def told(node):
    """The nodes of a file with their lines."""
    if isinstance(node, yaml.MappingNode):
        return [(key.start_mark.line, told(key), told(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [(item.start_mark.line, told(item)) for item in node.value]
    return node.start_mark.line, node.tag, node.value


def test_without_libyaml_a_file_is_read_all_the_same(monkeypatch):
    monkeypatch.delattr(yaml, "CSafeLoader")
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    found = importlib.util.find_spec("stagecheck.document")
    plain = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, found.name, plain)
    found.loader.exec_module(plain)

    assert told(plain._node("a: [no, 1]\n")) == told(document._node("a: [no, 1]\n"))


def test_what_libyaml_refuses_is_told_in_the_same_words(written):
    with pytest.raises(BadInput, match=r"^x.yaml:2: not YAML: expected the node content, but found '<stream end>'$"):
        written("a: [\n")


def test_a_tab_in_a_text_is_refused_where_libyaml_takes_it(written):
    with pytest.raises(BadInput, match=r"^x.yaml:1: not YAML: found character '\\t'"):
        written("a: b\tc\n")
