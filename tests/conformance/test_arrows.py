"""How the kit hangs together: modules lead in one direction, and its public names are what they say in any order."""

from __future__ import annotations

import ast
import itertools
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import conformance

ROOT = Path(conformance.__file__).parent


def module(file: Path) -> str:
    """The dotted name of a file of the kit."""
    return ".".join(file.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(file): file for file in ROOT.rglob("*.py")}


def imported(file: Path) -> set[str]:
    """The modules of the kit that a file imports, at its top, in a function or for its types alone."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES.keys()
            found |= inner or {str(node.module)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & MODULES.keys()


def test_no_module_leads_back_to_itself() -> None:
    ordered = list(TopologicalSorter({name: imported(file) for name, file in MODULES.items()}).static_order())

    assert len(ordered) == len(MODULES)


def test_no_module_is_named_like_something_that_the_package_gives() -> None:
    inner = {name.rpartition(".")[2] for name in MODULES if name.count(".") == 1}

    assert set(conformance.__all__) & inner == set()


@pytest.mark.parametrize("first", ["judge", "hooks", "plugin"])
def test_run_is_the_function_whatever_was_imported_before(first: str) -> None:
    code = f"import conformance.{first}; from conformance import run; print(type(run).__name__, run.__module__)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert told.stdout.split() == ["function", "conformance.judge"]


def test_everything_that_the_package_gives_is_there() -> None:
    given = list(itertools.filterfalse(lambda name: hasattr(conformance, name), conformance.__all__))

    assert given == []
