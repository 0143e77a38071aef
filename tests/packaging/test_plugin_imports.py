"""What installing understudy costs a pytest run that does not use it: our plugins, and those that dependencies bring."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
#: Dependencies that register a pytest plugin of their own, with the name that switches it off: those of every
#: installation, and those of the extra `kit`.
BASE, KIT = {"faker": "faker", "anyio": "anyio"}, {"schemathesis": "schemathesis", "hypothesis": "hypothesispytest"}
#: Our two plugins, as their entry points name them.
PLUGINS = ("understudy", "understudy_conformance")
#: Modules of ours and of our dependencies that such a run may load: the plugins and the packages that they lie in.
LIMIT = 10
#: Writes the names of all loaded modules at the end of a run.
PROBE = """
import json, pathlib, sys

def pytest_sessionfinish():
    pathlib.Path("modules.json").write_text(json.dumps(sorted(sys.modules)))
"""


def test_a_run_that_does_not_use_us_loads_hardly_more_than_the_plugins(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(PROBE)
    (tmp_path / "test_one.py").write_text("def test_one():\n    pass\n")
    # What another plugin loads as well would not be counted.
    alone = [f"-pno:{plugin}" for plugin in {**BASE, **KIT, "xdist": "xdist"}.values()]
    more = _modules(tmp_path, *alone) - _modules(tmp_path, *alone, *(f"-pno:{plugin}" for plugin in PLUGINS))
    loaded = sorted(name for name in more if name.partition(".")[0] not in sys.stdlib_module_names)

    assert {"understudy.mock_server.pytest_plugin", "understudy.conformance.frontends.pytest_plugin"} <= set(loaded)
    assert len(loaded) <= LIMIT, loaded


def test_the_plugins_that_our_dependencies_bring_are_those_that_the_readme_names() -> None:
    found: dict[str, str] = {}
    for entry in metadata.entry_points(group="pytest11"):
        owner = entry.dist.name.lower() if entry.dist else ""
        if owner in _required("understudy", {"kit"}):
            found[owner] = entry.name

    assert found.items() >= {**BASE, **KIT}.items()
    assert {owner for owner in found if owner in _required("understudy", set())} == set(BASE)
    text = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in (*BASE.values(), *KIT.values()) if f"-p no:{name}" not in text] == []


def test_the_option_of_the_readme_keeps_the_dependencies_out(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(PROBE)
    (tmp_path / "test_one.py").write_text("def test_one():\n    pass\n")
    loaded = _modules(tmp_path, *(f"-pno:{plugin}" for plugin in {**BASE, **KIT}.values()))

    assert sorted(name for name in loaded if name.partition(".")[0] in {*BASE, *KIT}) == []


def _required(name: str, extras: set[str]) -> set[str]:
    """The distributions that an installation with some extras brings, by their names in lower case."""
    found: set[str] = set()
    waiting = [(name, frozenset(extras))]
    while waiting:
        owner, wanted = waiting.pop()
        for text in _requirements(owner):
            requirement = Requirement(text)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in (wanted or {""})):
                key = requirement.name.lower()
                if key not in found:
                    found.add(key)
                    waiting.append((requirement.name, frozenset(requirement.extras)))
    return found


def _requirements(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # it is for another platform or version of Python
        return []


def _modules(folder: Path, *options: str) -> set[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return set(json.loads((folder / "modules.json").read_text()))
