"""What installing understudy costs a pytest run that does not use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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
    more = _modules(tmp_path) - _modules(tmp_path, *(f"-pno:{plugin}" for plugin in PLUGINS))
    loaded = sorted(name for name in more if name.partition(".")[0] not in sys.stdlib_module_names)

    assert {"understudy.mock_server.pytest_plugin", "understudy.conformance.frontends.pytest_plugin"} <= set(loaded)
    assert len(loaded) <= LIMIT, loaded


def _modules(folder: Path, *options: str) -> set[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return set(json.loads((folder / "modules.json").read_text()))
