"""What is imported of Connexion: public names alone, and the real modules behind them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

API = Path(__file__).parents[3] / "mock_server" / "api"


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return run.stdout.strip()


def test_a_server_does_not_load_the_kit() -> None:
    code = "import understudy.mock_server.api.build, sys; print({'schemathesis', 'hypothesis'} & set(sys.modules))"

    assert python(code) == "set()"


def test_every_module_that_connexion_imports_is_the_real_one() -> None:
    names = ["httpx", "requests", "starlette.testclient"]
    code = f"import understudy.mock_server.api.build, sys; print([bool(sys.modules[n].__file__) for n in {names}])"

    assert python(code) == "[True, True, True]"


def test_importing_it_warns_of_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import understudy.mock_server.api.framework"],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert run.stderr == ""


def test_nothing_private_of_connexion_is_used() -> None:
    private = []
    for file in API.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("connexion"):
                assert file.name == "framework.py", "Connexion is imported in one place"
                private += [alias.name for alias in node.names if alias.name.startswith("_")]
            if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
                # Our own private attributes are those of self.
                private += [node.attr] if not (isinstance(node.value, ast.Name) and node.value.id == "self") else []

    assert private == []
