"""The registers and the tests agree: no clause without a test, no test of a clause that does not exist."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from understudy.specs import apis, load

TESTS = Path(__file__).parent
SCENARIOS = TESTS / "mock_server" / "behaviours"


def _marked(file: Path) -> Iterator[tuple[str, str]]:
    """Every clause id that a marker of a file names, with its file and line."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func) == "clauses":
            for argument in node.args:
                assert isinstance(argument, ast.Constant), f"{file}:{node.lineno}: ids are written out"
                yield str(argument.value), f"{file.relative_to(TESTS)}:{node.lineno}"


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _named(folder: Path) -> dict[str, str]:
    return {clause: line for file in sorted(folder.rglob("test_*.py")) for clause, line in _marked(file)}


CLAUSES = {clause.id: clause for api in apis() for clause in load(api).clauses}


@pytest.mark.parametrize("api", apis())
def test_a_scenario_demonstrates_every_clause(api: str) -> None:
    demonstrated = _named(SCENARIOS)

    assert [
        f"{clause.id} {clause.statement}"
        for clause in load(api).clauses
        if not clause.retired and not clause.excluded and clause.id not in demonstrated
    ] == []


def test_no_test_names_a_clause_that_does_not_exist() -> None:
    assert {clause: line for clause, line in _named(SCENARIOS).items() if clause not in CLAUSES} == {}


def test_no_clause_belongs_to_two_registers() -> None:
    assert len(CLAUSES) == sum(len(load(api).clauses) for api in apis())
