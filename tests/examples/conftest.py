"""The example front end with its packages, and a mock for it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from live import COMMAND, served
from packages import EXAMPLE, PATIENCE, Tool, install


@pytest.fixture(scope="session")
def packages() -> Path:
    """The front end's folder with what its package.json names."""
    return install(EXAMPLE)


@pytest.fixture
def tool(packages: Path, tmp_path: Path) -> Tool:
    """Run a command of the example's packages; its settings are keyword arguments."""

    def run(name: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "OUTPUT": str(tmp_path / "output"), "CI": "1", **settings}
        return subprocess.run(
            [packages / "node_modules" / ".bin" / name, *arguments],
            cwd=packages,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def mock_address() -> Iterator[str]:
    """The address of a mock of all APIs."""
    with served() as mock:
        yield mock.address


@pytest.fixture
def understudy_command(tmp_path: Path) -> str:
    """The command `understudy` as one word, wherever its console script was put."""
    script = tmp_path / "understudy"
    script.write_text(f"#!/bin/sh\nexec '{COMMAND[0]}' -c '{COMMAND[2]}' \"$@\"\n")
    script.chmod(0o755)
    return str(script)
