"""The comparison of our subset of Saleor's schema with a full one."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import build_schema

from replica.saleor import check

FULL = """
type Query { shop(name: String): Shop! }
type Shop { name: String!  size: Size }
enum Size { SMALL LARGE }
input Filter { text: String }
"""


def found(ours: str) -> list[str]:
    return list(check.differences(build_schema(ours), build_schema(FULL)))


def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], full: str, document: str = "{ shop { name } }") -> str:
    schema, targets = tmp_path / "full.graphql", tmp_path / "targets"
    schema.write_text(full)
    targets.mkdir()
    (targets / "shop.yaml").write_text(f"checks:\n  - request:\n      graphql:\n        document: '{document}'\n")
    code = check.main([str(schema), "--targets", str(targets)])
    return f"{code} {capsys.readouterr().out}"


def test_a_subset_agrees() -> None:
    assert found("type Query { shop: Shop! } type Shop { name: String! size: Size } enum Size { SMALL }") == []


@pytest.mark.parametrize(
    ("ours", "difference"),
    [
        ("type Query { shop: Shop! } type Shop { title: String! }", "Shop: no field title"),
        ("type Query { shop: Shop! } type Shop { name: String }", "Shop: field name is String!, ours is String"),
        ("type Query { shop: Shop! } type Shop { name: String! } type Till { id: ID }", "Till: no such type"),
        ("type Query { shop(id: ID): Shop! } type Shop { name: String! }", "Query.shop: no argument id"),
        (
            "type Query { shop(name: Int): Shop! } type Shop { name: String! }",
            "Query.shop: argument name is String, ours is Int",
        ),
        ("type Query { shop: Shop! } type Shop { size: Size } enum Size { HUGE }", "Size: no value HUGE"),
        ("type Query { x: ID } input Filter { name: String }", "Filter: no input field name"),
        ("type Query { x: ID } type Size { name: String }", "Size: ours is Object, theirs is Enum"),
    ],
)
def test_each_difference_is_named(ours: str, difference: str) -> None:
    assert difference in found(ours)


def test_what_is_required_there_must_be_ours_too() -> None:
    full = build_schema("type Query { shop(id: ID!): ID } input Filter { text: String! other: ID }")
    ours = build_schema("type Query { shop: ID } input Filter { other: ID }")

    assert list(check.differences(ours, full)) == [
        "Filter: input field text is required there, and is not in ours",
        "Query.shop: argument id is required there, and is not in ours",
    ]


def test_our_subset_agrees_with_itself_and_with_our_documents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(tmp_path, capsys, check.SUBSET.read_text())

    assert told.startswith("0 compared ")
    assert "and 4 documents with both schemas" in told
    assert told.endswith("all agree\n")


def test_a_document_that_is_not_valid_is_named_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(tmp_path, capsys, check.SUBSET.read_text(), "{ shop { nope } }")

    assert told.startswith("1 ")
    assert "shop.yaml:4: not valid for Saleor's schema: Cannot query field 'nope' on type 'Shop'." in told
    assert "shop.yaml:4: not valid for our subset: Cannot query field 'nope' on type 'Shop'." in told


@pytest.mark.parametrize(("field", "code"), [("nope", 0), ("name", 1)])
def test_a_document_that_is_there_to_be_refused_must_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], field: str, code: int
) -> None:
    request = f"{{graphql: {{document: '{{ shop {{ {field} }} }}'}}}}"
    (tmp_path / "shop.yaml").write_text(f"checks: [{{proofs: {{kept: {{request: {request}}}}}}}]")

    assert check.main([str(check.SUBSET), "--targets", str(tmp_path)]) == code
    assert ("it is there to be refused" in capsys.readouterr().out) is bool(code)


@pytest.mark.parametrize("text", ["type Query {", "type Query { a: Nope }"])
def test_a_schema_that_cannot_be_read_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "full.graphql").write_text(text)

    code = check.main([str(tmp_path / "full.graphql"), "--targets", str(tmp_path)])

    assert code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_of_targets_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = check.main([str(check.SUBSET), "--targets", str(tmp_path / "none")])

    assert code == 2
    assert capsys.readouterr().err.endswith("none: no such folder\n")


def test_a_schema_that_is_not_there_is_named_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main([str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none'}: No such file or directory\n"


def test_a_target_that_is_not_yaml_is_one_line_with_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop.yaml").write_text("checks: [")

    code = check.main([str(check.SUBSET), "--targets", str(tmp_path)])

    told = capsys.readouterr().err
    assert (code, told.count("\n")) == (2, 1)
    assert "shop.yaml" in told
