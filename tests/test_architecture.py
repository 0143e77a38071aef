"""What holds the packages together: who may import whom, who may name an API, and which names are public."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest

from understudy import conformance, mock_server, specs
from understudy.specs import apis

ROOT = Path(__file__).parents[1]
PACKAGES = [specs, mock_server, conformance]
#: Package -> the packages of ours that it may import besides itself.
ARROWS: dict[str, set[str]] = {"specs": set(), "mock_server": {"specs"}, "conformance": {"specs"}}
#: Package -> its rooms from the top. A room imports only itself and those after it.
ROOMS = {
    "specs": [
        "scenario",
        "loading",
        "unprepared",
        "assembling",
        "later",
        "promised",
        "coherence",
        "seed",
        "inference",
        "documents",
        "contract",
        "own_schemas",
        "reading",
    ],
    "mock_server": [
        *[
            "record",
            "cli",
            "pytest_plugin",
            "in_process",
            "client",
            "terminal",
            "app",
            "documents",
            "serving",
            "control",
            "upstream",
            "api",
            "behaviours",
            "sessions",
        ],
        *["engine", "data", "values", "http", "store", "clock"],
    ],
    "conformance": ["suite", "frontends", "rules", "checks", "report", "judging", "http", "scope", "evidence"],
}
#: What lies at the top of the repository besides small files.
TOP = {".ci", "benchmarks", "clients", "conformance", "docs", "examples", "mock_server", "specs", "src", "tests"}
#: Files in one folder, at most: as many as one takes in at a look.
DOZEN = 12
#: Folders in which an API may be named.
OWN = {"behaviours", "rules"}


def _files(package: str) -> Iterator[Path]:
    return (ROOT / package).rglob("*.py")


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _module(file: Path) -> str:
    """The dotted name of a file of ours, without `understudy`."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _modules_of(package: str) -> dict[str, Path]:
    return {_module(file): file for file in _files(package)}


@cache
def _imported(file: Path) -> frozenset[str]:
    """Every name of ours that a module imports, at its top or later, dotted, without `understudy`."""
    found = set()
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(name.removeprefix("understudy.") for name in found if name.startswith("understudy."))


def _leads_to(name: str, modules: dict[str, Path]) -> str:
    """The module in which an imported name lies."""
    while name not in modules:
        name = name.rpartition(".")[0]
    return name


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("package", ARROWS)
def test_a_package_imports_of_ours_only_what_its_arrow_allows(package: str) -> None:
    wrong = {
        str(file.relative_to(ROOT)): found
        for file in _files(package)
        if (found := {name.partition(".")[0] for name in _imported(file)} - ARROWS[package] - {package})
    }

    assert wrong == {}


@pytest.mark.parametrize("package", ROOMS)
def test_a_room_imports_only_itself_and_those_below_it(package: str) -> None:
    rooms, modules = ROOMS[package], _modules_of(package)
    wrong = []
    for module, file in modules.items():
        for name in _imported(file):
            if name.startswith(f"{package}."):
                here, there = _room(module), _room(_leads_to(name, modules))
                if here and there and rooms.index(here) > rooms.index(there):
                    wrong.append(f"{module} -> {name}")

    assert wrong == []


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_has_its_place_in_the_order(package: str) -> None:
    assert {_room(module) for module in _modules_of(package)} - {""} == set(ROOMS[package])


@pytest.mark.parametrize("package", ROOMS)
def test_no_module_leads_back_to_itself(package: str) -> None:
    modules = _modules_of(package)
    graph = {
        module: {_leads_to(name, modules) for name in _imported(file) if name.startswith(f"{package}.")} - {module}
        for module, file in modules.items()
    }

    assert set(TopologicalSorter(graph).static_order()) == set(modules)


def test_the_top_of_the_repository_holds_what_the_readme_lists() -> None:
    listing = ["git", "ls-files"]
    files = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert {file.partition("/")[0] for file in files if "/" in file} == TOP
    assert [folder for folder in TOP - {".ci"} if not re.search(rf"^{folder}/", readme, re.MULTILINE)] == []


def test_a_client_reaches_the_mock_over_http_only() -> None:
    sources = [*(ROOT / "clients").glob("*/src/*")]
    wrong = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in sources
        for name in re.findall(r"require\(\"([^\"]+)\"\)", file.read_text(encoding="utf-8"))
        if not re.fullmatch(r"node:\w+|\./[a-z]+\.js", name)
    ]

    assert sources
    assert wrong == []


@pytest.mark.parametrize("package", [*ROOMS, "tests", "clients/js/src", "clients/js/types", "clients/js/tests"])
def test_a_folder_holds_a_dozen_files_at_most(package: str) -> None:
    folders = {file.parent for file in (ROOT / package).rglob("*") if file.is_file() and file.suffix != ".pyc"}
    sizes = {
        str(folder.relative_to(ROOT)): len([file for file in folder.iterdir() if file.is_file()]) for folder in folders
    }

    assert {folder: size for folder, size in sizes.items() if size > DOZEN} == {}


@pytest.mark.parametrize("package", ROOMS)
def test_a_room_says_in_one_sentence_what_it_is_for(package: str) -> None:
    texts = {str(file.parent): ast.get_docstring(_tree(file)) for file in (ROOT / package).rglob("__init__.py")}

    assert [folder for folder, text in texts.items() if not text or not text.partition("\n")[0].endswith(".")] == []


@pytest.mark.parametrize("package", ["mock_server", "conformance"])
def test_code_outside_an_apis_own_folder_names_no_api(package: str) -> None:
    names = {
        form
        for api in apis()
        for form in (api, api.replace("-", "_"), api.replace("-", " "), api.title().replace("-", ""))
    }
    wrong = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:60]}"
        for file in _files(package)
        if not OWN & set(file.relative_to(ROOT / package).parts)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if any(name.lower() in line.lower() for name in names)
    ]

    assert wrong == []


def test_documents_pages_and_clients_of_the_mock_name_no_api() -> None:
    names = [form for api in apis() for form in (api, api.replace("-", "_"), api.replace("-", " "))]
    wrong = [
        f"{file.relative_to(ROOT)}: {name}"
        for folder in ("mock_server", "clients/js/src", "clients/js/types")
        for pattern in ("*.yaml", "*.html", "*.js", "*.ts", "*.css")
        for file in (ROOT / folder).rglob(pattern)
        for name in names
        if name in file.read_text(encoding="utf-8").lower()
    ]

    assert wrong == []


@pytest.mark.parametrize("package", ["mock_server", "conformance"])
def test_a_folder_of_an_apis_own_code_bears_the_name_of_an_api(package: str) -> None:
    modules = {api.replace("-", "_") for api in apis()}
    own = [child for name in OWN for child in (ROOT / package / name).glob("*")]

    # What the two Kits promise in the same words is judged by the same scenarios.
    allowed = modules | {"kits", "__init__", "__pycache__"}
    assert {child.stem for child in own if child.suffix in {"", ".py"}} <= allowed


def _modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def _rank(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, as the linter sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def test_public_names_exist_and_are_listed_in_order() -> None:
    listed = [module for module in _modules() if hasattr(module, "__all__")]

    assert {package.__name__ for package in PACKAGES[:2]} <= {module.__name__ for module in listed}
    for module in listed:
        assert list(module.__all__) == sorted(module.__all__, key=_rank), module.__name__
        assert [name for name in module.__all__ if not hasattr(module, name)] == [], module.__name__


def test_only_the_clock_reads_the_time() -> None:
    readers = {"now", "utcnow", "today", "time_ns", "monotonic", "perf_counter"}
    wrong = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in _files("mock_server")
        if file.name != "clock.py"
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in readers
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date", "time"}
    ]

    assert wrong == []


def test_nothing_heavy_that_serving_does_not_need_is_imported_for_it() -> None:
    # Each costs time at every start, up to a second, and memory until the end.
    heavy = ["asyncpg", "faker", "hypothesis", "jsonpath", "lark", "playwright", "pytest", "schemathesis", "sqlite3"]
    code = f"import sys, understudy.mock_server.cli; print(sorted(set({heavy}) & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_no_two_test_modules_bear_the_same_name() -> None:
    # pytest imports them by that name alone, and the second one would not be collected.
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]

    assert sorted(names) == sorted(set(names))


def test_no_test_imports_a_conftest() -> None:
    """There are several of the same name: which one is meant depends on what else runs."""
    files = [
        file for file in (ROOT / "tests").rglob("*.py") if re.search(r"^(from|import) conftest", file.read_text(), re.M)
    ]

    assert files == []
