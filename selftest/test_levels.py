"""The engine's imports point down, and each of its modules has a twin here; docs/architecture.md draws the levels."""

from __future__ import annotations

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LEVELS = (
    "errors outcome jsonpaths model spellings finder redaction marks allowance listing extras scratch once turns",
    "exchange document refusal targets environment schema plan ready setting placeholders record known latency "
    "steadiness gate platform bounds profile past promotion attestation proposal comparison history chronicle hosts "
    "shard vantage merge",
    "matchers causes procedure eventually credentials pace probes proofs isolation release evidence traces "
    "rerun shared workflow leaks planted",
    "runner hearing blanks watch seed janitor reports openspec ahead",
    "pytest_plugin commands __main__",
)
# So little is in these that the tests of whoever uses them are theirs.
TINY = {"errors"}

ENGINE = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in sorted(ROOT.glob("stagecheck/**/*.py"))
}
SUITE = [ROOT / "conftest.py", *sorted(ROOT.glob("tests/**/*.py"))]


def level(module: str) -> int:
    """The level of a module, by the part of its name below `stagecheck`; the package itself is the lowest."""
    name = [*module.split("."), "__init__"][1]
    return 0 if name == "__init__" else next(number for number, names in enumerate(LEVELS) if name in names.split())


def imports(path: Path) -> list[str]:
    """All that a file imports, as dotted names; what only a type checker sees is left out."""
    tree = ast.parse(path.read_text())
    guarded = [node for test in ast.walk(tree) if _is_for_types(test) for node in ast.walk(test)]
    found: list[str] = []
    for node in ast.walk(tree):
        if node in guarded:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def modules(path: Path) -> set[str]:
    """The engine's modules that a file imports."""
    found = set()
    for name in imports(path):
        if name.split(".")[0] == "stagecheck":
            names = (name, name.rpartition(".")[0])
            found.add(next((one for base in names for one in (base, f"{base}.__init__") if one in ENGINE), name))
    return found


def test_the_levels_are_those_of_the_docs() -> None:
    rows = re.findall(r"^\| (\d) \| (.*) \|$", (ROOT / "docs" / "architecture.md").read_text(), re.MULTILINE)

    assert {int(number): set(re.findall(r"\w+", names)) for number, names in rows} == {
        number: set(names.split()) for number, names in enumerate(LEVELS)
    }


@pytest.mark.parametrize("module", ENGINE)
def test_imports_point_down_or_sideways(module: str) -> None:
    above = {name for name in modules(ENGINE[module]) if level(name) > level(module)}

    assert above == set()


def test_no_imports_go_round_in_a_circle() -> None:
    order = list(TopologicalSorter({name: modules(path) for name, path in ENGINE.items()}).static_order())

    assert set(ENGINE) <= set(order)


@pytest.mark.parametrize("module", ENGINE)
def test_pytest_and_the_http_library_are_known_in_one_place_and_the_replica_in_none(module: str) -> None:
    tops = {name.split(".")[0] for name in imports(ENGINE[module])}

    assert "pytest" not in tops or module == "stagecheck.pytest_plugin"
    assert not tops & {"httpx", "httpcore"} or module == "stagecheck.probes.transport"
    assert not tops & {"replica", "selftest", "tests", "conftest"}


@pytest.mark.parametrize("path", [*ENGINE.values(), *SUITE], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_private_name_of_another_is_used(path: Path) -> None:
    if not path.exists():
        pytest.skip("not there yet")
    named = {name.split(".")[-1] for name in imports(path)}
    tree = ast.parse(path.read_text())
    reached = [
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id in named and node.attr.startswith("_") and not node.attr.endswith("__")
    ]

    private = [part for name in imports(path) for part in name.split(".") if part.startswith("_")]
    assert [part for part in private if not part.endswith("__")] == []
    assert reached == []


@pytest.mark.parametrize("path", SUITE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_suite_is_plain_pytest_on_the_engine(path: Path) -> None:
    if not path.exists():
        pytest.skip("not there yet")
    tops = {name.split(".")[0] for name in imports(path)}

    assert tops <= {"pytest", "stagecheck", *sys.stdlib_module_names}


@pytest.mark.parametrize("module", [name for name in ENGINE if not name.endswith("__init__")])
def test_each_module_has_its_twin(module: str) -> None:
    name = module.rpartition(".")[2].strip("_")

    assert name in TINY or list(ROOT.glob(f"selftest/**/test_{name}.py")), f"no selftest/**/test_{name}.py"
